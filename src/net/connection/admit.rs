//! A connection's way into the hall: straight, or past the server's password.
//!
//! Who is at the door is known to nobody inside, and nothing that they type there goes further than
//! this.

use std::time::Instant;

use super::{Asked, CloseReason, Connection, Effect, Introducing, Next, Phase};
use crate::command::prompt::Doubt;
use crate::command::{self, Secret};
use crate::limits;
use crate::model::password::Password;
use crate::net::uplink::Wish;
use crate::text::CleanText;

/// Somebody who has been asked for the server's password.
#[derive(Debug)]
pub(super) struct Visitor {
    /// The name that they asked their door for.
    name: Option<CleanText>,
    tries_left: u32,
    /// Their first line, which says who they are: what comes of that is seen inside.
    introduction: Introduction,
}

/// What is known of a visitor's first line.
#[derive(Debug)]
enum Introduction {
    /// It says nothing of who it is.
    None,
    /// It comes next.
    Due,
    /// This one.
    Heard(CleanText),
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
        let introduces = self.protocol.first_line().is_some_and(command::introduces);
        if self.options.password.is_none() {
            self.let_in(name, introduces, effects);
            return None;
        }
        let deadline = now + limits::DOOR_PASSWORD_TIMEOUT;
        self.phase = Phase::Accepted { patient_until: None, deadline };
        let tries_left = limits::DOOR_PASSWORD_TRIES;
        let introduction = if introduces { Introduction::Due } else { Introduction::None };
        self.ask_visitor(Visitor { name, tries_left, introduction })
    }

    /// What a visitor answers.
    pub(super) fn take_password(
        &mut self,
        mut visitor: Visitor,
        text: &CleanText,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Option<Next> {
        if let Introduction::Due = visitor.introduction {
            visitor.introduction = Introduction::Heard(text.clone());
            self.asked = Some(Box::new(Asked::ToEnter(visitor)));
            return None;
        }
        let ended = self.protocol.end_answer();
        if let next @ Next::Drop(_) = self.answer(ended) {
            return Some(next);
        }
        if self.opens_with(text) {
            let shown = self.protocol.reveal();
            if let next @ Next::Drop(_) = self.answer(shown) {
                return Some(next);
            }
            let doubt = Doubt::after_success(vec![Secret::new(text.as_str())], now);
            self.asked = Some(Box::new(Asked::Nothing(doubt)));
            let Introduction::Heard(line) = visitor.introduction else {
                self.let_in(visitor.name, false, effects);
                return None;
            };
            self.let_in(visitor.name, true, effects);
            return self.take_line(line, now, effects);
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

    fn let_in(&mut self, name: Option<CleanText>, introduces: bool, effects: &mut Vec<Effect>) {
        self.phase = Phase::Entered;
        self.introducing = if introduces { Introducing::Open } else { Introducing::Never };
        effects.push(Effect::Enter { name, introduces });
    }

    /// A login of a client that says who it is may have come to its end since that was over.
    pub(super) fn reopen_introduction(&mut self) {
        if self.introducing == Introducing::Over {
            self.introducing = Introducing::Open;
        }
    }

    /// A client that says who it is has done so when it is asked nothing more, and waits for
    /// nothing.
    pub(super) fn follow_introduction(&mut self, effects: &mut Vec<Effect>) {
        if self.introducing != Introducing::Open || self.phase != Phase::Entered {
            return;
        }
        let has_begun = self.protocol.first_line().is_none();
        let is_asked = !matches!(self.asked.as_deref(), None | Some(Asked::Nothing(_)));
        if has_begun && !is_asked && !self.awaits_outcome {
            self.introducing = Introducing::Over;
            effects.push(Effect::Say(Wish::GoesOn));
        }
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
