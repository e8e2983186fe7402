//! Password prompts: which question is shown, where its answers go, and how lines are treated that
//! may be answers when no question is open any more.
//!
//! From a command that takes a password to the chat's verdict on it, the client's lines go nowhere
//! else: they wait while the chat has the command, and are answers while a question is open.

use std::time::Instant;

use super::{Connection, Effect, ExpectedAnswer, Next, Step};
use crate::command::prompt::{Answered, Asking, Doubt};
use crate::model::{CloseReason, CommandVerdict, PasswordRequest, Refusal, Reply};
use crate::text::CleanText;

/// A question that is open, or whose answer the chat has.
#[derive(Debug)]
pub(super) struct Prompt {
    asking: Asking,
    /// The user has been warned that the screen shows the answers.
    is_warned: bool,
}

impl Connection {
    /// Asks what a command needs; the command had held up the client's input.
    pub(crate) fn ask(&mut self, request: PasswordRequest, now: Instant) -> Step {
        self.awaits_outcome = false;
        self.put(Prompt { asking: Asking::about(request), is_warned: false }, now)?;
        Ok(Next::Turn)
    }

    /// Resumes input after the result of a slow command.
    pub(crate) fn resume(&mut self, verdict: CommandVerdict, now: Instant) -> Step {
        self.awaits_outcome = false;
        self.reopen_introduction();
        match (self.asked.take().map(|asked| *asked), verdict) {
            (Some(ExpectedAnswer::Answered(prompt)), CommandVerdict::Wrong { .. }) => {
                let is_warned = prompt.is_warned;
                self.follow_answer(prompt.asking.rejected(), is_warned, now, &mut Vec::new())?;
            }
            (Some(ExpectedAnswer::Answered(_)), CommandVerdict::Refused) => {
                self.end_asking(Some(Doubt::after_failure(now)))?;
            }
            (Some(ExpectedAnswer::Answered(prompt)), CommandVerdict::Done) => {
                self.end_asking(Some(Doubt::after_success(prompt.asking.into_answers(), now)))?;
            }
            (Some(ExpectedAnswer::Requested), CommandVerdict::Refused) => {
                self.asked = Some(Box::new(ExpectedAnswer::Nothing(Doubt::after_failure(now))));
            }
            (_, CommandVerdict::Wrong { told }) => self.tell(told)?,
            (_, CommandVerdict::Done | CommandVerdict::Refused) => {}
        }
        Ok(Next::Turn)
    }

    /// Handles an answer.
    pub(super) fn take_answer(
        &mut self,
        prompt: Prompt,
        text: &CleanText,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Step {
        let Prompt { asking, mut is_warned } = prompt;
        let ended = self.protocol.end_answer();
        self.answer(ended)?;
        let answered = asking.answer(text);
        if !matches!(answered, Answered::Cancelled) {
            self.warn_once(&mut is_warned)?;
        }
        self.follow_answer(answered, is_warned, now, effects)
    }

    fn follow_answer(
        &mut self,
        answered: Answered,
        is_warned: bool,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Step {
        match answered {
            Answered::Ask(asking) => self.put(Prompt { asking, is_warned }, now)?,
            Answered::Complete(asking, command) => {
                self.asked = Some(Box::new(ExpectedAnswer::Answered(Prompt { asking, is_warned })));
                return Ok(self.hand_over(command, effects));
            }
            Answered::Cancelled => self.cancel()?,
            Answered::Failed(asking) => {
                let told = asking.failure();
                self.end_asking(Some(Doubt::after_failure(now)))?;
                self.tell(told)?;
            }
        }
        Ok(Next::Turn)
    }

    /// Shows a question.
    fn put(&mut self, mut prompt: Prompt, now: Instant) -> Result<(), CloseReason> {
        let shown = self.protocol.ask(&prompt.asking.question(), self.lang());
        let warned = self.warn_once(&mut prompt.is_warned);
        self.asked = Some(Box::new(ExpectedAnswer::About(prompt)));
        warned?;
        self.negotiate(shown, now)
    }

    /// Warns the user, once, if their screen shows what they answer.
    fn warn_once(&mut self, is_warned: &mut bool) -> Result<(), CloseReason> {
        if *is_warned || self.protocol.shows_answer() != Some(true) {
            return Ok(());
        }
        *is_warned = true;
        self.tell(Reply::PasswordIsShown)
    }

    /// Warns if this has turned out only after the question, which is shown again.
    pub(super) fn warn_late(&mut self) -> Result<(), CloseReason> {
        let Some(ExpectedAnswer::About(prompt)) = self.asked.as_deref_mut() else {
            return Ok(());
        };
        if prompt.is_warned || self.protocol.shows_answer() != Some(true) {
            return Ok(());
        }
        prompt.is_warned = true;
        let warning = self.render(Reply::PasswordIsShown);
        let question = self.protocol.repeat_question();
        self.answer([b"\r\n", &*warning, &*question].concat().into())
    }

    /// Cancels the open question. The user is told once all input so far has been taken, or before
    /// the next line.
    pub(super) fn interrupt(&mut self) {
        if let Some(asked @ ExpectedAnswer::About(_)) = self.asked.as_deref_mut() {
            *asked = ExpectedAnswer::Cancelled;
        }
    }

    /// Tells the user that the question is cancelled.
    pub(super) fn follow_interrupt(&mut self) -> Result<(), CloseReason> {
        if !matches!(self.asked.as_deref(), Some(ExpectedAnswer::Cancelled)) {
            return Ok(());
        }
        let ended = self.protocol.end_answer();
        self.answer(ended)?;
        self.cancel()
    }

    fn cancel(&mut self) -> Result<(), CloseReason> {
        self.end_asking(None)?;
        self.tell(Reply::Cancelled)
    }

    /// Closes the question.
    fn end_asking(&mut self, doubt: Option<Doubt>) -> Result<(), CloseReason> {
        self.reopen_introduction();
        self.asked = doubt.map(|doubt| Box::new(ExpectedAnswer::Nothing(doubt)));
        let revealed = self.protocol.reveal();
        self.answer(revealed)
    }

    /// Holds back a line that may be an answer to a recent question. Returns whether it did.
    pub(super) fn hold_back(
        &mut self,
        mut doubt: Doubt,
        text: &CleanText,
        is_to_be_said: bool,
        now: Instant,
    ) -> Result<bool, CloseReason> {
        let holds = doubt.holds(text, is_to_be_said, now);
        if holds {
            self.asked = Some(Box::new(ExpectedAnswer::Nothing(doubt)));
            self.tell(Refusal::MayBePassword)?;
        }
        Ok(holds)
    }
}
