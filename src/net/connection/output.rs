//! A connection's output: the SendQ, telling what was missed, and closing in order.

use std::io;
use std::net::Shutdown;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::{Asked, Connection, Next, Phase};
use crate::lang::fill;
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::id::RoomId;
use crate::net::sendq::{Missed, Offered, SendQueue, Written};
use crate::wire::frame::Frame;

impl Connection {
    /// Whether there is something to write, or to do once all is written, and the socket has not
    /// refused it.
    pub fn wants_flush(&self) -> bool {
        let has_output = !self.sendq.is_empty()
            || matches!(self.phase, Phase::Flushing(_))
            || self.is_footer_urgent();
        has_output && !self.sendq.is_blocked() && !self.is_held()
    }

    /// What is in its SendQ is not written for now. How much that is, as it is charged, in bytes.
    pub fn keep_waiting(&mut self) -> usize {
        self.sendq.keep_waiting()
    }

    /// Whether nothing may follow: its last words are queued, or it can be told nothing more.
    fn has_heard_the_last(&self) -> bool {
        self.broken.is_some() || matches!(self.phase, Phase::Flushing(_) | Phase::Lingering(..))
    }

    /// Lines of a room for this client.
    pub fn deliver(
        &mut self,
        room: RoomId,
        frame: Arc<Frame>,
        lines: Range<u32>,
        now: Instant,
    ) -> Next {
        if self.has_heard_the_last() {
            return Next::Wait;
        }
        // Only what the socket *refuses* counts: write before judging.
        if !self.sendq.is_blocked() && self.sendq.would_exceed(&frame, &lines) {
            let next = self.flush(now);
            if next != Next::Wait {
                return next;
            }
        }
        self.count_unread(&frame, &lines);
        self.lift_footer();
        let count = lines.len() as u64;
        match self.sendq.offer(room, frame, lines) {
            Offered::Queued => self.tally.queued += count,
            Offered::Skipped => self.tally.missed += count,
        }
        Next::Wait
    }

    /// What the hall tells this client alone: the first of that is its welcome.
    pub fn hear_hall(&mut self, lines: Box<[u8]>) -> Next {
        self.is_welcomed = true;
        self.tell(lines)
    }

    /// Lines for this client alone.
    pub fn tell(&mut self, lines: Box<[u8]>) -> Next {
        if !self.has_heard_the_last() {
            self.lift_footer();
        }
        self.answer(lines)
    }

    /// Bytes for this client alone that are no lines.
    pub fn answer(&mut self, bytes: Box<[u8]>) -> Next {
        if self.has_heard_the_last() {
            return Next::Wait;
        }
        match self.sendq.push_answer(bytes) {
            Ok(()) => Next::Wait,
            Err(_) => Next::Drop(CloseReason::SendqExceeded),
        }
    }

    /// The hall has told the client's departure: what is queued is the last of it.
    pub fn release(&mut self) {
        if let Phase::Leaving(reason) = self.phase {
            if reason == CloseReason::Quit {
                self.say_how_to_end(self.options.catalogue.left_by_quit);
            }
            self.phase = Phase::Flushing(reason);
        }
    }

    /// The last line of all, to a program that shows lines and does not end with its connection:
    /// `nc`, `ncat` and `plink -raw` wait for their user's Enter without a word.
    ///
    /// A reset would end `nc` by itself. But it throws away what the peer has not acknowledged, or
    /// not read, as its system likes, and whether it has, no call tells that is safe: SIOCOUTQ and
    /// TCP_INFO are for `unsafe` code. The farewell is worth more than the second Enter that it
    /// takes while the end of the peer's input is awaited.
    fn say_how_to_end(&mut self, text: &'static str) {
        let waits = !self.input_ended && self.protocol.passes_lines_on();
        if self.options.says_how_to_end && waits {
            self.sendq.push_regardless(self.notice(text));
        }
    }

    /// Says goodbye, whatever is queued already, and ends the connection in order.
    pub fn say_goodbye(&mut self, text: &str, reason: CloseReason, now: Instant) -> Next {
        let notice = self.notice(text);
        self.dismiss(&notice, reason, now)
    }

    /// The same with last words that are rendered already.
    pub fn dismiss(&mut self, last_words: &[u8], reason: CloseReason, now: Instant) -> Next {
        if matches!(self.phase, Phase::Flushing(_) | Phase::Lingering(..)) {
            return self.flush(now);
        }
        for missed in self.sendq.take_missed_at_end() {
            self.push_missed(missed);
        }
        self.close(last_words, reason, now)
    }

    /// Writes what is queued, tells what was missed, and goes on with closing.
    pub fn flush(&mut self, now: Instant) -> Next {
        if let Some(kind) = self.broken {
            let is_read = self.takes_input();
            return if is_read { Next::Wait } else { Next::Drop(CloseReason::Broken(kind)) };
        }
        if self.sendq.is_blocked() {
            return Next::Wait;
        }
        loop {
            if !self.settle_footer(now) {
                return Next::Wait;
            }
            match self.sendq.write_to(&mut self.stream, now) {
                Ok(Written::Blocked) => return Next::Wait,
                Ok(Written::All) => {}
                Err(error) => return self.break_off(error.kind()),
            }
            let missed = self.sendq.take_missed();
            if missed.is_empty() {
                return self.after_flush(now);
            }
            for missed in missed {
                self.push_missed(missed);
            }
        }
    }

    /// The connection is broken. What the client said before that may still be waiting to be read,
    /// and is: but not where that would mean to wait, for the others are to see that it has gone.
    pub(super) fn break_off(&mut self, kind: io::ErrorKind) -> Next {
        if !self.takes_input() || self.held_until.is_some() || self.awaits_outcome {
            return Next::Drop(CloseReason::Broken(kind));
        }
        self.broken = Some(kind);
        self.sendq = SendQueue::new(self.options.sendq_bytes_max);
        self.on_readable();
        Next::Turn
    }

    pub(super) fn stall_deadline(&self) -> Option<Instant> {
        Some(self.sendq.stalled_since()? + self.options.stall_timeout)
    }

    fn push_missed(&mut self, missed: Missed) {
        let catalogue = self.options.catalogue;
        let count = missed.lines;
        let text = match (count, &missed.tag) {
            (1, None) => catalogue.missed_one.to_owned(),
            (_, None) => fill(catalogue.missed_many, &[("count", &count)]),
            (1, Some(room)) => fill(catalogue.missed_one_in, &[("room", room)]),
            (_, Some(room)) => fill(catalogue.missed_many_in, &[("count", &count), ("room", room)]),
        };
        // Where there is a footer it has been taken away for the first of these lines.
        self.sendq.push_regardless(self.notice(&text));
    }

    /// Ends the connection in order, with last words.
    pub(super) fn close(&mut self, last_words: &[u8], reason: CloseReason, now: Instant) -> Next {
        self.unread = Box::default();
        self.held_until = None;
        let has_footer = self.protocol.footer().is_some();
        self.end_display();
        let asked = self.asked.take().map(|asked| *asked);
        let is_open = matches!(asked, Some(Asked::ToEnter(_) | Asked::About(_) | Asked::Cancelled));
        if is_open && !has_footer {
            // The question stands there without an end.
            self.sendq.push_regardless(b"\r\n"[..].into());
        }
        self.sendq.push_regardless(last_words.into());
        if matches!(self.phase, Phase::Entered | Phase::Leaving(_)) {
            self.say_how_to_end(self.options.catalogue.press_enter);
        }
        self.phase = Phase::Flushing(reason);
        self.flush(now)
    }

    /// All is written. A connection that is over is shut down for writing, and the end of the
    /// peer's input is awaited: closing with unread input would reset the connection and throw
    /// away what is still on its way.
    fn after_flush(&mut self, now: Instant) -> Next {
        let Phase::Flushing(reason) = self.phase else {
            return Next::Wait;
        };
        if self.stream.shutdown(Shutdown::Write).is_err() || self.input_ended {
            return Next::Drop(reason);
        }
        self.phase = Phase::Lingering(reason, now + limits::LINGER_TIMEOUT);
        self.readable = true;
        Next::Turn
    }
}
