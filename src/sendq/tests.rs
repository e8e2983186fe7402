//! The queue, written to a sink that takes as much as the test says.

use super::*;
use crate::frame::{FrameBuilder, LineKind};
use crate::id::{ClientId, LOBBY};
use std::time::Duration;

const LIMIT: usize = 4096;

/// Takes `room` bytes, then refuses.
#[derive(Default)]
struct Sink {
    room: usize,
    taken: Vec<u8>,
    calls: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(self.room);
        self.taken.extend_from_slice(&bytes[..count]);
        self.room -= count;
        Ok(count)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.calls += 1;
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.write(&bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(lines: usize) -> Arc<Frame> {
    let mut builder = FrameBuilder::default();
    for line in 0..lines {
        builder.bytes_mut().extend_from_slice(format!("{line:8}\r\n").as_bytes());
        builder.end_line(ClientId(1), LineKind::Said);
    }
    Arc::new(builder.freeze())
}

fn blocked_queue(now: Instant) -> (SendQueue, Sink) {
    let (mut queue, mut sink) = (SendQueue::new(LIMIT), Sink::default());
    assert_eq!(queue.offer(LOBBY, frame(1), 0..1), Offered::Queued);
    assert_eq!(queue.write_to(&mut sink, now).unwrap(), Written::Blocked);
    (queue, sink)
}

#[test]
fn a_range_of_lines_goes_out_in_order() {
    let (mut queue, mut sink) = (SendQueue::new(LIMIT), Sink { room: 999, ..Sink::default() });
    let frame = frame(3);
    queue.offer(LOBBY, frame.clone(), 1..3);
    queue.offer(LOBBY, frame.clone(), 0..0);
    queue.push_answer(b"answer\r\n"[..].into()).unwrap();
    assert_eq!(queue.write_to(&mut sink, Instant::now()).unwrap(), Written::All);
    assert_eq!(sink.taken, b"       1\r\n       2\r\nanswer\r\n");
    assert_eq!((queue.charge_bytes, Arc::strong_count(&frame)), (0, 1));
    assert_eq!(sink.calls, 1, "one system call for all that is due");
}

#[test]
fn nothing_is_skipped_that_the_socket_has_not_refused() {
    let mut queue = SendQueue::new(LIMIT);
    for _ in 0..100 {
        assert_eq!(queue.offer(LOBBY, frame(50), 0..50), Offered::Queued);
    }
}

#[test]
fn over_the_limit_all_lines_are_skipped_and_counted_until_the_queue_is_empty() {
    let now = Instant::now();
    let (mut queue, mut sink) = blocked_queue(now);
    let mut skipped = 0;
    for _ in 0..20 {
        if queue.offer(LOBBY, frame(50), 0..50) == Offered::Skipped {
            skipped += 50;
        }
    }
    assert!(skipped > 0 && skipped < 1000, "{skipped}");
    // Below the limit again, but not empty: a single line would overtake what was skipped.
    sink.room = 100;
    queue.unblock();
    assert_eq!(queue.write_to(&mut sink, now).unwrap(), Written::Blocked);
    assert_eq!(queue.offer(LOBBY, frame(1), 0..1), Offered::Skipped);
    assert_eq!(queue.take_missed(), []);
    sink.room = usize::MAX;
    queue.unblock();
    assert_eq!(queue.write_to(&mut sink, now).unwrap(), Written::All);
    assert_eq!(queue.take_missed(), [Missed { room: LOBBY, tag: None, lines: skipped + 1 }]);
    assert_eq!(queue.offer(LOBBY, frame(1), 0..1), Offered::Queued);
}

#[test]
fn answers_are_kept_up_to_twice_the_limit() {
    let (mut queue, _) = blocked_queue(Instant::now());
    let mut kept = 0;
    while queue.push_answer(vec![b'x'; 100].into()).is_ok() {
        kept += 1;
    }
    assert!(queue.charge_bytes > LIMIT && queue.charge_bytes <= 2 * LIMIT, "{kept}");
}

#[test]
fn a_byte_now_and_then_is_no_progress() {
    let start = Instant::now();
    let (mut queue, mut sink) = blocked_queue(start);
    queue.push_answer(b"next"[..].into()).unwrap();
    for second in 1..5 {
        sink.room = 1;
        queue.write_to(&mut sink, start + Duration::from_secs(second)).unwrap();
        assert_eq!(queue.stalled_since(), Some(start));
    }
    let later = start + Duration::from_secs(9);
    sink.room = 6;
    queue.write_to(&mut sink, later).unwrap();
    assert_eq!(queue.stalled_since(), Some(later), "the head is out, the next one waits");
    sink.room = 99;
    queue.write_to(&mut sink, later).unwrap();
    assert_eq!(queue.stalled_since(), None);
}
