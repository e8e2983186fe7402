//! One client's connection: its socket, decoder, SendQ and deadlines.
//!
//! A turn takes only the connection and returns what the client wants as [`Effect`]s, so that a
//! panic in it can end this connection and no other. It knows neither the channels nor its thread;
//! the client's own bytes and answers go no further than here.

use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use crate::bucket::{Bucket, Rate};
use crate::door::{Input, Protocol};
use crate::frame::Frame;
use crate::id::{ClientId, RoomId};
use crate::lang::{Catalogue, fill};
use crate::limits;
use crate::presentation::Presentation;
use crate::sendq::{Missed, Offered, SendQueue, Written};
use crate::text::CleanText;

/// Answers to requests of a client's protocol.
const ANSWERS: Rate = Rate::new(
    NonZeroU32::new(limits::ANSWER_BURST).expect("not zero"),
    Duration::from_millis(1000 / limits::ANSWERS_PER_SECOND as u64),
);

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The client ended its input.
    EndOfInput,
    /// The connection broke: reset, timed out, unreachable.
    Broken(io::ErrorKind),
    /// It took too long to enter.
    HandshakeTimeout,
    /// It is no client for this door.
    Rejected(&'static str),
    /// It has not read for the stall timeout.
    Stalled,
    /// It asked for more than twice its SendQ holds.
    SendqExceeded,
    /// The code that handled it panicked.
    Panicked,
    /// It never entered: there was no room for it.
    Refused,
    /// The server is shutting down.
    Shutdown,
}

impl std::fmt::Display for CloseReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EndOfInput => write!(f, "end of input"),
            Self::Broken(kind) => write!(f, "connection broken: {kind}"),
            Self::HandshakeTimeout => write!(f, "handshake timeout"),
            Self::Rejected(what) => write!(f, "rejected: {what}"),
            Self::Stalled => write!(f, "stalled reader"),
            Self::SendqExceeded => write!(f, "SendQ exceeded"),
            Self::Panicked => write!(f, "panic"),
            Self::Refused => write!(f, "refused"),
            Self::Shutdown => write!(f, "shutdown"),
        }
    }
}

/// What a client wants of the hall.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// It wants to enter.
    Enter {
        /// The name it asks for.
        name: Option<CleanText>,
    },
    /// It says something.
    Say(CleanText),
    /// It leaves.
    Leave(CloseReason),
}

/// What is to become of a connection after something was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There may be more to read: another turn.
    Turn,
    /// Nothing, until an event or [`Connection::deadline`].
    Wait,
    /// It is over; drop it.
    Drop(CloseReason),
}

/// Room lines offered to one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Queued, in lines.
    pub queued: u64,
    /// Skipped, because the reader was too slow, in lines.
    pub missed: u64,
}

/// The settings that every connection shares.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionOptions {
    /// What it says to people.
    pub catalogue: &'static Catalogue,
    /// Limit of the SendQ, in bytes.
    pub sendq_bytes_max: usize,
    /// How long the head of the SendQ may wait for the socket.
    pub stall_timeout: Duration,
    /// How fast a client may talk; `None` for as fast as it can.
    pub flood: Option<Rate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accepted; the door waits for its first words until the one time, or no longer, and it has to
    /// have entered by the other.
    Accepted { patient_until: Option<Instant>, deadline: Instant },
    /// In the hall.
    Entered,
    /// Its input has ended; what was said before its departure is still on its way to it.
    Leaving(CloseReason),
    /// What is queued is written, then it is over.
    Flushing(CloseReason),
    /// All is written and said to be; the end of the peer's input is awaited until then.
    Lingering(CloseReason, Instant),
}

/// One connection.
pub struct Connection {
    client: ClientId,
    address: SocketAddr,
    options: ConnectionOptions,
    stream: TcpStream,
    protocol: Box<dyn Protocol>,
    presentation: Presentation,
    phase: Phase,
    sendq: SendQueue,
    flood: Bucket,
    answers: Bucket,
    /// Read, but not decoded yet, because the client is held back.
    unread: Box<[u8]>,
    held_until: Option<Instant>,
    /// The kernel may have more for us: no edge will tell.
    readable: bool,
    /// The client can be told nothing more; what it said before that is still read.
    broken: Option<io::ErrorKind>,
    /// The kernel has said that the end of the input comes behind what there is to read.
    end_is_near: bool,
    /// The peer will send nothing more, and all of it has been read.
    input_ended: bool,
    was_slow: bool,
    tally: Tally,
}

impl Connection {
    /// A connection that has just been accepted.
    pub fn new(
        client: ClientId,
        address: SocketAddr,
        stream: TcpStream,
        protocol: Box<dyn Protocol>,
        options: ConnectionOptions,
        now: Instant,
    ) -> Self {
        Self {
            client,
            address,
            options,
            stream,
            presentation: protocol.presentation(),
            protocol,
            phase: Phase::Accepted {
                patient_until: Some(now + limits::FIRST_WORDS_PATIENCE),
                deadline: now + limits::HANDSHAKE_TIMEOUT,
            },
            sendq: SendQueue::new(options.sendq_bytes_max),
            flood: Bucket::default(),
            answers: Bucket::default(),
            unread: Box::default(),
            held_until: None,
            readable: false,
            broken: None,
            end_is_near: false,
            input_ended: false,
            was_slow: false,
            tally: Tally::default(),
        }
    }

    /// Whose it is.
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// Where it comes from.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How this client wants lines rendered.
    pub fn presentation(&self) -> Presentation {
        self.presentation
    }

    /// The socket, for registration.
    pub fn stream_mut(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Whether a turn could add to what the broadcaster has to do.
    pub fn takes_input(&self) -> bool {
        matches!(self.phase, Phase::Accepted { .. } | Phase::Entered)
    }

    /// Whether there is something to write, or to do once all is written, and the socket has not
    /// refused it.
    pub fn wants_flush(&self) -> bool {
        let has_output = !self.sendq.is_empty() || matches!(self.phase, Phase::Flushing(_));
        has_output && !self.sendq.is_blocked()
    }

    /// Whether it has become a slow reader; true once for each client.
    pub fn has_become_slow(&mut self) -> bool {
        self.tally.missed > 0 && !std::mem::replace(&mut self.was_slow, true)
    }

    /// Room lines offered so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The kernel says that there is something to read; `closed` if it ends behind that.
    pub fn on_readable(&mut self, closed: bool) {
        self.readable = true;
        self.end_is_near |= closed;
    }

    /// The kernel says that something has broken.
    pub fn on_error(&mut self) -> Next {
        match self.stream.take_error() {
            Ok(None) => Next::Wait,
            Ok(Some(error)) | Err(error) => self.break_off(error.kind()),
        }
    }

    /// The kernel takes bytes again.
    pub fn on_writable(&mut self) {
        self.sendq.unblock();
    }

    /// When something has to happen if nothing else does.
    pub fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Accepted { patient_until, deadline } => Some(patient_until.unwrap_or(deadline)),
            Phase::Lingering(_, deadline) => Some(deadline),
            Phase::Entered | Phase::Leaving(_) | Phase::Flushing(_) => None,
        };
        [phase, self.stall_deadline(), self.held_until].into_iter().flatten().min()
    }

    /// A deadline may have come.
    pub fn on_deadline(&mut self, now: Instant) -> Next {
        if self.stall_deadline().is_some_and(|deadline| deadline <= now) {
            return Next::Drop(CloseReason::Stalled);
        }
        match &mut self.phase {
            Phase::Accepted { deadline, .. } if *deadline <= now => {
                let notice = self.presentation.notice(self.options.catalogue.handshake_timeout);
                return self.close(&notice, CloseReason::HandshakeTimeout, now);
            }
            Phase::Accepted { patient_until, .. } if patient_until.is_some_and(|at| at <= now) => {
                *patient_until = None;
                return Next::Turn;
            }
            Phase::Lingering(reason, deadline) if *deadline <= now => return Next::Drop(*reason),
            _ => {}
        }
        if self.held_until.is_some_and(|until| until <= now) {
            self.held_until = None;
            return Next::Turn;
        }
        Next::Wait
    }

    /// Takes input: decodes what was held back, else reads once. `buffer` is the thread's own.
    pub fn turn(&mut self, now: Instant, buffer: &mut [u8], effects: &mut Vec<Effect>) -> Next {
        match self.phase {
            Phase::Accepted { .. } | Phase::Entered => self.take_input(now, buffer, effects),
            Phase::Lingering(reason, _) => self.discard_input(reason, buffer),
            Phase::Leaving(_) | Phase::Flushing(_) => Next::Wait,
        }
    }

    /// Lines of a room for this client.
    pub fn deliver(
        &mut self,
        room: RoomId,
        frame: Arc<Frame>,
        lines: Range<u32>,
        now: Instant,
    ) -> Next {
        if self.broken.is_some() || matches!(self.phase, Phase::Flushing(_) | Phase::Lingering(..))
        {
            return Next::Wait;
        }
        // Only what the socket *refuses* counts: write before judging.
        if !self.sendq.is_blocked() && self.sendq.would_exceed(&frame, &lines) {
            let next = self.flush(now);
            if let Next::Drop(_) = next {
                return next;
            }
        }
        let count = lines.len() as u64;
        match self.sendq.offer(room, frame, lines) {
            Offered::Queued => self.tally.queued += count,
            Offered::Skipped => self.tally.missed += count,
        }
        Next::Wait
    }

    /// Something for this client alone.
    pub fn answer(&mut self, bytes: Box<[u8]>) -> Next {
        if self.broken.is_some() {
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
            self.phase = Phase::Flushing(reason);
        }
    }

    /// Says goodbye, whatever is queued already, and ends the connection in order.
    pub fn say_goodbye(&mut self, text: &str, reason: CloseReason, now: Instant) -> Next {
        if matches!(self.phase, Phase::Flushing(_) | Phase::Lingering(..)) {
            return self.flush(now);
        }
        for missed in self.sendq.take_missed_at_end() {
            self.push_missed(missed);
        }
        let notice = self.presentation.notice(text);
        self.close(&notice, reason, now)
    }

    /// Writes what is queued, tells what was missed, and goes on with closing.
    pub fn flush(&mut self, now: Instant) -> Next {
        if self.sendq.is_blocked() || self.broken.is_some() {
            return Next::Wait;
        }
        loop {
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
    fn break_off(&mut self, kind: io::ErrorKind) -> Next {
        if !self.takes_input() || self.held_until.is_some() {
            return Next::Drop(CloseReason::Broken(kind));
        }
        self.broken = Some(kind);
        self.sendq = SendQueue::new(self.options.sendq_bytes_max);
        self.on_readable(true);
        Next::Turn
    }

    fn stall_deadline(&self) -> Option<Instant> {
        Some(self.sendq.stalled_since()? + self.options.stall_timeout)
    }

    fn push_missed(&mut self, missed: Missed) {
        let catalogue = self.options.catalogue;
        let text = match missed.lines {
            1 => catalogue.missed_one.to_owned(),
            count => fill(catalogue.missed_many, &[("count", &count)]),
        };
        self.sendq.push_last_words(self.presentation.notice(&text));
    }

    /// Ends the connection in order, with last words.
    fn close(&mut self, last_words: &[u8], reason: CloseReason, now: Instant) -> Next {
        self.unread = Box::default();
        self.held_until = None;
        self.sendq.push_last_words(last_words.into());
        self.phase = Phase::Flushing(reason);
        self.flush(now)
    }

    /// All is written. A connection that is over is shut down for writing, and the end of the peer's
    /// input is awaited: closing with unread input would reset the connection and throw away what is
    /// still on its way.
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

    fn take_input(&mut self, now: Instant, buffer: &mut [u8], effects: &mut Vec<Effect>) -> Next {
        if self.held_until.is_some() {
            return Next::Wait;
        }
        let unread = std::mem::take(&mut self.unread);
        if let Some(next) = self.decode(&unread, now, effects) {
            return next;
        }
        if self.input_ended {
            return self.finish(now, effects);
        }
        if !self.readable {
            return self.wait_no_longer(now, effects);
        }
        let count = match self.stream.read(buffer) {
            Ok(count) => count,
            Err(error) => match self.read_failed(&error) {
                Next::Wait => return self.wait_no_longer(now, effects),
                next => return next,
            },
        };
        if count == 0 {
            self.input_ended = true;
            return self.finish(now, effects);
        }
        // A short read means that the kernel has no more; what comes later is an edge of its own
        // (epoll(7), question 9). Not so the end of input, which may have been announced already.
        if count < buffer.len() && !self.end_is_near {
            self.readable = false;
        }
        self.decode(&buffer[..count], now, effects).unwrap_or(Next::Turn)
    }

    /// Decodes `input` until it is used up, in which case the answer is `None`, or the client has to
    /// be held back: then the rest is kept.
    fn decode(
        &mut self,
        mut input: &[u8],
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Option<Next> {
        loop {
            if let Some(until) = self.hold(now) {
                if let Some(kind) = self.broken {
                    return Some(Next::Drop(CloseReason::Broken(kind)));
                }
                self.unread = input.into();
                self.held_until = Some(until);
                return Some(Next::Wait);
            }
            let decoded = self.protocol.decode(&mut input)?;
            if let Some(next) = self.take_decoded(decoded, now, effects) {
                return Some(next);
            }
        }
    }

    /// There is nothing to read. A newcomer that has been silent for long enough is let in.
    fn wait_no_longer(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Next {
        if let Phase::Accepted { patient_until: None, .. } = self.phase
            && let Some(decoded) = self.protocol.wait_no_longer()
        {
            return self.take_decoded(decoded, now, effects).unwrap_or(Next::Wait);
        }
        Next::Wait
    }

    /// The client has ended its input: its unfinished line, then its departure.
    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Next {
        while let Some(decoded) = self.protocol.finish() {
            if let Some(next) = self.take_decoded(decoded, now, effects) {
                return next;
            }
        }
        if let Some(kind) = self.broken {
            return Next::Drop(CloseReason::Broken(kind));
        }
        let reason = CloseReason::EndOfInput;
        if self.phase == Phase::Entered {
            effects.push(Effect::Leave(reason));
            self.phase = Phase::Leaving(reason);
            return Next::Wait;
        }
        self.phase = Phase::Flushing(reason);
        self.flush(now)
    }

    fn take_decoded(
        &mut self,
        decoded: Input,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Option<Next> {
        match decoded {
            Input::Enter { name } => {
                if let Phase::Accepted { .. } = self.phase {
                    self.phase = Phase::Entered;
                    effects.push(Effect::Enter { name });
                }
            }
            Input::Line(text) => {
                if let Some(rate) = &self.options.flood {
                    self.flood.take(rate, now);
                }
                effects.push(Effect::Say(text));
            }
            Input::Answer(bytes) => {
                self.answers.take(&ANSWERS, now);
                if let next @ Next::Drop(_) = self.answer(bytes) {
                    return Some(next);
                }
            }
            Input::Reject { answer, reason } => {
                let reason = CloseReason::Rejected(reason);
                if self.phase == Phase::Entered {
                    effects.push(Effect::Leave(reason));
                }
                return Some(self.close(&answer, reason, now));
            }
        }
        None
    }

    /// Until when the client has to wait, if it has to: it talks, or asks, too fast. Its input stays
    /// where it is; the kernel's window does the rest.
    fn hold(&self, now: Instant) -> Option<Instant> {
        let flood = self.options.flood.and_then(|rate| self.flood.wait_until(&rate, now));
        flood.max(self.answers.wait_until(&ANSWERS, now))
    }

    fn read_failed(&mut self, error: &io::Error) -> Next {
        match error.kind() {
            io::ErrorKind::WouldBlock => {
                self.readable = false;
                Next::Wait
            }
            io::ErrorKind::Interrupted => Next::Turn,
            kind => Next::Drop(CloseReason::Broken(kind)),
        }
    }

    fn discard_input(&mut self, reason: CloseReason, buffer: &mut [u8]) -> Next {
        match self.stream.read(buffer) {
            Ok(0) => Next::Drop(reason),
            Ok(_) => Next::Turn,
            Err(error) => match self.read_failed(&error) {
                Next::Drop(_) => Next::Drop(reason),
                next => next,
            },
        }
    }
}
