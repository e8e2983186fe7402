//! SendQ: what a client's socket has not taken yet.
//!
//! Owns the bytes on their way to one client, their limit, and what becomes of a reader that is
//! slower than the room: over the limit its room lines are skipped and counted, all of them, until
//! the queue is empty; then it is told how many, before anything newer. Answers are never skipped;
//! at twice the limit the client has to go. What waits keeps nothing alive that is not charged to
//! it: frames are shared as a whole, and of a part there is a copy. It writes to any [`Write`] and knows no socket; `now`
//! is passed in.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::limits;
use crate::model::id::RoomId;
use crate::wire::frame::{self, Frame};

/// What became of lines that were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// They will be sent.
    Queued,
    /// The reader is too slow for them; they are counted as missed.
    Skipped,
}

/// The queue is at twice its limit, with things that may not be skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded;

/// What became of an attempt to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing is left.
    All,
    /// The socket refused more; it will say when it takes some.
    Blocked,
}

/// Lines of one room that a client was not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The room.
    pub room: RoomId,
    /// Its name, if it is not the one that the client talks in.
    pub tag: Option<Arc<str>>,
    /// How many lines.
    pub lines: u64,
}

/// Bytes waiting in the queue.
#[derive(Debug)]
enum Bytes {
    Shared(Arc<Frame>),
    Own(Box<[u8]>),
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    next: u32,
    end: u32,
    charge_bytes: usize,
}

impl Piece {
    fn rest(&self) -> &[u8] {
        let bytes = match &self.bytes {
            Bytes::Shared(frame) => frame.bytes(),
            Bytes::Own(bytes) => bytes,
        };
        &bytes[self.next as usize..self.end as usize]
    }

    /// Makes a copy of what is only a part of a frame: the rest of it would be kept alive, too, and
    /// is not charged. Whoever ignores most of a room is given a line here and there of many.
    fn let_go_of_the_rest(&mut self) {
        if let Bytes::Shared(frame) = &self.bytes
            && self.charge_bytes < frame.charge_bytes(&(0..frame.line_count()))
        {
            let bytes: Box<[u8]> = self.rest().into();
            (self.next, self.end) = (0, bytes.len() as u32);
            self.bytes = Bytes::Own(bytes);
        }
    }
}

/// One client's queue.
#[derive(Debug)]
pub struct SendQueue {
    pieces: VecDeque<Piece>,
    charge_bytes: usize,
    limit_bytes: usize,
    /// How many pieces at the head have waited already.
    waiting: u32,
    /// The socket refused bytes and has not asked for more since.
    blocked: bool,
    /// Since when the piece at the head has been refused.
    head_refused_at: Option<Instant>,
    /// Not empty: room lines are skipped until the queue has run empty.
    missed: Vec<Missed>,
}

impl SendQueue {
    /// An empty queue that skips room lines over `limit_bytes`.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            pieces: VecDeque::new(),
            charge_bytes: 0,
            limit_bytes,
            waiting: 0,
            blocked: false,
            head_refused_at: None,
            missed: Vec::new(),
        }
    }

    /// From here on room lines are skipped over so many bytes.
    pub fn set_limit(&mut self, limit_bytes: usize) {
        self.limit_bytes = limit_bytes;
    }

    /// Whether the socket has refused bytes and not asked for more since.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether nothing waits to be sent.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What is in it, in bytes, with what is charged for keeping it.
    pub fn charge_bytes(&self) -> usize {
        self.charge_bytes
    }

    /// What is in it has to wait, and from now on keeps nothing alive that is not charged. How much
    /// is charged, in bytes.
    pub fn keep_waiting(&mut self) -> usize {
        for piece in self.pieces.range_mut(self.waiting as usize..) {
            piece.let_go_of_the_rest();
        }
        self.waiting = self.pieces.len() as u32;
        self.charge_bytes
    }

    /// Whether these lines would take the queue over its limit. What a socket has not refused yet
    /// is no queue: a caller writes first, then offers.
    pub fn would_exceed(&self, frame: &Frame, lines: &Range<u32>) -> bool {
        self.charge_bytes + frame.charge_bytes(lines) > self.limit_bytes
    }

    /// Queues lines of a room, or counts them as missed.
    pub fn offer(&mut self, room: RoomId, frame: Arc<Frame>, lines: Range<u32>) -> Offered {
        let over = self.blocked && self.would_exceed(&frame, &lines);
        if over || !self.missed.is_empty() {
            let count = lines.len() as u64;
            match self.missed.iter_mut().find(|missed| missed.room == room) {
                Some(missed) => missed.lines += count,
                None => {
                    let tag = frame.tag().cloned();
                    self.missed.push(Missed { room, tag, lines: count });
                }
            }
            return Offered::Skipped;
        }
        let bytes = frame.byte_range(&lines);
        let charge_bytes = frame.charge_bytes(&lines);
        self.push(Bytes::Shared(frame), bytes, charge_bytes);
        Offered::Queued
    }

    /// Queues something that may not be skipped.
    pub fn push_answer(&mut self, bytes: Box<[u8]>) -> Result<(), Exceeded> {
        let charge_bytes = frame::charge_bytes(bytes.len(), 0);
        if self.charge_bytes + charge_bytes > 2 * self.limit_bytes {
            return Err(Exceeded);
        }
        self.push_regardless(bytes);
        Ok(())
    }

    /// Queues something whatever the limit: what is said before the connection ends, and what takes
    /// a footer away and puts it back, of which there is one each for all lines in between.
    pub fn push_regardless(&mut self, bytes: Box<[u8]>) {
        let charge_bytes = frame::charge_bytes(bytes.len(), 0);
        let end = bytes.len() as u32;
        self.push(Bytes::Own(bytes), 0..end, charge_bytes);
    }

    /// Whether something has been missed that has not been told.
    pub fn has_missed(&self) -> bool {
        !self.missed.is_empty()
    }

    /// Once the queue is empty: what has been missed, to be told before anything newer. From then
    /// on nothing is skipped.
    pub fn take_missed(&mut self) -> Vec<Missed> {
        if self.pieces.is_empty() { std::mem::take(&mut self.missed) } else { Vec::new() }
    }

    /// What has been missed so far, told at once because the connection ends.
    pub fn take_missed_at_end(&mut self) -> Vec<Missed> {
        std::mem::take(&mut self.missed)
    }

    /// The socket takes bytes again.
    pub fn unblock(&mut self) {
        self.blocked = false;
    }

    /// Since when the piece at the head has been waiting for the socket. A byte now and then does
    /// not change it: only a piece that has gone out whole is progress.
    pub fn stalled_since(&self) -> Option<Instant> {
        self.head_refused_at
    }

    /// Writes until nothing is left or the socket refuses more.
    pub fn write_to(&mut self, sink: &mut impl Write, now: Instant) -> io::Result<Written> {
        while let Some(head) = self.pieces.front() {
            // Most often it is one batch, and then a plain write costs the kernel less.
            let attempt = match self.pieces.len() {
                1 => sink.write(head.rest()),
                _ => self.write_vectored_to(sink),
            };
            match attempt {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written, now),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked = true;
                    self.head_refused_at.get_or_insert(now);
                    return Ok(Written::Blocked);
                }
                Err(error) => return Err(error),
            }
        }
        // A queue that was long once would keep its memory for ever.
        if self.pieces.capacity() > limits::WRITE_SLICES_MAX {
            self.pieces = VecDeque::new();
        }
        Ok(Written::All)
    }

    fn write_vectored_to(&self, sink: &mut impl Write) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); limits::WRITE_SLICES_MAX];
        let count = self.pieces.len().min(slices.len());
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(piece.rest());
        }
        sink.write_vectored(&slices[..count])
    }

    fn push(&mut self, bytes: Bytes, range: Range<u32>, charge_bytes: usize) {
        // An empty piece would make write_vectored return the 0 that means a closed socket.
        if range.is_empty() {
            return;
        }
        self.charge_bytes += charge_bytes;
        self.pieces.push_back(Piece { bytes, next: range.start, end: range.end, charge_bytes });
    }

    fn advance(&mut self, mut written: usize, now: Instant) {
        while let Some(head) = self.pieces.front_mut() {
            let rest = (head.end - head.next) as usize;
            if written < rest {
                head.next += written as u32;
                return;
            }
            written -= rest;
            self.charge_bytes -= head.charge_bytes;
            self.pieces.pop_front();
            self.waiting = self.waiting.saturating_sub(1);
            // The next piece begins its own waiting.
            if self.head_refused_at.is_some() {
                self.head_refused_at = (!self.pieces.is_empty()).then_some(now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
