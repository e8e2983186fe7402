//! SendQ: what a client's socket has not accepted yet.
//!
//! This module owns the bytes on their way to one client, their limit, and the treatment of a
//! reader that is slower than the room. Over the limit all room lines are skipped and counted until
//! the queue is empty. Then the client is told how many it has missed, before anything newer.
//! Answers are never skipped; at twice the limit the client is disconnected. Waiting output keeps
//! no memory alive that is not charged to it: whole frames are shared, and part of a frame is
//! copied. The queue writes to any [`Write`] and knows no socket; `now` is passed in.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::limits;
use crate::model::frame;
use crate::model::{Frame, RoomId};

/// The result of offering lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    /// They will be sent.
    Queued,
    /// The reader is too slow for them; they are counted as missed.
    Skipped,
}

/// The queue is at twice its limit with things that may not be skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded;

/// The result of an attempt to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing is left.
    All,
    /// The socket refused more; it will report when it accepts bytes again.
    Blocked,
}

/// Lines of one room that a client was not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SkippedLines {
    pub room: RoomId,
    /// The room's name, unless it is the client's current room.
    pub tag: Option<Arc<str>>,
    /// The number of lines.
    pub lines: u64,
}

/// Bytes waiting in the queue.
#[derive(Debug)]
enum ChunkBytes {
    Shared(Arc<Frame>),
    Own(Box<[u8]>),
}

#[derive(Debug)]
struct QueuedChunk {
    bytes: ChunkBytes,
    next: u32,
    end: u32,
    charge_bytes: usize,
}

impl QueuedChunk {
    fn rest(&self) -> &[u8] {
        let bytes = match &self.bytes {
            ChunkBytes::Shared(frame) => frame.bytes(),
            ChunkBytes::Own(bytes) => bytes,
        };
        &bytes[self.next as usize..self.end as usize]
    }

    /// Copies a piece that is only part of a frame, since it would keep the rest of the frame alive
    /// without being charged for it. A user who ignores most people of a room gets a line here and
    /// there of many frames.
    fn let_go_of_the_rest(&mut self) {
        if let ChunkBytes::Shared(frame) = &self.bytes
            && self.charge_bytes < frame.charge_bytes(&(0..frame.line_count()))
        {
            let bytes: Box<[u8]> = self.rest().into();
            (self.next, self.end) = (0, bytes.len() as u32);
            self.bytes = ChunkBytes::Own(bytes);
        }
    }
}

/// One client's queue.
#[derive(Debug)]
pub(crate) struct SendQueue {
    pieces: VecDeque<QueuedChunk>,
    charge_bytes: usize,
    limit_bytes: usize,
    /// The number of pieces at the head that have been through `keep_waiting`.
    waiting: u32,
    /// The socket refused bytes and has not asked for more since.
    blocked: bool,
    /// When the piece at the head was first refused.
    head_refused_at: Option<Instant>,
    /// If not empty, room lines are skipped until the queue has run empty.
    missed: Vec<SkippedLines>,
}

impl SendQueue {
    /// Creates an empty queue that skips room lines over `limit_bytes`.
    pub(crate) fn new(limit_bytes: usize) -> Self {
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

    /// Changes the limit over which room lines are skipped.
    pub(crate) fn set_limit(&mut self, limit_bytes: usize) {
        self.limit_bytes = limit_bytes;
    }

    /// Whether the socket has refused bytes and not asked for more since.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether nothing waits to be sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The size of the contents in bytes, including the overhead charged for keeping them.
    pub(crate) fn charge_bytes(&self) -> usize {
        self.charge_bytes
    }

    /// Keeps the contents waiting. From now on they keep no memory alive that is not charged.
    /// Returns the charged size in bytes.
    pub(crate) fn keep_waiting(&mut self) -> usize {
        for piece in self.pieces.range_mut(self.waiting as usize..) {
            piece.let_go_of_the_rest();
        }
        self.waiting = self.pieces.len() as u32;
        self.charge_bytes
    }

    /// Whether these lines would take the queue over its limit. Only what a socket has refused
    /// counts as a queue: a caller writes first, then offers.
    pub(crate) fn would_exceed(&self, frame: &Frame, lines: &Range<u32>) -> bool {
        self.charge_bytes + frame.charge_bytes(lines) > self.limit_bytes
    }

    /// Queues lines of a room, or counts them as missed.
    pub(crate) fn offer(&mut self, room: RoomId, frame: Arc<Frame>, lines: Range<u32>) -> Offered {
        let over = self.blocked && self.would_exceed(&frame, &lines);
        if over || !self.missed.is_empty() {
            let count = lines.len() as u64;
            match self.missed.iter_mut().find(|missed| missed.room == room) {
                Some(missed) => missed.lines += count,
                None => {
                    let tag = frame.tag().cloned();
                    self.missed.push(SkippedLines { room, tag, lines: count });
                }
            }
            return Offered::Skipped;
        }
        let bytes = frame.byte_range(&lines);
        let charge_bytes = frame.charge_bytes(&lines);
        self.push(ChunkBytes::Shared(frame), bytes, charge_bytes);
        Offered::Queued
    }

    /// Queues something that may not be skipped.
    pub(crate) fn push_answer(&mut self, bytes: Box<[u8]>) -> Result<(), Exceeded> {
        let charge_bytes = frame::charge_bytes(bytes.len(), 0);
        if self.charge_bytes + charge_bytes > 2 * self.limit_bytes {
            return Err(Exceeded);
        }
        self.push_regardless(bytes);
        Ok(())
    }

    /// Queues something regardless of the limit: what is said before the connection ends, and what
    /// hides and redraws the input line, which happens at most once for all lines in between.
    pub(crate) fn push_regardless(&mut self, bytes: Box<[u8]>) {
        let charge_bytes = frame::charge_bytes(bytes.len(), 0);
        let end = bytes.len() as u32;
        self.push(ChunkBytes::Own(bytes), 0..end, charge_bytes);
    }

    /// Whether lines were missed that the client has not been told of.
    pub(crate) fn has_missed(&self) -> bool {
        !self.missed.is_empty()
    }

    /// Once the queue is empty: takes the counts of missed lines, of which to tell the client
    /// before anything newer. From then on nothing is skipped.
    pub(crate) fn take_missed(&mut self) -> Vec<SkippedLines> {
        if self.pieces.is_empty() { std::mem::take(&mut self.missed) } else { Vec::new() }
    }

    /// Takes the counts of missed lines at once, because the connection ends.
    pub(crate) fn take_missed_at_end(&mut self) -> Vec<SkippedLines> {
        std::mem::take(&mut self.missed)
    }

    /// The socket accepts bytes again.
    pub(crate) fn unblock(&mut self) {
        self.blocked = false;
    }

    /// Since when the piece at the head has been waiting for the socket. A trickle of bytes does
    /// not change it: only a piece that has gone out completely is progress.
    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        self.head_refused_at
    }

    /// Writes until nothing is left or the socket refuses more.
    pub(crate) fn write_to(&mut self, sink: &mut impl Write, now: Instant) -> io::Result<Written> {
        while let Some(head) = self.pieces.front() {
            // Usually there is one batch, for which a plain write costs the kernel less.
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
        // An idle client has an empty queue, and most clients are idle. Allocating again costs
        // little beside the system call.
        self.pieces = VecDeque::new();
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

    fn push(&mut self, bytes: ChunkBytes, range: Range<u32>, charge_bytes: usize) {
        // An empty piece would make `write_vectored` return the 0 that means a closed socket.
        if range.is_empty() {
            return;
        }
        self.charge_bytes += charge_bytes;
        self.pieces.push_back(QueuedChunk {
            bytes,
            next: range.start,
            end: range.end,
            charge_bytes,
        });
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
            // The wait of the next piece begins now.
            if self.head_refused_at.is_some() {
                self.head_refused_at = (!self.pieces.is_empty()).then_some(now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
