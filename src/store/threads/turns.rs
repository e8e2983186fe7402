//! Chooses the next question: addresses take turns, however many clients ask from one of them.

use std::collections::{HashMap, VecDeque};

use crossbeam_channel::Receiver;

use crate::base::address_block::AddressBlock;
use crate::model::HistoryQuery;

/// The waiting questions, at most one per client.
#[derive(Default)]
pub(super) struct Turns {
    /// The waiting questions by origin, without empty queues.
    waiting: HashMap<AddressBlock, VecDeque<HistoryQuery>>,
    /// The origins with waiting questions, in the order of their turns.
    order: VecDeque<AddressBlock>,
}

impl Turns {
    /// The question whose turn it is. If there is none, waits for one; returns `None` if none will
    /// come.
    pub(super) fn next(&mut self, questions: &Receiver<HistoryQuery>) -> Option<HistoryQuery> {
        if self.order.is_empty() {
            self.add(questions.recv().ok()?);
        }
        for question in questions.try_iter() {
            self.add(question);
        }
        let origin = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&origin)?;
        let question = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&origin);
        } else {
            self.order.push_back(origin);
        }
        question
    }

    fn add(&mut self, question: HistoryQuery) {
        let waiting = self.waiting.entry(question.origin).or_default();
        if waiting.is_empty() {
            self.order.push_back(question.origin);
        }
        waiting.push_back(question);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use crossbeam_channel::unbounded;

    use super::*;
    use crate::model::{ClientId, HistoryRequest, LOBBY, Span};

    #[test]
    fn addresses_take_turns_and_their_questions_stay_in_order() {
        let (sender, questions) = unbounded();
        let mut turns = Turns::default();
        let ask = |host: u8, asker: u64| {
            let span = Span { room: LOBBY, seqs: 1..=1, not_before: None, before: None };
            let origin = AddressBlock::of(Ipv4Addr::new(10, 0, 0, host).into());
            let (asker, wanted) = (ClientId(asker), HistoryRequest::Page(span));
            sender.send(HistoryQuery { asker, origin, wanted, lines_max: 1 }).unwrap();
        };
        (1..=5).for_each(|asker| ask(1, asker));
        let mut next = || turns.next(&questions).unwrap().asker.0;
        assert_eq!([next(), next()], [1, 2]);
        // A client from another address waits for one other question, not for three.
        (11..=12).for_each(|asker| ask(2, asker));
        ask(3, 21);
        assert_eq!([next(), next(), next(), next()], [3, 11, 21, 4]);
        ask(3, 22);
        assert_eq!([next(), next(), next()], [12, 5, 22]);
        ask(1, 6);
        assert_eq!(next(), 6);
        assert!(turns.order.is_empty() && turns.waiting.is_empty());
        drop(sender);
        assert!(turns.next(&questions).is_none());
    }
}
