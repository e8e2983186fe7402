//! The queue, written to a sink that takes as much as the test says.

use super::*;
use crate::model::{ClientId, FrameBuilder, LOBBY, LineKind};
use crate::server::config::Config;
use std::sync::Weak;
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
fn nothing_is_skipped_before_the_socket_refuses() {
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
    // Below the limit again, but not empty: a single line would overtake those that were skipped.
    sink.room = 100;
    queue.unblock();
    assert_eq!(queue.write_to(&mut sink, now).unwrap(), Written::Blocked);
    assert_eq!(queue.offer(LOBBY, frame(1), 0..1), Offered::Skipped);
    assert_eq!(queue.take_missed(), []);
    sink.room = usize::MAX;
    queue.unblock();
    assert_eq!(queue.write_to(&mut sink, now).unwrap(), Written::All);
    assert_eq!(queue.take_missed(), [SkippedLines { room: LOBBY, tag: None, lines: skipped + 1 }]);
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
fn a_trickle_of_bytes_is_no_progress() {
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

/// The memory that the queue keeps alive: its own bytes, and all of each frame of which it has a
/// part.
fn kept_bytes(queue: &SendQueue, frames: &[Weak<Frame>]) -> usize {
    let own = queue.pieces.iter().map(|piece| match &piece.bytes {
        ChunkBytes::Shared(_) => 0,
        ChunkBytes::Own(bytes) => bytes.len(),
    });
    let shared = frames
        .iter()
        .filter_map(Weak::upgrade)
        .map(|frame| frame.bytes().len() + size_of_val(frame.lines()));
    queue.pieces.len() * limits::PIECE_CHARGE_BYTES + own.sum::<usize>() + shared.sum::<usize>()
}

/// A user who ignores those who talk most gets a line here and there of each batch.
#[test]
fn a_reader_that_is_given_slivers_of_frames_keeps_no_more_alive_than_it_is_charged() {
    const LIMIT: usize = crate::server::config::SENDQ_BYTES_MAX_DEFAULT;
    // In some rounds the socket takes `room` bytes, and then asks for more unless it stays blocked.
    for (room, stays_blocked) in [(0, true), (1, false), (50, false), (700, false)] {
        let now = Instant::now();
        let (mut queue, mut sink) = (SendQueue::new(LIMIT), Sink::default());
        let mut frames = Vec::new();
        let mut most_kept = 0;
        for round in 0..600_u32 {
            let frame = frame(5_000);
            frames.retain(|kept: &Weak<Frame>| kept.strong_count() > 0);
            frames.push(Arc::downgrade(&frame));
            let line = round % 4_000;
            if !stays_blocked {
                queue.unblock();
            }
            // Two ranges of its lines that are not adjacent, and now and then all of it.
            queue.offer(LOBBY, frame.clone(), line..line + 1);
            queue.offer(LOBBY, frame.clone(), line + 500..line + 502);
            if round % 100 == 0 {
                queue.offer(LOBBY, frame.clone(), 0..frame.line_count());
            }
            drop(frame);
            sink.room = room;
            if !queue.is_blocked() {
                queue.write_to(&mut sink, now).unwrap();
            }
            let charged = queue.keep_waiting();
            let kept = kept_bytes(&queue, &frames);
            assert!(kept <= charged, "{kept} bytes kept, {charged} charged");
            assert_eq!(charged, queue.charge_bytes());
            most_kept = most_kept.max(kept);
        }
        assert!(most_kept > LIMIT / 8, "nothing was queued: {most_kept}");
    }
}

#[test]
fn waiting_output_is_written_completely_whether_copied_or_not() {
    let now = Instant::now();
    let (mut queue, mut sink) = (SendQueue::new(usize::MAX), Sink::default());
    let frame = frame(100);
    for lines in [0..100, 3..5, 0..0, 99..100] {
        queue.offer(LOBBY, frame.clone(), lines);
    }
    queue.keep_waiting();
    assert_eq!(Arc::strong_count(&frame), 2, "all of it is shared, and parts are not");
    let mut expected = frame.bytes().to_vec();
    expected.extend_from_slice(b"       3\r\n       4\r\n      99\r\n");
    while sink.taken.len() < expected.len() {
        sink.room = 7;
        queue.write_to(&mut sink, now).unwrap();
        queue.offer(LOBBY, frame.clone(), 0..0);
        queue.keep_waiting();
    }
    assert_eq!(sink.taken, expected);
    assert_eq!((queue.charge_bytes, Arc::strong_count(&frame)), (0, 1));
}

#[test]
fn a_queue_at_its_worst_takes_no_more_than_the_check_counts() {
    for sendq_bytes_max in [150_000, crate::server::config::SENDQ_BYTES_MAX_DEFAULT] {
        let config = Config { sendq_bytes_max, ..Config::with_seed(1) };
        config.check().unwrap();
        for lines in [0..1, 0..1_500, 7..8, 1..1_500] {
            let (mut queue, mut sink) = (SendQueue::new(sendq_bytes_max), Sink::default());
            let mut frames = Vec::new();
            while queue.offer(LOBBY, frame(1), 0..1) == Offered::Queued {
                queue.write_to(&mut sink, Instant::now()).unwrap();
                let frame = frame(1_500);
                frames.push(Arc::downgrade(&frame));
                queue.offer(LOBBY, frame, lines.clone());
                queue.keep_waiting();
            }
            while queue.push_answer(b"answer\r\n"[..].into()).is_ok() {}
            queue.push_regardless(b"last words\r\n"[..].into());
            let charged = queue.keep_waiting();
            assert!(charged > 2 * sendq_bytes_max, "{charged}");
            assert!(charged <= config.sendq_worst_bytes(), "{charged}");
            assert!(kept_bytes(&queue, &frames) <= charged);
        }
    }
}

#[test]
fn the_charge_for_a_piece_covers_its_overhead() {
    // An allocation of glibc takes eight bytes more, rounded up to a multiple of sixteen.
    const ALLOCATION_BYTES: usize = 16;
    let frame = size_of::<Frame>() + 2 * size_of::<usize>();
    let around = 2 * size_of::<QueuedChunk>() + frame + 3 * ALLOCATION_BYTES;
    assert!(around <= limits::PIECE_CHARGE_BYTES, "{around}");
}
