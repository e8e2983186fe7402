//! From an accepted socket to a connection: recognising the caller, and receiving it as what it is.
//!
//! Here a recognised caller gets the place of its kind, or is refused in its own protocol.

use std::time::Instant;

use crossbeam_channel::TryRecvError;
use mio::{Interest, Token};

use super::unknowns::index_of;
use super::{ShutdownStage, Worker, guarded, log_not_joined};
use crate::limits;
use crate::model::{CloseReason, Reply};
use crate::net::admission::{AdmissionError, Place};
use crate::net::connection::{Connection, Next, Opened};
use crate::net::unknown::{HandOver, Progress, Step, Unknown};
use crate::wire::recogniser::Caller;
use crate::wire::strangers;

/// What becomes of a recognised caller.
enum Reception {
    /// It becomes a client.
    Serve,
    /// Its protocol is not served, which it is told.
    Answer,
    /// It is told why it is not admitted.
    Refuse(AdmissionError),
    /// It ends without a word.
    Drop,
}

impl Worker {
    /// Takes over what the listener has accepted while the gate is open.
    pub(super) fn take_newcomers(&mut self, now: Instant) {
        loop {
            // An empty channel may be a disconnected one, for which no second wake will come.
            let is_held = self.stage == ShutdownStage::Serving && !self.gate.is_open();
            if is_held && !self.hand_over.is_empty() {
                return;
            }
            match self.hand_over.try_recv() {
                Ok(hand_over) => self.take_over(hand_over, now),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.begin_shutdown(now);
                    return;
                }
            }
        }
    }

    fn take_over(&mut self, hand_over: HandOver, now: Instant) {
        self.counters.connections += 1;
        let mut unknown = Unknown::new(hand_over, now);
        if unknown.is_known() {
            return self.receive(unknown, Caller::Text, now);
        }
        let (token, interest) = (self.unknowns.next_token(), Interest::READABLE);
        match self.poll.registry().register(&mut unknown.accepted.stream, token, interest) {
            Ok(()) => self.unknowns.add(unknown),
            Err(error) => drop_unknown(&unknown, CloseReason::Broken(error.kind())),
        }
    }

    /// The kernel reports input from an unknown connection. Returns whether the token is that of
    /// one.
    pub(super) fn take_unknown_event(&mut self, token: Token) -> bool {
        let Some(index) = index_of(token) else { return false };
        if let Some(unknown) = self.unknowns.get_mut(index) {
            unknown.on_readable();
            self.unknowns.give_turn(index);
        }
        true
    }

    pub(super) fn take_unknown_deadlines(&mut self, now: Instant) {
        for index in self.unknowns.due(now) {
            let Some(unknown) = self.unknowns.get_mut(index) else { continue };
            let step = guarded(&mut self.counters, |_| unknown.on_deadline(now));
            self.follow_unknown(index, step, now);
        }
    }

    /// Gives each unknown connection two turns, one to read and one to find that there is no more.
    pub(super) fn take_unknown_turns(&mut self, now: Instant) {
        // Each recognised caller adds work for the broadcaster.
        if !self.gate.is_open() {
            return;
        }
        for _ in 0..(2 * self.unknowns.turns_waiting()).min(limits::TURNS_PER_ROUND_MAX) {
            let Some(index) = self.unknowns.next_turn() else { break };
            let Some(unknown) = self.unknowns.get_mut(index) else { continue };
            let buffer = &mut self.buffer;
            let step = guarded(&mut self.counters, |_| unknown.turn(now, buffer));
            self.follow_unknown(index, step, now);
        }
    }

    fn follow_unknown(&mut self, index: usize, step: Step, now: Instant) {
        match step {
            Ok(Progress::Wait) => self.unknowns.arm(index),
            Ok(Progress::Turn) => {
                self.unknowns.arm(index);
                self.unknowns.give_turn(index);
            }
            Ok(Progress::Recognised(caller)) => {
                if let Some(unknown) = self.unknowns.remove(index) {
                    self.receive(unknown, caller, now);
                }
            }
            Err(reason) => {
                if let Some(unknown) = self.unknowns.remove(index) {
                    drop_unknown(&unknown, reason);
                }
            }
        }
    }

    /// Receives a caller that has been recognised.
    fn receive(&mut self, mut unknown: Unknown, caller: Caller, now: Instant) {
        let reception = match reception_of(&mut unknown, caller, now) {
            Reception::Drop => {
                return drop_unknown(&unknown, CloseReason::Rejected(caller.name()));
            }
            reception => reception,
        };
        let is_registered = !unknown.is_known() || unknown.accepted.is_proxy;
        let patient_until = unknown.patient_until(now);
        let Unknown { accepted, first, .. } = unknown;
        let HandOver { client, stream, address, door, permit, load, .. } = accepted;
        let options = self.options.clone();
        let lang = options.lang;
        let opened = Opened { client, address, stream, first: first.into(), patient_until };
        let mut connection = Connection::new(opened, door.open(), options, now);
        let next = match reception {
            Reception::Serve if self.stage == ShutdownStage::Closing => {
                let now = self.clock.moment();
                connection.disconnect(Reply::Goodbye, CloseReason::Shutdown, now)
            }
            Reception::Serve => connection.greet(now).map(|_| Next::Turn),
            Reception::Answer => {
                let answer = strangers::answer(caller, lang);
                connection.close(&answer, CloseReason::Rejected(caller.name()), now)
            }
            Reception::Refuse(refusal) => {
                let told = strangers::refusal(caller, &refusal.into(), lang);
                connection.close(&told, CloseReason::Refused, now)
            }
            Reception::Drop => return,
        };
        let slot = self.connections.add(connection, load, permit);
        let Some(served) = self.connections.at(slot) else { return };
        let (stream, token) = (served.connection.stream_mut(), Token(slot.index as usize));
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        let registered = match is_registered {
            true => registry.reregister(stream, token, interest),
            false => registry.register(stream, token, interest),
        };
        match registered {
            Ok(()) => self.follow(slot, next),
            Err(error) => self.drop_client(slot, CloseReason::Broken(error.kind())),
        }
    }
}

/// Takes the place for a caller of this kind, and decides how it is received.
fn reception_of(unknown: &mut Unknown, caller: Caller, now: Instant) -> Reception {
    let HandOver { address, permit, refusal, .. } = &mut unknown.accepted;
    let ip = address.ip();
    if let Some(refusal) = *refusal {
        // It has the place of a refused caller already, unless a proxy announced it.
        let is_told =
            permit.is_for(Place::Refused) || permit.exchange(Place::Refused, ip, now).is_ok();
        return if is_told { Reception::Refuse(refusal) } else { Reception::Drop };
    }
    let (place, reception) = match caller {
        Caller::Text | Caller::Telnet => (Place::Client, Reception::Serve),
        Caller::Http(_) => (Place::Visit, Reception::Answer),
        Caller::Irc | Caller::Ssh | Caller::Tls => (Place::Refused, Reception::Answer),
        Caller::ProxyHeader | Caller::Other(_) => return Reception::Drop,
    };
    match permit.exchange(place, ip, now) {
        Ok(()) => {
            if place == Place::Visit {
                permit.admission().note_http(ip, now);
            }
            reception
        }
        Err(_) if place == Place::Refused => Reception::Drop,
        Err(error) => {
            permit.admission().count_refusal(*address, error, now);
            match permit.exchange(Place::Refused, ip, now) {
                Ok(()) => Reception::Refuse(error),
                Err(_) => Reception::Drop,
            }
        }
    }
}

fn drop_unknown(unknown: &Unknown, reason: CloseReason) {
    let HandOver { client, address, .. } = unknown.accepted;
    log_not_joined(client, address, reason, unknown.has_spoken());
}
