//! A connection's way into the chat: directly, or after the server password.
//!
//! The chat does not know clients before they are admitted, and nothing that they type before goes
//! further than this module.

use std::time::Instant;

use super::{CloseReason, Connection, Effect, ExpectedAnswer, Introducing, Next, Phase};
use crate::command::prompt::Doubt;
use crate::command::{self, Secret};
use crate::limits;
use crate::model::{Password, Question, Refusal};
use crate::net::uplink::Request;
use crate::text::CleanText;

/// A client that has been asked for the server password.
#[derive(Debug)]
pub(super) struct Visitor {
    /// The name that it requested.
    name: Option<CleanText>,
    tries_left: u32,
    /// Its first line if that identifies its user. The chat handles that line after the admission.
    introduction: Introduction,
}

/// The client's first line, as far as it is known.
#[derive(Debug)]
enum Introduction {
    /// It does not identify the user.
    None,
    /// It does, and comes next.
    Due,
    /// It was this one.
    Heard(CleanText),
}

impl Connection {
    /// The client has completed its protocol's handshake and wants to connect to the chat.
    pub(super) fn introduce(
        &mut self,
        name: Option<CleanText>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), CloseReason> {
        if !matches!(self.phase, Phase::Accepted { .. }) || self.asked.is_some() {
            return Ok(());
        }
        let introduces = self.protocol.first_line().is_some_and(command::introduces);
        if self.options.password.is_none() {
            self.admit(name, introduces, effects);
            return Ok(());
        }
        let deadline = now + limits::DOOR_PASSWORD_TIMEOUT;
        self.phase = Phase::Accepted { patient_until: None, deadline };
        let tries_left = limits::DOOR_PASSWORD_TRIES;
        let introduction = if introduces { Introduction::Due } else { Introduction::None };
        self.ask_visitor(Visitor { name, tries_left, introduction })
    }

    /// Handles the answer of a client that was asked for the server password.
    pub(super) fn take_password(
        &mut self,
        mut visitor: Visitor,
        text: &CleanText,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<Next>, CloseReason> {
        if let Introduction::Due = visitor.introduction {
            visitor.introduction = Introduction::Heard(text.clone());
            self.asked = Some(Box::new(ExpectedAnswer::ToEnter(visitor)));
            return Ok(None);
        }
        let ended = self.protocol.end_answer();
        self.answer(ended)?;
        if self.opens_with(text) {
            let shown = self.protocol.reveal();
            self.answer(shown)?;
            let doubt = Doubt::after_success(vec![Secret::new(text.as_str())], now);
            self.asked = Some(Box::new(ExpectedAnswer::Nothing(doubt)));
            let Introduction::Heard(line) = visitor.introduction else {
                self.admit(visitor.name, false, effects);
                return Ok(None);
            };
            self.admit(visitor.name, true, effects);
            return self.take_line(line, now, effects);
        }
        // An empty answer does not count as an attempt.
        visitor.tries_left -= u32::from(!text.is_blank());
        if visitor.tries_left == 0 {
            let shown = self.protocol.reveal();
            let told = self.render(Refusal::ServerPasswordNotGiven);
            let last_words = [shown, told].concat();
            return self.close(&last_words, CloseReason::WrongPassword, now).map(Some);
        }
        self.tell(Refusal::WrongServerPassword)?;
        self.ask_visitor(visitor)?;
        Ok(None)
    }

    fn admit(&mut self, name: Option<CleanText>, introduces: bool, effects: &mut Vec<Effect>) {
        self.phase = Phase::Entered;
        self.introducing = if introduces { Introducing::Open } else { Introducing::Never };
        effects.push(Effect::Enter { name, introduces });
    }

    /// Reopens the introduction of a client when a login that it waited for has ended.
    pub(super) fn reopen_introduction(&mut self) {
        if self.introducing == Introducing::Over {
            self.introducing = Introducing::Open;
        }
    }

    /// Tells the chat when the introduction of a client is over: no question is open, and the
    /// client waits for nothing.
    pub(super) fn follow_introduction(&mut self, effects: &mut Vec<Effect>) {
        if self.introducing != Introducing::Open || self.phase != Phase::Entered {
            return;
        }
        let has_begun = self.protocol.first_line().is_none();
        let is_asked = !matches!(self.asked.as_deref(), None | Some(ExpectedAnswer::Nothing(_)));
        if has_begun && !is_asked && !self.awaits_outcome {
            self.introducing = Introducing::Over;
            effects.push(Effect::Say(Request::GoesOn));
        }
    }

    /// Asks for the password. The answer is hidden if that is already possible.
    fn ask_visitor(&mut self, visitor: Visitor) -> Result<(), CloseReason> {
        let bytes = self.protocol.ask(&Question::SERVER, self.lang());
        self.asked = Some(Box::new(ExpectedAnswer::ToEnter(visitor)));
        self.answer(bytes)
    }

    /// Whether the text is the server password. If there no longer is one, any text is accepted.
    fn opens_with(&self, text: &CleanText) -> bool {
        let Some(known) = &self.options.password else { return true };
        Password::typed(text.as_str()).is_some_and(|typed| typed.is_right_for(known))
    }
}
