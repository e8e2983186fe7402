//! A connection's output: the SendQ, reporting missed lines, and closing in order.

use std::io;
use std::net::Shutdown;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::{Connection, ExpectedAnswer, Next, Phase, Step};
use crate::base::clock::Moment;
use crate::limits;
use crate::model::{CloseReason, Frame, Reply, RoomId};
use crate::net::sendq::{Offered, SendQueue, SkippedLines, Written};

impl Connection {
    /// Whether there is something to write, or to do once everything is written, and the socket has
    /// not refused more.
    pub(crate) fn wants_flush(&self) -> bool {
        let has_output = !self.sendq.is_empty()
            || matches!(self.phase, Phase::Flushing(_))
            || self.is_input_line_urgent();
        has_output && !self.sendq.is_blocked() && !self.is_held()
    }

    /// Leaves the contents of the SendQ unwritten for now. Returns their charged size in bytes.
    pub(crate) fn keep_waiting(&mut self) -> usize {
        self.sendq.keep_waiting()
    }

    /// Whether nothing may follow: the last words are queued, or the client can receive nothing
    /// more.
    fn has_heard_the_last(&self) -> bool {
        self.broken.is_some() || matches!(self.phase, Phase::Flushing(_) | Phase::Lingering(..))
    }

    /// Delivers lines of a room to the client.
    pub(crate) fn deliver(
        &mut self,
        room: RoomId,
        frame: Arc<Frame>,
        lines: Range<u32>,
        now: Instant,
    ) -> Step {
        if self.has_heard_the_last() {
            return Ok(Next::Wait);
        }
        // Only what the socket *refuses* counts, so write before judging.
        if !self.sendq.is_blocked()
            && self.sendq.would_exceed(&frame, &lines)
            && self.flush(now)? == Next::Turn
        {
            return Ok(Next::Turn);
        }
        self.count_unread(&frame, &lines);
        self.hide_input_line();
        let count = lines.len() as u64;
        match self.sendq.offer(room, frame, lines) {
            Offered::Queued => self.tally.queued += count,
            Offered::Skipped => self.tally.missed += count,
        }
        Ok(Next::Wait)
    }

    /// Sends replies of the chat to the client. The first one is its welcome.
    pub(crate) fn hear_chat(&mut self, replies: &[Reply], now: SystemTime) -> Step {
        self.is_welcomed = true;
        self.tell_rendered(self.render_all(replies, now))?;
        Ok(Next::Wait)
    }

    /// Sends a reply to this client.
    pub(super) fn tell(&mut self, reply: impl Into<Reply>) -> Result<(), CloseReason> {
        self.tell_rendered(self.render(reply))
    }

    /// Sends lines to this client alone.
    fn tell_rendered(&mut self, lines: Box<[u8]>) -> Result<(), CloseReason> {
        if !self.has_heard_the_last() {
            self.hide_input_line();
        }
        self.answer(lines)
    }

    /// Sends bytes to this client alone that are no lines.
    pub(super) fn answer(&mut self, bytes: Box<[u8]>) -> Result<(), CloseReason> {
        if self.has_heard_the_last() {
            return Ok(());
        }
        self.sendq.push_answer(bytes).map_err(|_| CloseReason::SendqExceeded)
    }

    /// The chat has processed the client's departure: what is queued is the last of it.
    pub(crate) fn release(&mut self) {
        if let Phase::Leaving(reason) = self.phase {
            if reason == CloseReason::Quit {
                self.say_how_to_end(Reply::YouLeft);
            }
            self.phase = Phase::Flushing(reason);
        }
    }

    /// The very last line, for a program that shows lines and does not end with its connection:
    /// `nc`, `ncat` and `plink -raw` silently wait for their user to press Enter.
    ///
    /// A reset would end `nc` by itself. But it discards what the peer has not acknowledged or not
    /// read, depending on its system, and no safe call tells whether there is any: SIOCOUTQ and
    /// TCP_INFO need `unsafe` code. The farewell is worth more than the second Enter that it takes
    /// while the end of the peer's input is awaited.
    fn say_how_to_end(&mut self, reply: Reply) {
        let waits = !self.input_ended && self.protocol.passes_lines_on();
        if self.options.says_how_to_end && waits {
            self.sendq.push_regardless(self.render(reply));
        }
    }

    /// Says the last words, whatever is queued already, and closes the connection in order.
    pub(crate) fn disconnect(
        &mut self,
        last_words: Reply,
        reason: CloseReason,
        now: Moment,
    ) -> Step {
        let Moment { instant: now, wall } = now;
        if matches!(self.phase, Phase::Flushing(_) | Phase::Lingering(..)) {
            return self.flush(now);
        }
        for missed in self.sendq.take_missed_at_end() {
            self.push_missed(missed);
        }
        let last_words = self.render_all(&[last_words], wall);
        self.close(&last_words, reason, now)
    }

    /// Writes what is queued, reports missed lines, and goes on with closing.
    pub(crate) fn flush(&mut self, now: Instant) -> Step {
        if let Some(kind) = self.broken {
            let is_read = self.takes_input();
            return if is_read { Ok(Next::Wait) } else { Err(CloseReason::Broken(kind)) };
        }
        if self.sendq.is_blocked() {
            return Ok(Next::Wait);
        }
        loop {
            if !self.redraw_input_line(now) {
                return Ok(Next::Wait);
            }
            match self.sendq.write_to(&mut self.stream, now) {
                Ok(Written::Blocked) => return Ok(Next::Wait),
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

    /// The connection is broken. Input that the client sent before may still be unread, and is read
    /// unless that would mean waiting: everyone else should see soon that the client has gone.
    pub(super) fn break_off(&mut self, kind: io::ErrorKind) -> Step {
        if !self.takes_input() || self.held_until.is_some() || self.awaits_outcome {
            return Err(CloseReason::Broken(kind));
        }
        self.broken = Some(kind);
        self.sendq = SendQueue::new(self.options.sendq_bytes_max);
        self.on_readable();
        Ok(Next::Turn)
    }

    pub(super) fn stall_deadline(&self) -> Option<Instant> {
        Some(self.sendq.stalled_since()? + self.options.stall_timeout)
    }

    fn push_missed(&mut self, missed: SkippedLines) {
        let SkippedLines { lines, tag: room, .. } = missed;
        // If there is an input line, it was hidden before the first of these lines.
        self.sendq.push_regardless(self.render(Reply::Missed { room, lines }));
    }

    /// Closes the connection in order, with last words.
    pub(crate) fn close(&mut self, last_words: &[u8], reason: CloseReason, now: Instant) -> Step {
        self.unread = Box::default();
        self.held_until = None;
        let has_input_line = self.protocol.input_line().is_some();
        self.end_display();
        let asked = self.asked.take().map(|asked| *asked);
        let is_open = matches!(
            asked,
            Some(ExpectedAnswer::ToEnter(_) | ExpectedAnswer::About(_) | ExpectedAnswer::Cancelled)
        );
        if is_open && !has_input_line {
            // The open question stands on an unfinished line.
            self.sendq.push_regardless(b"\r\n"[..].into());
        }
        self.sendq.push_regardless(last_words.into());
        if matches!(self.phase, Phase::Entered | Phase::Leaving(_)) {
            self.say_how_to_end(Reply::PressEnter);
        }
        self.phase = Phase::Flushing(reason);
        self.flush(now)
    }

    /// Everything is written. If the connection is over, shuts down its write side and waits for
    /// the end of the peer's input: closing with unread input would reset the connection and
    /// discard what is still on its way.
    fn after_flush(&mut self, now: Instant) -> Step {
        let Phase::Flushing(reason) = self.phase else {
            return Ok(Next::Wait);
        };
        if self.stream.shutdown(Shutdown::Write).is_err() || self.input_ended {
            return Err(reason);
        }
        self.phase = Phase::Lingering(reason, now + limits::LINGER_TIMEOUT);
        self.readable = true;
        Ok(Next::Turn)
    }
}
