//! Handling received data: a swarm answers everything that needs an answer, and checks that every
//! line is the expected one.

use std::io::ErrorKind;
use std::time::Instant;

use super::Swarm;
use crate::dialect::{Greeting, Heard};
use crate::error::{RunError, tls_failed};
use crate::order::{Due, Position};
use crate::stamp::Stamp;
use crate::stream::Taken;

impl Swarm {
    /// Reads everything that has arrived.
    pub(super) fn read(&mut self, index: usize) -> Result<(), RunError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_into(index, &mut buffer);
        self.buffer = buffer;
        result
    }

    fn read_into(&mut self, index: usize, buffer: &mut [u8]) -> Result<(), RunError> {
        loop {
            let peer = &mut self.peers[index];
            if peer.is_stalled {
                return Ok(());
            }
            let pending = peer.pending.len();
            let was_set_up = peer.stream.is_set_up();
            let read = peer.read(buffer);
            let is_secured = !was_set_up && peer.stream.is_set_up();
            if is_secured {
                self.is_secured(index)?;
            }
            let Taken { count, is_all } = match read {
                Ok(None) => return Ok(()),
                Ok(Some(Taken { count: 0, .. })) => {
                    return self.has_closed(index, "end of its output");
                }
                Ok(Some(taken)) => taken,
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    return Err(self.refused(tls_failed(&error)));
                }
                Err(error) => return self.has_closed(index, &error.to_string()),
            };
            self.heard_at = Some(Instant::now());
            self.is_taken(index);
            let told = &buffer[..pending + count];
            let taken = self.take_in(index, told)?;
            let pending = &mut self.peers[index].pending;
            pending.clear();
            pending.extend_from_slice(&told[taken..]);
            if pending.len() >= buffer.len() / 2 {
                return Err(self.refused("it sent a line that does not end".to_owned()));
            }
            if is_all && !self.peers[index].is_ending {
                return Ok(());
            }
        }
    }

    /// Checks the data that a connection has received; returns how much of it was complete.
    fn take_in(&mut self, index: usize, told: &[u8]) -> Result<usize, RunError> {
        let mut rest = told;
        loop {
            if let Some(position) = self.peers[index].position
                && self.peers[index].due.is_none()
            {
                let (after, length, is_as_due) = self.order.follow(position, rest);
                self.reach(index, position, after);
                rest = &rest[length..];
                if is_as_due {
                    break;
                }
            }
            let Some((heard, length)) = self.run.dialect.decode(self.peers[index].role, rest)
            else {
                break;
            };
            self.hear(index, heard, &rest[..length])?;
            rest = &rest[length..];
        }
        Ok(told.len() - rest.len())
    }

    fn hear(&mut self, index: usize, heard: Heard<'_>, wire: &[u8]) -> Result<(), RunError> {
        match heard {
            Heard::Said(text) => self.hear_line(index, &text, wire)?,
            Heard::Ready => self.is_ready(index),
            Heard::Reply(reply) => {
                self.peers[index].outbox().extend_from_slice(&reply);
                self.flush(index)?;
            }
            Heard::Other => {}
            Heard::Refused(reason) => return Err(self.refused(reason)),
        }
        Ok(())
    }

    fn hear_line(&mut self, index: usize, text: &[u8], wire: &[u8]) -> Result<(), RunError> {
        // If the server need not greet, any line counts as a greeting.
        if self.run.dialect.greeting(self.peers[index].role) == Greeting::Perhaps {
            self.is_ready(index);
        }
        let stamp = match self.run.stamps.read(text) {
            Ok(Some((stamp @ Stamp::Line { .. }, length))) if length != self.line_bytes => {
                Err(format!("{stamp} came with {length} bytes in place of {}", self.line_bytes))
            }
            Ok(Some((stamp, _))) => Ok(stamp),
            Ok(None) => {
                self.last_words = String::from_utf8_lossy(text).trim().to_owned();
                return Ok(());
            }
            Err(what) => Err(what.to_owned()),
        };
        let Some(position) = self.peers[index].position else {
            if stamp == Ok(Stamp::Probe(self.probe)) {
                let peer = &mut self.peers[index];
                peer.position = Some(0);
                if !self.run.dialect.has_one_order() {
                    peer.due = Some(Due::behind(self.probe, self.share.senders_in_all));
                }
                self.astray -= 1;
            }
            return Ok(());
        };
        let told = stamp.and_then(|stamp| match &mut self.peers[index].due {
            None => self.order.tell(position, stamp, wire).map(|()| stamp),
            Some(due) => due.tell(stamp).map(|()| stamp),
        });
        match told {
            Ok(stamp) => {
                self.peers[index].position = Some(position + 1);
                self.record(stamp, Instant::now());
                Ok(())
            }
            Err(what) => Err(self.delivered_wrongly(index, &what)),
        }
    }

    /// Records that a client has received the lines up to a position.
    fn reach(&mut self, index: usize, from: Position, to: Position) {
        self.peers[index].position = Some(to);
        if self.pace.is_some() {
            let now = Instant::now();
            for position in from..to {
                if let Some(stamp) = self.order.at(position) {
                    self.record(stamp, now);
                }
            }
        }
    }

    /// Records how long a line took, if the run measures latency.
    fn record(&mut self, stamp: Stamp, now: Instant) {
        if let (Some(pace), Stamp::Line { sender, number }) = (&mut self.pace, stamp) {
            pace.record(sender, number, now);
        }
    }
}
