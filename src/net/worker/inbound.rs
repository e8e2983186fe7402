//! The input side of a connection thread: it gives turns to its clients, and gathers their requests
//! to the chat, which are sent once per round.

use std::time::Instant;

use super::{ShutdownStage, Worker, guarded, take_leave};
use crate::limits;
use crate::model::Newcomer;
use crate::net::connection::{Effect, Next, Step};
use crate::net::gate::{ClientSender, WorkerSlot};
use crate::net::uplink::{Arrival, Request};
use crate::text::wanted_nick::WantedNick;

impl Worker {
    /// Gives turns, two to each client: one to read, and one to find that there is no more. No
    /// client gets more than that in a round, however much it sends. The number of turns is limited
    /// as well, so that the inbox does not have to wait for long.
    pub(super) fn take_turns(&mut self, now: Instant) {
        let mut reads = 0;
        for _ in 0..(2 * self.connections.turns_waiting()).min(limits::TURNS_PER_ROUND_MAX) {
            let Some(slot) = self.connections.next_turn() else { break };
            let Some(served) = self.connections.at(slot) else { continue };
            if served.connection.takes_input() {
                if self.stage != ShutdownStage::Serving {
                    continue;
                }
                if !self.gate.is_open() {
                    self.held.push(slot);
                    continue;
                }
            }
            let next = self.take_turn(slot, now);
            self.perform_effects(slot);
            self.follow(slot, next);
            // A client that had something to read may have more.
            reads += usize::from(next == Ok(Next::Turn));
            if reads == limits::READS_PER_ROUND_MAX {
                break;
            }
        }
        for slot in self.held.drain(..) {
            self.connections.give_turn(slot);
        }
    }

    /// Sends the clients' requests to the broadcaster, waiting for room if there is none.
    pub(super) fn send_gathered(&mut self) {
        for bundle in self.round.take() {
            if let Some((uplink, _)) = &self.senders {
                uplink.send(bundle);
            }
        }
    }

    fn take_turn(&mut self, slot: WorkerSlot, now: Instant) -> Step {
        let Some(served) = self.connections.at(slot) else { return Ok(Next::Wait) };
        let (connection, buffer, effects) =
            (&mut served.connection, &mut self.buffer, &mut self.effects);
        // Only these are used again after a panic: the effects, which are complete values, and the
        // buffer, whose contents have no meaning.
        guarded(&mut self.counters, |_| connection.turn(now, buffer, effects))
    }

    fn perform_effects(&mut self, slot: WorkerSlot) {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            self.perform(slot, effect);
        }
        self.effects = effects;
    }

    /// Gathers a request of a client to the chat.
    fn perform(&mut self, slot: WorkerSlot, effect: Effect) {
        let Some(served) = self.connections.at(slot) else { return };
        let Some((_, inbox_sender)) = &self.senders else { return };
        match effect {
            Effect::Enter { name, introduces } => {
                let newcomer = Newcomer {
                    client: slot.client,
                    address: served.connection.address(),
                    name: name.and_then(|name| WantedNick::parse(name.as_str()).ok()),
                    introduces,
                    wire: served.connection.wire(),
                    lang: served.connection.lang_asked(),
                };
                let sender = ClientSender::new(inbox_sender.clone(), slot, self.index);
                served.is_connected = true;
                served.presence = Some(self.round.connect(Arrival { newcomer, sender }));
            }
            Effect::Say(request) => {
                self.counters.lines_received += u64::from(matches!(request, Request::Utter(_)));
                self.round.say(slot.client, request);
            }
            Effect::Leave(reason) => {
                take_leave(&mut served.presence, &served.connection, reason);
            }
        }
    }
}
