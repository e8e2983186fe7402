//! A connection that breaks, and one on which somebody is who and where they were.

use super::*;

impl Scene {
    /// The connection breaks, if there is one, and another is made.
    pub(super) fn comes_back(&mut self) {
        self.on(Event::Ended(Some("connection reset")));
        self.waits_for_an_attempt();
        self.on(Event::Connected);
        self.take_sent();
    }

    /// How long the session waits until it tries.
    fn waits_for_an_attempt(&mut self) -> Duration {
        let before = self.now;
        self.orders.clear();
        while self.orders.is_empty() {
            self.waits();
        }
        assert_eq!(self.orders, [Order::Connect]);
        self.now - before
    }

    /// How long it waits until it sends something.
    fn waits_until_it_sends(&mut self, expected: &str) -> Duration {
        let before = self.now;
        while self.sent.is_empty() {
            self.waits();
        }
        self.sends(expected);
        self.now - before
    }

    fn count_rows(&self, part: &str) -> usize {
        self.screen.screen().contents().matches(part).count()
    }
}
