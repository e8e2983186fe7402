//! Who shows what is typed (RFC 857): the client itself, or this server, which shows nothing of it.
//!
//! Owned here: the negotiation of this one option, for this side of it. Not known here: bytes,
//! lines, and why somebody wants it.
//!
//! It is the Q method of RFC 1143 with one rule less. There, whoever takes an option back makes no
//! new offer until that is acknowledged. TinTin++ never acknowledges it, and would show every
//! password but the first. So the new offer is made at once, and the acknowledgement that may still
//! come is not taken for a refusal of it.

use super::{DO, WILL, WONT};

/// The state of the option. A request is answered by at most one verb, and a peer's answer by none,
/// so that no two machines answer each other for ever.
#[derive(Debug, Default)]
pub(super) struct Echo {
    side: Side,
    /// An agreement was taken back, and the peer has not acknowledged that by DONT so far.
    is_dont_due: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Side {
    /// The client shows what is typed.
    #[default]
    Off,
    /// WILL was said and not answered so far. No WONT follows before it is: of two answers to come
    /// nobody could say which is whose, since a refused WILL needs no answer to the WONT behind it.
    Offered { is_wanted: bool },
    /// The client has agreed to show nothing.
    On,
}

impl Echo {
    /// The client is to show nothing. What to say to it, if anything.
    pub(super) fn offer(&mut self) -> Option<u8> {
        let is_new = self.side == Side::Off;
        if self.side != Side::On {
            self.side = Side::Offered { is_wanted: true };
        }
        is_new.then_some(WILL)
    }

    /// The client is to show again what is typed. What to say to it, if anything.
    pub(super) fn take_back(&mut self) -> Option<u8> {
        match self.side {
            Side::On => Some(self.withdraw()),
            Side::Offered { .. } => {
                self.side = Side::Offered { is_wanted: false };
                None
            }
            Side::Off => None,
        }
    }

    /// The peer has said DO or DONT. What to say to it, if anything.
    pub(super) fn hear(&mut self, verb: u8) -> Option<u8> {
        if verb == DO { self.hear_do() } else { self.hear_dont() }
    }

    fn hear_do(&mut self) -> Option<u8> {
        match self.side {
            // Nobody offered to show anything.
            Side::Off => Some(WONT),
            Side::Offered { is_wanted: true } => {
                self.side = Side::On;
                // Answers come in the order of what they answer: it will never come now.
                self.is_dont_due = false;
                None
            }
            Side::Offered { is_wanted: false } => Some(self.withdraw()),
            Side::On => None,
        }
    }

    fn hear_dont(&mut self) -> Option<u8> {
        if std::mem::take(&mut self.is_dont_due) {
            return None;
        }
        let was_on = self.side == Side::On;
        self.side = Side::Off;
        was_on.then_some(WONT)
    }

    fn withdraw(&mut self) -> u8 {
        self.side = Side::Off;
        self.is_dont_due = true;
        WONT
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::DONT;
    use super::*;
    use proptest::prelude::*;

    /// What happens at this side.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        Offer,
        TakeBack,
        Hear(u8),
    }
    use Event::{Hear, Offer, TakeBack};

    fn say(echo: &mut Echo, event: Event) -> Option<u8> {
        match event {
            Offer => echo.offer(),
            TakeBack => echo.take_back(),
            Hear(verb) => echo.hear(verb),
        }
    }

    fn check(events: &[Event], expected: &[u8]) {
        let mut echo = Echo::default();
        let said: Vec<u8> = events.iter().filter_map(|&event| say(&mut echo, event)).collect();
        assert_eq!(said, expected, "{events:?}");
    }

    #[test]
    fn offers_and_answers() {
        check(&[Offer, Hear(DO), TakeBack, Hear(DONT)], &[WILL, WONT]);
        check(&[Offer, Hear(DO), Hear(DO), Offer, Hear(DO)], &[WILL]);
        // Refused, and nothing to take back.
        check(&[Offer, Hear(DONT), TakeBack], &[WILL]);
        check(&[Offer, Hear(DONT), Offer, Hear(DO), TakeBack], &[WILL, WILL, WONT]);
        // Taken back before it is answered: nothing is said until then.
        check(&[Offer, TakeBack], &[WILL]);
        check(&[Offer, TakeBack, Hear(DO), Hear(DONT), Hear(DONT)], &[WILL, WONT]);
        check(&[Offer, TakeBack, Hear(DONT), Hear(DONT)], &[WILL]);
        check(&[Offer, TakeBack, Offer, Hear(DO), TakeBack], &[WILL, WONT]);
        // Offered again before the end of the last time is acknowledged, if it ever is.
        let again = [Offer, Hear(DO), TakeBack, Offer];
        check(&[&again[..], &[Hear(DONT), Hear(DO), TakeBack]].concat(), &[WILL, WONT, WILL, WONT]);
        check(&[&again[..], &[Hear(DO), Hear(DONT)]].concat(), &[WILL, WONT, WILL, WONT]);
        check(&[&again[..], &[Hear(DONT), Hear(DONT), TakeBack]].concat(), &[WILL, WONT, WILL]);
        // The peer changes its mind.
        check(&[Offer, Hear(DO), Hear(DONT), Hear(DONT), TakeBack], &[WILL, WONT]);
        // The peer asks for what was not offered.
        check(&[Hear(DO), Hear(DO), Hear(DONT)], &[WONT, WONT]);
        check(&[TakeBack], &[]);
    }

    /// How a client of the other side answers.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Manner {
        /// As RFC 854 says.
        Agrees,
        /// TinTin++ says nothing to WONT.
        IsCurt,
        /// BusyBox agrees to nothing once it was back in its line mode.
        AgreesOnce,
        Refuses,
    }

    struct Peer {
        manner: Manner,
        hides: bool,
        has_hidden: bool,
    }

    impl Peer {
        fn hear(&mut self, verb: u8) -> Option<u8> {
            let wants = verb == WILL;
            let refuses = self.manner == Manner::Refuses
                || self.manner == Manner::AgreesOnce && self.has_hidden;
            if wants == self.hides {
                return None;
            }
            if wants && refuses {
                return Some(DONT);
            }
            self.hides = wants;
            self.has_hidden = true;
            match (wants, self.manner) {
                (true, _) => Some(DO),
                (false, Manner::IsCurt) => None,
                (false, _) => Some(DONT),
            }
        }
    }

    proptest! {
        /// However late the answers come, in the end the client hides what it was last asked to,
        /// and both have fallen silent.
        #[test]
        fn both_sides_end_with_the_same_opinion(
            steps in proptest::collection::vec(0..4u8, 0..60),
            manner in proptest::sample::select(
                &[Manner::Agrees, Manner::IsCurt, Manner::AgreesOnce, Manner::Refuses][..]
            )
        ) {
            let mut echo = Echo::default();
            let mut peer = Peer { manner, hides: false, has_hidden: false };
            let (mut to_peer, mut to_us) = (VecDeque::new(), VecDeque::new());
            let mut is_wanted = false;
            // Enough to deliver all that can be on its way, unless it never ends.
            for step in steps.into_iter().chain([2, 3].repeat(20)) {
                match step {
                    0 => {
                        is_wanted = true;
                        to_peer.extend(echo.offer());
                    }
                    1 => {
                        is_wanted = false;
                        to_peer.extend(echo.take_back());
                    }
                    2 => to_us.extend(to_peer.pop_front().and_then(|verb| peer.hear(verb))),
                    _ => to_peer.extend(to_us.pop_front().and_then(|verb| echo.hear(verb))),
                }
            }
            prop_assert!(to_peer.is_empty() && to_us.is_empty());
            match manner {
                Manner::Agrees | Manner::IsCurt => prop_assert_eq!(peer.hides, is_wanted),
                Manner::AgreesOnce => prop_assert!(is_wanted || !peer.hides),
                Manner::Refuses => prop_assert!(!peer.hides),
            }
            prop_assert_eq!(echo.side == Side::On, peer.hides);
        }

        /// Whatever a peer says: what is said to it is no more than what it asks and what is asked
        /// of it.
        #[test]
        fn no_verb_is_said_without_a_reason(
            events in proptest::collection::vec(
                proptest::sample::select(&[Offer, TakeBack, Hear(DO), Hear(DONT)][..]), 0..100
            )
        ) {
            let mut echo = Echo::default();
            for &event in &events {
                let said = say(&mut echo, event);
                prop_assert!(said != Some(WILL) || matches!(event, Offer));
            }
        }
    }
}
