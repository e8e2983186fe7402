//! A connection's way into the hall: straight, or past the server's password.
//!
//! Who is at the door is known to nobody inside, and nothing that they type there goes further than
//! this.

use std::time::Instant;

use super::{Asked, CloseReason, Connection, Effect, Next, Phase};
use crate::limits;
use crate::password::Password;
use crate::text::CleanText;

/// Somebody who has been asked for the server's password.
#[derive(Debug)]
pub(super) struct Visitor {
    /// The name that they asked their door for.
    name: Option<CleanText>,
    tries_left: u32,
}

impl Connection {
    /// The client is through its door and wants to enter.
    pub(super) fn come_in(
        &mut self,
        name: Option<CleanText>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Option<Next> {
        if !matches!(self.phase, Phase::Accepted { .. }) || self.asked.is_some() {
            return None;
        }
        if self.options.password.is_none() {
            self.let_in(name, effects);
            return None;
        }
        let deadline = now + limits::DOOR_PASSWORD_TIMEOUT;
        self.phase = Phase::Accepted { patient_until: None, deadline };
        let tries_left = limits::DOOR_PASSWORD_TRIES;
        self.ask_visitor(Visitor { name, tries_left })
    }

    /// What a visitor answers.
    pub(super) fn take_password(
        &mut self,
        mut visitor: Visitor,
        text: &CleanText,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Option<Next> {
        let ended = self.protocol.end_answer();
        if let next @ Next::Drop(_) = self.answer(ended) {
            return Some(next);
        }
        if self.opens_with(text) {
            let shown = self.protocol.reveal();
            if let next @ Next::Drop(_) = self.answer(shown) {
                return Some(next);
            }
            self.let_in(visitor.name, effects);
            return None;
        }
        // Nothing is no try.
        visitor.tries_left -= u32::from(!text.is_blank());
        if visitor.tries_left == 0 {
            let shown = self.protocol.reveal();
            let told = self.notice(self.options.catalogue.door_closed);
            return Some(self.close(&[shown, told].concat(), CloseReason::WrongPassword, now));
        }
        let wrong = self.notice(self.options.catalogue.door_password_wrong);
        if let next @ Next::Drop(_) = self.tell(wrong) {
            return Some(next);
        }
        self.ask_visitor(visitor)
    }

    fn let_in(&mut self, name: Option<CleanText>, effects: &mut Vec<Effect>) {
        self.phase = Phase::Entered;
        effects.push(Effect::Enter { name });
    }

    /// Asks. The answer is hidden where that is possible already.
    fn ask_visitor(&mut self, visitor: Visitor) -> Option<Next> {
        let question = self.options.catalogue.answers.ask_password;
        let bytes = self.protocol.ask(question);
        self.asked = Some(Box::new(Asked::ToEnter(visitor)));
        match self.answer(bytes) {
            Next::Wait => None,
            next => Some(next),
        }
    }

    /// Whether this opens the door. If there is no password any more, everything does.
    fn opens_with(&self, text: &CleanText) -> bool {
        let Some(known) = &self.options.password else { return true };
        Password::typed(text.as_str()).is_some_and(|typed| typed.is_right_for(known))
    }
}
