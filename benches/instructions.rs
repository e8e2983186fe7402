//! Instruction counts of the hot pure code, by callgrind: `scripts/instructions.sh`.
//!
//! Unlike times they hardly vary between runs, so each benchmark has a limit, and exceeding one
//! makes the command fail. Valgrind runs this same program once per benchmark and counts what
//! happens inside `measured`. The workloads are in `workload`; this file only knows how to measure.

mod workload;

use std::hint::black_box;
use std::io::{self, Write};
use std::process::{Command, ExitCode};

use hobnob::text::CleanText;
use workload::{Audience, BATCH_LINES, Line, RECIPIENTS, Stream, Talker};

/// Name, limit in instructions, and the code to run.
type Benchmark = (&'static str, u64, fn());

/// A limit is the measured count plus about a fifth, which leaves room for another compiler or C
/// library. Those of `turn` and `render/batch`, the price of talking, are tighter. Raise a limit
/// only in the commit that is worth the instructions, and explain it there; lower it when something
/// has become faster.
const BENCHMARKS: [Benchmark; 22] = [
    ("clean/typical", 500, || clean(Line::Typical)),
    ("clean/long", 2_200, || clean(Line::Long)),
    ("clean/chinese", 28_000, || clean(Line::Chinese)),
    ("clean/emoji", 285_000, || clean(Line::Emoji)),
    ("clean/escapes", 38_300, || clean(Line::Escapes)),
    ("clean/open-strings", 547_000, || clean(Line::OpenStrings)),
    ("clean/marks", 266_000, || clean(Line::Marks)),
    ("clean/invisible", 113_000, || clean(Line::Invisible)),
    ("clean/not-utf8", 1_030_000, || clean(Line::NotUtf8)),
    ("decode/typical", 237_000, || decode(Stream::Lines(Line::Typical))),
    ("decode/long", 55_000, || decode(Stream::Lines(Line::Long))),
    ("decode/single-bytes", 4_890_000, || decode(Stream::SingleBytes)),
    ("decode/escaped-bytes", 2_340_000, || decode(Stream::EscapedBytes)),
    ("decode/commands", 1_340_000, || decode(Stream::Commands)),
    ("decode/requests", 3_700_000, || decode(Stream::Requests)),
    ("decode/endless-line", 9_210, || decode(Stream::EndlessLine)),
    ("render/one-line", 1_430, || render(1)),
    ("render/batch", 127_000, || render(BATCH_LINES)),
    ("turn/one-line", 276_000, || turn(1, RECIPIENTS)),
    ("turn/batch", 830_000, || turn(BATCH_LINES, RECIPIENTS)),
    ("turn/one-line-to-one", 4_800, || turn(1, 1)),
    ("turn/batch-to-one", 612_000, || turn(BATCH_LINES, 1)),
];

fn clean(line: Line) {
    let bytes = line.bytes();
    measured(|| CleanText::from_bytes(black_box(&bytes)));
}

fn decode(stream: Stream) {
    let mut talker = Talker::new(stream);
    measured(|| talker.decode());
}

fn render(count: usize) {
    let lines = workload::said(count);
    measured(|| workload::render(black_box(&lines)));
}

fn turn(count: usize, recipients: usize) {
    let mut audience = Audience::new(recipients);
    let lines = workload::lines(count);
    measured(|| audience.turn(black_box(lines)));
    assert_eq!(audience.take_parcels(), recipients);
}

/// Callgrind finds this function by its name.
#[inline(never)]
fn measured<R>(work: impl FnOnce() -> R) -> R {
    black_box(work())
}

fn main() -> io::Result<ExitCode> {
    let name = std::env::args().nth(1);
    if let Some((_, _, run)) = BENCHMARKS.iter().find(|(known, ..)| name.as_deref() == Some(known))
    {
        run();
        return Ok(ExitCode::SUCCESS);
    }
    let mut are_all_within = true;
    for (name, limit, _) in BENCHMARKS {
        let count = count(name)?;
        let verdict = if count <= limit { "" } else { "  EXCEEDED" };
        are_all_within &= count <= limit;
        writeln!(io::stdout(), "{name:<24}{count:>12} of {limit:>12} instructions{verdict}")?;
    }
    Ok(if are_all_within { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs one benchmark under callgrind. Returns the number of instructions.
fn count(name: &str) -> io::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=instructions::measured*")
        // Otherwise some counts depend on which freed chunks happen to lie beside each other.
        .env("GLIBC_TUNABLES", "glibc.malloc.mxfast=0")
        .arg(std::env::current_exe()?)
        .arg(name)
        .output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected =
        report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    match collected {
        Some(count) if output.status.success() && count > 0 => Ok(count),
        _ => Err(io::Error::other(format!("callgrind did not count {name}: {report}"))),
    }
}
