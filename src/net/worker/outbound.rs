//! The output side of a connection thread: each parcel from the broadcaster goes to its client's
//! SendQ, and everything that has gathered there is written.

use std::time::Instant;

use crossbeam_channel::TryRecvError;

use super::{ShutdownStage, Worker, guarded, take_leave};
use crate::limits;
use crate::model::{Delivery, Disconnection};
use crate::net::connection::Next;
use crate::net::gate::Parcel;

impl Worker {
    /// Takes what the broadcaster has sent, and writes it.
    pub(super) fn take_mail(&mut self, now: Instant) {
        // In this order: a batch that is not counted here will wake the thread again.
        self.worker.waker.clear();
        let handed = self.worker.handed();
        self.has_more_mail = true;
        for _ in 0..limits::PARCELS_PER_LOOP_MAX {
            match self.inbox.try_recv() {
                Ok(parcel) => self.take_parcel(parcel, now),
                Err(TryRecvError::Empty) => {
                    self.has_more_mail = false;
                    break;
                }
                Err(TryRecvError::Disconnected) => {
                    self.has_more_mail = false;
                    if self.stage != ShutdownStage::Closing {
                        self.begin_shutdown(now);
                        self.say_goodbye();
                    }
                    break;
                }
            }
        }
        self.write(now);
        if !self.has_more_mail {
            self.worker.publish_written(handed);
        }
    }

    fn take_parcel(&mut self, Parcel { to, content }: Parcel, now: Instant) {
        let Some(served) = self.connections.at(to) else { return };
        let (connection, clock) = (&mut served.connection, &self.clock);
        let next = guarded(&mut self.counters, |counters| match content {
            Delivery::Lines { room, frame, lines } => {
                let before = connection.tally();
                let next = connection.deliver(room, frame, lines, now);
                let after = connection.tally();
                counters.deliveries += after.queued - before.queued;
                counters.lines_skipped += after.missed - before.missed;
                if connection.has_become_slow() {
                    let address = connection.address();
                    tracing::warn!(client = %to.client, %address, "slow reader: skipping lines");
                }
                next
            }
            Delivery::Replies(replies) => connection.hear_chat(&replies, clock.moment().wall),
            Delivery::View(view) => connection.set_view(view),
            Delivery::Resume(verdict) => connection.resume(*verdict, now),
            Delivery::Ask(request) => connection.ask(*request, now),
            Delivery::Rooms(rooms) => {
                connection.set_rooms(&rooms);
                Ok(Next::Wait)
            }
            Delivery::Completions(words) => {
                connection.complete(words);
                Ok(Next::Turn)
            }
            Delivery::Edit(wanted) => connection.edit(wanted, now),
            Delivery::Released => {
                connection.release();
                Ok(Next::Wait)
            }
            Delivery::Disconnected(disconnection) => {
                let Disconnection { last_words, reason } = *disconnection;
                // The chat has processed the client's departure already, and ignores this report.
                take_leave(&mut served.presence, connection, reason);
                connection.disconnect(last_words, reason, clock.moment())
            }
        });
        match next {
            // By far the most frequent case. If a deadline has changed, it is because output was
            // refused. Then the client is among those that are written to next, and `follow` is
            // called for it there.
            Ok(Next::Wait) => self.connections.mark_output(to),
            next => self.follow(to, next),
        }
    }

    /// Tries once to write for each client that has output.
    fn write(&mut self, now: Instant) {
        let slots = self.connections.take_output();
        for &slot in &slots {
            let Some(served) = self.connections.at(slot) else { continue };
            let next = guarded(&mut self.counters, |_| served.connection.flush(now));
            self.follow(slot, next);
        }
        self.connections.return_output(slots);
    }
}
