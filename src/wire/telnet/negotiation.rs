//! The negotiation of one option for one side (RFC 1143): whether it is performed, and what remains
//! to be said about it.
//!
//! This module negotiates an option that this end can decide about: it offers to perform it itself
//! (WILL), or asks the peer to (DO). The two differ only in their verbs. It does not know bytes,
//! which option it is, or why it is wanted.
//!
//! It is the Q method of RFC 1143 with one rule less. There, a side that withdraws an option makes
//! no new offer until the withdrawal is acknowledged. TinTin++ never acknowledges the end of ECHO,
//! and would show every password but the first. So the new offer is made at once, and an
//! acknowledgement that arrives later is not taken for a refusal of it.

/// A statement about an option: WILL or DO, WONT or DONT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OptionReply {
    /// WILL for one's own option, DO for the peer's.
    Yes,
    /// WONT or DONT.
    No,
}

/// The state of the option. A request is answered with at most one word, and an answer with none,
/// so two machines never answer each other for ever.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Negotiation {
    state: OptionState,
    /// Whether an agreement was withdrawn and the peer has not acknowledged that.
    is_no_due: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum OptionState {
    /// The option is not performed.
    #[default]
    Off,
    /// Yes was said and has not been answered. No is not said before that: with two answers
    /// outstanding, nobody could tell which is which, because a peer that has refused need not
    /// answer the No that follows.
    Offered { is_wanted: bool },
    /// Both sides have agreed.
    On,
}

impl Negotiation {
    /// Whether both sides have agreed.
    pub(super) fn is_on(self) -> bool {
        self.state == OptionState::On
    }

    /// Whether this side wants the option and the peer has not answered.
    pub(super) fn is_offered(self) -> bool {
        self.state == OptionState::Offered { is_wanted: true }
    }

    /// Requests the option. Returns the word to say to the peer, if any.
    pub(super) fn offer(&mut self) -> Option<OptionReply> {
        let is_new = self.state == OptionState::Off;
        if self.state != OptionState::On {
            self.state = OptionState::Offered { is_wanted: true };
        }
        is_new.then_some(OptionReply::Yes)
    }

    /// Withdraws the option. Returns the word to say to the peer, if any.
    pub(super) fn take_back(&mut self) -> Option<OptionReply> {
        match self.state {
            OptionState::On => Some(self.withdraw()),
            OptionState::Offered { .. } => {
                self.state = OptionState::Offered { is_wanted: false };
                None
            }
            OptionState::Off => None,
        }
    }

    /// Takes a word from the peer. Returns the word to say to it, if any. An option that was not
    /// offered is agreed to if this side is `willing`.
    pub(super) fn hear(&mut self, word: OptionReply, willing: bool) -> Option<OptionReply> {
        match word {
            OptionReply::Yes => self.hear_yes(willing),
            OptionReply::No => self.hear_no(),
        }
    }

    fn hear_yes(&mut self, willing: bool) -> Option<OptionReply> {
        match self.state {
            OptionState::Off if willing => {
                self.state = OptionState::On;
                Some(OptionReply::Yes)
            }
            OptionState::Off => Some(OptionReply::No),
            OptionState::Offered { is_wanted: true } => {
                self.state = OptionState::On;
                // Answers arrive in the order of their requests, so the acknowledgement will never
                // arrive.
                self.is_no_due = false;
                None
            }
            OptionState::Offered { is_wanted: false } => Some(self.withdraw()),
            OptionState::On => None,
        }
    }

    fn hear_no(&mut self) -> Option<OptionReply> {
        if std::mem::take(&mut self.is_no_due) {
            return None;
        }
        let was_on = self.is_on();
        self.state = OptionState::Off;
        was_on.then_some(OptionReply::No)
    }

    fn withdraw(&mut self) -> OptionReply {
        self.state = OptionState::Off;
        self.is_no_due = true;
        OptionReply::No
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::OptionReply::{No, Yes};
    use super::*;
    use proptest::prelude::*;

    /// An event on this side.
    #[derive(Clone, Copy, Debug)]
    enum SideEvent {
        Offer,
        TakeBack,
        Hear(OptionReply),
    }
    use SideEvent::{Hear, Offer, TakeBack};

    fn say(option: &mut Negotiation, event: SideEvent) -> Option<OptionReply> {
        match event {
            Offer => option.offer(),
            TakeBack => option.take_back(),
            Hear(word) => option.hear(word, false),
        }
    }

    fn check(events: &[SideEvent], expected: &[OptionReply]) {
        let mut option = Negotiation::default();
        let said: Vec<OptionReply> =
            events.iter().filter_map(|&event| say(&mut option, event)).collect();
        assert_eq!(said, expected, "{events:?}");
    }

    #[test]
    fn offers_and_answers() {
        check(&[Offer, Hear(Yes), TakeBack, Hear(No)], &[Yes, No]);
        check(&[Offer, Hear(Yes), Hear(Yes), Offer, Hear(Yes)], &[Yes]);
        // Refused, so there is nothing to withdraw.
        check(&[Offer, Hear(No), TakeBack], &[Yes]);
        check(&[Offer, Hear(No), Offer, Hear(Yes), TakeBack], &[Yes, Yes, No]);
        // Withdrawn before it is answered: nothing is said until then.
        check(&[Offer, TakeBack], &[Yes]);
        check(&[Offer, TakeBack, Hear(Yes), Hear(No), Hear(No)], &[Yes, No]);
        check(&[Offer, TakeBack, Hear(No), Hear(No)], &[Yes]);
        check(&[Offer, TakeBack, Offer, Hear(Yes), TakeBack], &[Yes, No]);
        // Offered again before the end of the last time is acknowledged, if it ever is.
        let again = [Offer, Hear(Yes), TakeBack, Offer];
        check(&[&again[..], &[Hear(No), Hear(Yes), TakeBack]].concat(), &[Yes, No, Yes, No]);
        check(&[&again[..], &[Hear(Yes), Hear(No)]].concat(), &[Yes, No, Yes, No]);
        check(&[&again[..], &[Hear(No), Hear(No), TakeBack]].concat(), &[Yes, No, Yes]);
        // The peer changes its mind.
        check(&[Offer, Hear(Yes), Hear(No), Hear(No), TakeBack], &[Yes, No]);
        // The peer asks for something that was not offered.
        check(&[Hear(Yes), Hear(Yes), Hear(No)], &[No, No]);
        check(&[TakeBack], &[]);
    }

    /// How a client on the other side answers.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum PeerManner {
        /// As RFC 854 requires.
        Agrees,
        /// TinTin++ says nothing when ECHO ends.
        IsCurt,
        /// BusyBox agrees to nothing once it has returned to line mode.
        AgreesOnce,
        Refuses,
    }

    struct Peer {
        manner: PeerManner,
        hides: bool,
        has_hidden: bool,
    }

    impl Peer {
        fn hear(&mut self, word: OptionReply) -> Option<OptionReply> {
            let wants = word == Yes;
            let refuses = self.manner == PeerManner::Refuses
                || self.manner == PeerManner::AgreesOnce && self.has_hidden;
            if wants == self.hides {
                return None;
            }
            if wants && refuses {
                return Some(No);
            }
            self.hides = wants;
            self.has_hidden = true;
            match (wants, self.manner) {
                (true, _) => Some(Yes),
                (false, PeerManner::IsCurt) => None,
                (false, _) => Some(No),
            }
        }
    }

    proptest! {
        /// However late the answers arrive, in the end the client hides its input as it was last
        /// asked to, and both sides have fallen silent.
        #[test]
        fn both_sides_end_in_the_same_state(
            steps in proptest::collection::vec(0..4u8, 0..60),
            manner in proptest::sample::select(
                &[PeerManner::Agrees, PeerManner::IsCurt, PeerManner::AgreesOnce, PeerManner::Refuses][..]
            )
        ) {
            let mut option = Negotiation::default();
            let mut peer = Peer { manner, hides: false, has_hidden: false };
            let (mut to_peer, mut to_us) = (VecDeque::new(), VecDeque::new());
            let mut is_wanted = false;
            // Enough to deliver everything that can be on its way, unless it never ends.
            for step in steps.into_iter().chain([2, 3].repeat(20)) {
                match step {
                    0 => {
                        is_wanted = true;
                        to_peer.extend(option.offer());
                    }
                    1 => {
                        is_wanted = false;
                        to_peer.extend(option.take_back());
                    }
                    2 => to_us.extend(to_peer.pop_front().and_then(|word| peer.hear(word))),
                    _ => to_peer.extend(to_us.pop_front().and_then(|word| option.hear(word, false))),
                }
            }
            prop_assert!(to_peer.is_empty() && to_us.is_empty());
            match manner {
                PeerManner::Agrees | PeerManner::IsCurt => prop_assert_eq!(peer.hides, is_wanted),
                PeerManner::AgreesOnce => prop_assert!(is_wanted || !peer.hides),
                PeerManner::Refuses => prop_assert!(!peer.hides),
            }
            prop_assert_eq!(option.is_on(), peer.hides);
        }

        /// Whatever a peer says, the replies never exceed its requests and ours.
        #[test]
        fn no_word_is_said_without_a_reason(
            events in proptest::collection::vec(
                proptest::sample::select(&[Offer, TakeBack, Hear(Yes), Hear(No)][..]), 0..100
            )
        ) {
            let mut option = Negotiation::default();
            for &event in &events {
                let said = say(&mut option, event);
                prop_assert!(said != Some(Yes) || matches!(event, Offer));
            }
        }
    }
}
