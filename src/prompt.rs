//! Asking for passwords that were not typed behind a command: in which order, and what comes of it.
//!
//! Pure. It does not know how what is typed is hidden, nor what is done with the passwords.

use crate::command::{Command, Secret};
use crate::lang::{Catalogue, fill};
use crate::text::CleanText;

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// The password that there is.
    Present,
    /// One that is to be.
    New,
    /// The same again: nobody has seen what was typed.
    Again,
}

/// Questions that have been begun, and what has been answered.
#[derive(Debug)]
pub struct Asking {
    command: Command,
    questions: &'static [Question],
    answers: Vec<Secret>,
}

/// What comes of an answer.
#[derive(Debug)]
pub enum Answered {
    /// There is another question.
    Ask(Asking),
    /// The command is complete.
    Complete(Command),
    /// It is not to be: what is told.
    Void(&'static str),
}

impl Asking {
    /// The questions that this command leaves open, or the command as it was.
    ///
    /// # Errors
    /// The command, if it leaves none open.
    pub fn about(command: Command) -> Result<Self, Command> {
        use Question::{Again, New, Present};
        if !command.leaves_password_open() {
            return Err(command);
        }
        let questions: &'static [Question] = match &command {
            Command::Register { .. } => &[New, Again],
            Command::Passwd { .. } => &[Present, New, Again],
            _ => &[Present],
        };
        Ok(Self { command, questions, answers: Vec::new() })
    }

    /// The command, without what it leaves open.
    pub fn give_up(self) -> Command {
        self.command
    }

    /// What is asked next.
    pub fn question(&self, catalogue: &Catalogue) -> String {
        let answers = &catalogue.answers;
        match (self.questions.get(self.answers.len()), &self.command) {
            (Some(Question::New), _) => answers.ask_new_password.to_owned(),
            (Some(Question::Again), _) => answers.ask_password_again.to_owned(),
            (_, Command::Login { name, .. }) => {
                fill(answers.ask_password_of, &[("name", &&**name)])
            }
            _ => answers.ask_password.to_owned(),
        }
    }

    /// Takes an answer. Nothing means that one has thought better of it.
    pub fn answer(mut self, text: &CleanText, catalogue: &'static Catalogue) -> Answered {
        let texts = &catalogue.answers;
        if text.is_blank() {
            return Answered::Void(texts.asking_cancelled);
        }
        let answer = Secret::new(text.as_str());
        if self.questions.get(self.answers.len()) == Some(&Question::Again)
            && self.answers.last() != Some(&answer)
        {
            return Answered::Void(texts.passwords_differ);
        }
        self.answers.push(answer);
        if self.answers.len() < self.questions.len() {
            return Answered::Ask(self);
        }
        let mut given = self.answers.into_iter();
        let first = given.next();
        Answered::Complete(match self.command {
            Command::Login { name, .. } => Command::Login { name, password: first },
            Command::Register { .. } => Command::Register { password: first },
            Command::Passwd { .. } => Command::Passwd { change: first.zip(given.next()) },
            Command::Unregister { .. } => Command::Unregister { password: first },
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    /// The questions, and what comes of these answers.
    fn ask(command: Command, answers: &[&str]) -> (Vec<String>, String) {
        let catalogue = Lang::En.catalogue();
        let mut asking = match Asking::about(command) {
            Ok(asking) => asking,
            Err(command) => return (Vec::new(), describe(&command)),
        };
        let mut questions = Vec::new();
        for answer in answers {
            questions.push(asking.question(catalogue));
            let text = CleanText::from_bytes(answer.as_bytes());
            asking = match asking.answer(&text, catalogue) {
                Answered::Ask(asking) => asking,
                Answered::Complete(command) => return (questions, describe(&command)),
                Answered::Void(told) => return (questions, told.to_owned()),
            };
        }
        questions.push(asking.question(catalogue));
        (questions, String::new())
    }

    fn describe(command: &Command) -> String {
        match command {
            Command::Login { name, password: Some(password) } => {
                format!("login {name} {}", password.expose())
            }
            Command::Register { password: Some(password) } => {
                format!("register {}", password.expose())
            }
            Command::Passwd { change: Some((old, new)) } => {
                format!("passwd {} {}", old.expose(), new.expose())
            }
            Command::Unregister { password: Some(password) } => {
                format!("unregister {}", password.expose())
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_asked_and_what_comes_of_it() {
        let check = |command: Command, answers: &[&str], questions: &[&str], outcome: &str| {
            assert_eq!(
                ask(command, answers),
                (
                    questions.iter().map(|question| (*question).to_owned()).collect(),
                    outcome.to_owned(),
                )
            );
        };
        let login = || Command::Login { name: "ann".into(), password: None };
        check(login(), &["secret"], &["Password of ann: "], "login ann secret");
        check(login(), &[""], &["Password of ann: "], "Cancelled: nothing has changed.");
        let register = || Command::Register { password: None };
        let both = ["New password: ", "The same again: "];
        check(register(), &["secret", "secret"], &both, "register secret");
        let differ = "The two are not the same: nothing has changed.";
        check(register(), &["secret", "Secret"], &both, differ);
        check(
            Command::Passwd { change: None },
            &["old", "new", "new"],
            &["Password: ", "New password: ", "The same again: "],
            "passwd old new",
        );
        check(Command::Unregister { password: None }, &["x"], &["Password: "], "unregister x");
        check(Command::Logout, &[], &[], "Logout");
    }
}
