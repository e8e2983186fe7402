//! Throughput of the hot pure code, in time: `cargo bench --bench speed`.
//!
//! This shows what a change is worth on the machine at hand. It has no limits, because times depend
//! on the machine; `instructions` guards against slow growth.

mod workload;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hobnob::text::CleanText;
use workload::{Audience, BATCH_LINES, Line, RECIPIENTS, Stream, Talker};

const LINES: [Line; 9] = [
    Line::Typical,
    Line::Long,
    Line::Chinese,
    Line::Emoji,
    Line::Escapes,
    Line::OpenStrings,
    Line::Marks,
    Line::Invisible,
    Line::NotUtf8,
];

const OTHER_STREAMS: [Stream; 5] = [
    Stream::SingleBytes,
    Stream::EscapedBytes,
    Stream::Commands,
    Stream::Requests,
    Stream::EndlessLine,
];

/// Cleaning one line.
fn clean(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clean");
    for line in LINES {
        let bytes = line.bytes();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("{line:?}"), |bencher| {
            bencher.iter(|| CleanText::from_bytes(black_box(&bytes)));
        });
    }
}

/// The whole path from bytes to cleaned lines. The goal is 500 MB/s for lines of ASCII.
fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    let streams = LINES.into_iter().map(Stream::Lines).chain(OTHER_STREAMS);
    for stream in streams {
        let mut talker = Talker::new(stream);
        group.throughput(Throughput::Bytes(talker.decode() as u64));
        group.bench_function(format!("{stream:?}"), |bencher| {
            bencher.iter(|| talker.decode());
        });
    }
}

fn render(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    let lines = workload::said(BATCH_LINES);
    group.throughput(Throughput::Elements(BATCH_LINES as u64));
    group.bench_function("lines", |bencher| {
        bencher.iter(|| workload::render(black_box(&lines)));
    });
}

/// A turn of the broadcaster. In a quiet room the recipients cost the most, in a flood the lines.
fn turn(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("turn");
    for (name, count, elements) in
        [("recipients of one line", 1, RECIPIENTS), ("lines of a batch", BATCH_LINES, BATCH_LINES)]
    {
        let mut audience = Audience::new(RECIPIENTS);
        let lines = workload::lines(count);
        group.throughput(Throughput::Elements(elements as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || lines.clone(),
                |lines| {
                    audience.turn(lines);
                    audience.take_parcels()
                },
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, clean, decode, render, turn);
criterion_main!(benches);
