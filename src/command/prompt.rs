//! Prompting for passwords that were not typed with a command: the order of the questions, what
//! follows from each answer, and which lines may still be answers when no question is open.
//!
//! Pure: this module does not know how typed text is hidden, nor how the passwords are used.

use std::time::{Duration, Instant};

use crate::command::{self, Command, Secret};
use crate::limits;
use crate::model::{
    Password, PasswordPurpose, PasswordRequest, Question, QuestionFault, QuestionKind, Refusal,
};
use crate::text::CleanText;

/// The state of a prompt: its questions and the answers so far.
#[derive(Debug)]
pub(crate) struct Asking {
    request: PasswordRequest,
    present: Option<Secret>,
    new: Option<Secret>,
    is_confirmed: bool,
    fault: Option<QuestionFault>,
    tries_left: u32,
}

/// The consequence of an answer.
#[derive(Debug)]
pub(crate) enum Answered {
    /// Another question.
    Ask(Asking),
    /// The command is complete. If the password turns out to be wrong, it is asked for again.
    Complete(Asking, Command),
    /// The user has cancelled.
    Cancelled,
    /// That was the last attempt.
    Failed(Asking),
}

impl Asking {
    /// Begins to ask for the passwords that the command needs.
    pub(crate) fn about(request: PasswordRequest) -> Self {
        let tries_left = limits::PROMPT_TRIES;
        Self { request, present: None, new: None, is_confirmed: false, fault: None, tries_left }
    }

    /// What to ask next. After the last answer, what was asked first.
    fn next(&self) -> QuestionKind {
        match self.request.purpose {
            PasswordPurpose::Login | PasswordPurpose::Unregister { .. } => QuestionKind::Password,
            PasswordPurpose::ChangePassword if self.present.is_none() => QuestionKind::Password,
            _ if self.new.is_some() => QuestionKind::Repetition,
            PasswordPurpose::ChangePassword => QuestionKind::NewPassword,
            PasswordPurpose::Register => QuestionKind::FirstPassword,
        }
    }

    /// The next question.
    pub(crate) fn question(&self) -> Question {
        Question { ask: self.next(), name: Some(self.request.name.clone()), fault: self.fault }
    }

    /// The refusal after the last attempt.
    pub(crate) fn failure(&self) -> Refusal {
        let is_login = self.request.purpose == PasswordPurpose::Login;
        let is_login = is_login && self.fault == Some(QuestionFault::Wrong);
        Refusal::PromptFailed { tries: limits::PROMPT_TRIES, is_login }
    }

    /// Handles an answer. An empty one cancels.
    pub(crate) fn answer(mut self, text: &CleanText) -> Answered {
        if text.is_blank() {
            return Answered::Cancelled;
        }
        let answer = Secret::new(text.as_str());
        self.fault = None;
        match self.next() {
            // A text that cannot be a password is wrong without comparing.
            QuestionKind::Password if Password::typed(text.as_str()).is_none() => {
                return self.rejected();
            }
            QuestionKind::Password | QuestionKind::ServerPassword => self.present = Some(answer),
            QuestionKind::FirstPassword | QuestionKind::NewPassword if is_command(text) => {
                return self.fails_by(QuestionFault::Command);
            }
            QuestionKind::FirstPassword | QuestionKind::NewPassword => {
                match Password::new(text.as_str()) {
                    Ok(_) => self.new = Some(answer),
                    Err(error) => return self.fails_by(QuestionFault::Unfit(error)),
                }
            }
            QuestionKind::Repetition if self.new != Some(answer) => {
                return self.fails_by(QuestionFault::Different);
            }
            QuestionKind::Repetition => self.is_confirmed = true,
        }
        match self.complete() {
            Some(command) => Answered::Complete(self, command),
            None => Answered::Ask(self),
        }
    }

    /// The command, if nothing is left to ask.
    fn complete(&self) -> Option<Command> {
        let present = self.present.clone();
        let new = self.new.clone().filter(|_| self.is_confirmed);
        Some(match self.request.purpose {
            PasswordPurpose::Login => {
                Command::Login { name: (&*self.request.name).into(), password: Some(present?) }
            }
            PasswordPurpose::Register => Command::Register { password: Some(new?) },
            PasswordPurpose::ChangePassword => Command::Passwd { change: Some((present?, new?)) },
            PasswordPurpose::Unregister { erases } => {
                Command::Unregister { password: Some(present?), erases }
            }
        })
    }

    /// Handles the verdict that the current password was wrong.
    pub(crate) fn rejected(mut self) -> Answered {
        self.present = None;
        self.fails_by(QuestionFault::Wrong)
    }

    fn fails_by(mut self, fault: QuestionFault) -> Answered {
        if fault != QuestionFault::Wrong {
            self.new = None;
        }
        self.fault = Some(fault);
        self.tries_left -= 1;
        if self.tries_left == 0 { Answered::Failed(self) } else { Answered::Ask(self) }
    }

    /// The passwords that were right.
    pub(crate) fn into_answers(self) -> Vec<Secret> {
        self.present.into_iter().chain(self.new).collect()
    }
}

/// Whether a user who answers this means a command, and not a password that begins with a slash.
fn is_command(text: &CleanText) -> bool {
    use command::Utterance::{Command, Line, Wrong};
    text.as_str().trim_start().starts_with(command::SLASHES)
        && match command::interpret(text.clone()) {
            Command(_) => true,
            Wrong(wrong) => !matches!(*wrong, Refusal::UnknownCommand { .. }),
            Line(_) => false,
        }
}

/// The state after the last question, or when none was asked at all: a user who has not noticed
/// that may still type a password, which must not be said in a room.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// The answers, if they were right: a user who types one of them again does not mean to say it.
    /// If empty, any line may be an answer.
    answers: Vec<Secret>,
    until: Instant,
}

impl Doubt {
    /// After questions that led to nothing, or that were not even asked while answers may be on
    /// their way.
    pub(crate) fn after_failure(now: Instant) -> Self {
        Self { answers: Vec::new(), until: now + limits::DOUBT_TIME }
    }

    /// After questions that were answered correctly.
    pub(crate) fn after_success(answers: Vec<Secret>, now: Instant) -> Self {
        Self { answers, ..Self::after_failure(now) }
    }

    /// Whether to hold back a line that may be a password and that other users would see. A known
    /// password is held back whatever else it looks like. A user who sends the line again after a
    /// pause means it; what follows immediately was sent before the user could see the notice.
    pub(crate) fn holds(&mut self, text: &CleanText, is_to_be_said: bool, now: Instant) -> bool {
        let may_be = match &*self.answers {
            [] => is_to_be_said,
            answers => answers.iter().any(|answer| answer.expose() == text.as_str()),
        };
        let holds = may_be && now < self.until;
        let rest = if holds { limits::DOUBT_PAUSE } else { Duration::ZERO };
        self.until = self.until.min(now + rest);
        holds
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::base::zone::Zone;
    use crate::lang::{self, Times};
    use crate::model::Lang;

    const OF_ANN: &str = "Password for ann (Enter cancels): ";
    const FIRST: &str = "Password for ann, 6 characters or more (Enter cancels): ";
    const NEW: &str = "New password for ann, 6 characters or more (Enter cancels): ";
    const AGAIN: &str = "Repeat the password (Enter cancels): ";
    const WRONG: &str = "Wrong password. Try again (Enter cancels): ";
    const DIFFER: &str = "The passwords do not match. Try again (Enter cancels): ";
    const TOO_SHORT: &str = "Too short: 6 characters or more. Try again (Enter cancels): ";
    const TOO_LONG: &str = "Too long: at most 128 bytes. Try again (Enter cancels): ";
    const COMMAND: &str = "That is a command, not a password. Try again (Enter cancels): ";
    const CANCELLED: &str = "cancelled";
    const NO_LOGIN: &str =
        "Login failed after 3 wrong passwords. You are talking in the room again.";
    const FAILED: &str =
        "Failed after 3 attempts; nothing has changed. You are talking in the room again.";

    /// The right password.
    const RIGHT: &str = "secret";

    /// The questions that are asked, and the result of these answers.
    fn ask(purpose: PasswordPurpose, answers: &[&str]) -> (Vec<String>, String) {
        let asks = |asking: &Asking| lang::question(Lang::En, &asking.question());
        let mut asking = Asking::about(PasswordRequest { purpose, name: "ann".into() });
        let mut questions = Vec::new();
        for answer in answers {
            questions.push(asks(&asking));
            let mut answered = asking.answer(&CleanText::from_bytes(answer.as_bytes()));
            if let Answered::Complete(asking, command) = answered {
                answered = match &command {
                    Command::Login { password: Some(given), .. }
                    | Command::Passwd { change: Some((given, _)) }
                    | Command::Unregister { password: Some(given), .. }
                        if given.expose() != RIGHT =>
                    {
                        asking.rejected()
                    }
                    _ => return (questions, describe(&command)),
                };
            }
            asking = match answered {
                Answered::Ask(asking) => asking,
                Answered::Failed(asking) => {
                    let times = Times { zone: Zone::of_server(), now: SystemTime::UNIX_EPOCH };
                    let failure = lang::refusal(Lang::En, &asking.failure(), &times);
                    return (questions, failure);
                }
                _ => return (questions, CANCELLED.to_owned()),
            };
        }
        questions.push(asks(&asking));
        (questions, String::new())
    }

    fn describe(command: &Command) -> String {
        match command {
            Command::Login { name, password: Some(password) } => {
                format!("login {} {}", name.as_str(), password.expose())
            }
            Command::Register { password: Some(password) } => {
                format!("register {}", password.expose())
            }
            Command::Passwd { change: Some((old, new)) } => {
                format!("passwd {} {}", old.expose(), new.expose())
            }
            Command::Unregister { password: Some(password), .. } => {
                format!("unregister {}", password.expose())
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn questions_and_their_outcomes() {
        let check =
            |purpose: PasswordPurpose, answers: &[&str], questions: &[&str], outcome: &str| {
                let questions = questions.iter().map(|question| (*question).to_owned()).collect();
                assert_eq!(ask(purpose, answers), (questions, outcome.to_owned()));
            };
        let login = || PasswordPurpose::Login;
        check(login(), &[RIGHT], &[OF_ANN], "login ann secret");
        check(login(), &[""], &[OF_ANN], CANCELLED);
        check(login(), &["Secret", RIGHT], &[OF_ANN, WRONG], "login ann secret");
        check(login(), &["Secret", " "], &[OF_ANN, WRONG], CANCELLED);
        check(login(), &["/who", "x"], &[OF_ANN, WRONG, WRONG], "");
        check(login(), &["1", "2", "3"], &[OF_ANN, WRONG, WRONG], NO_LOGIN);
        // A password that nobody can have.
        check(login(), &["\u{e000}", RIGHT], &[OF_ANN, WRONG], "login ann secret");

        let register = || PasswordPurpose::Register;
        check(register(), &["new123", "new123"], &[FIRST, AGAIN], "register new123");
        check(register(), &["five5", "new123"], &[FIRST, TOO_SHORT, AGAIN], "");
        check(register(), &[&"x".repeat(129)], &[FIRST, TOO_LONG], "");
        check(
            register(),
            &["new123", "new124", "new125", "new125"],
            &[FIRST, AGAIN, DIFFER, AGAIN],
            "register new125",
        );
        check(
            register(),
            &["new123", "x", "new125", "x", "five5"],
            &[FIRST, AGAIN, DIFFER, AGAIN, DIFFER],
            FAILED,
        );
        check(register(), &["new123", ""], &[FIRST, AGAIN], CANCELLED);

        let passwd = || PasswordPurpose::ChangePassword;
        let all = [OF_ANN, NEW, AGAIN];
        check(passwd(), &[RIGHT, "new123", "new123"], &all, "passwd secret new123");
        // A new password that was typed twice is not asked for again.
        check(
            passwd(),
            &["Secret", "new123", "new123", RIGHT],
            &[OF_ANN, NEW, AGAIN, WRONG],
            "passwd secret new123",
        );
        check(
            passwd(),
            &["x", "new123", "new123", "y", "z"],
            &[&all[..], &[WRONG; 2]].concat(),
            FAILED,
        );
        let unregister = || PasswordPurpose::Unregister { erases: false };
        check(unregister(), &["x", RIGHT], &[OF_ANN, WRONG], "unregister secret");
    }

    #[test]
    fn a_command_is_not_accepted_as_a_new_password() {
        let check = |answer: &str, expected: &str| {
            let (questions, _) = ask(PasswordPurpose::Register, &[answer]);
            assert_eq!(questions[1], expected, "{answer}");
        };
        for command in ["/nick Ms Miller", " /quit", "／who is it", "/login", "/ban ann soon"] {
            check(command, COMMAND);
        }
        for password in
            ["/secret 1", "//secret", "#garden gate", "@ann 1234", "#garden", "w/who me"]
        {
            check(password, AGAIN);
        }
    }

    /// Each line with the time since the one before it, and whether it is held back.
    #[test]
    fn a_line_that_may_be_a_password_is_held_back_once() {
        let check = |doubt: &dyn Fn(Instant) -> Doubt, lines: &[(&str, u64, bool)]| {
            let mut now = Instant::now();
            let mut doubt = doubt(now);
            for (index, (line, after_millis, expected)) in lines.iter().enumerate() {
                now += Duration::from_millis(*after_millis);
                let text = CleanText::from_bytes(line.as_bytes());
                let is_to_be_said = !line.starts_with('/');
                let holds = doubt.holds(&text, is_to_be_said, now);
                assert_eq!(holds, *expected, "{index} of {lines:?}");
            }
        };
        let failed = &Doubt::after_failure;
        check(failed, &[("one", 0, true), ("two", 999, true), ("two", 1, false), ("x", 0, false)]);
        check(failed, &[("one", 9_999, true), ("two", 0, true), ("two", 1, false)]);
        check(failed, &[("one", 10_000, false), ("two", 0, false)]);
        check(failed, &[("/one", 0, false)]);
        let right_with = |password: &'static str| {
            move |now| {
                let purpose = PasswordPurpose::Login;
                let asking = Asking::about(PasswordRequest { purpose, name: "ann".into() });
                match asking.answer(&CleanText::from_bytes(password.as_bytes())) {
                    Answered::Complete(asking, _) => {
                        Doubt::after_success(asking.into_answers(), now)
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        check(&right_with("/secret"), &[("/secret", 0, true), ("/secret", 1_000, false)]);
        let right = &right_with("secret");
        check(right, &[("secret", 0, true), ("secret", 0, true), ("secret", 1_000, false)]);
        check(right, &[("hello", 0, false), ("secret", 0, false)]);
        check(right, &[("secret", 10_000, false)]);
    }
}
