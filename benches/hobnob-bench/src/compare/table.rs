//! The results for people, as text for a screen of 100 columns.

use std::iter;

use super::case::Case;
use super::cost::{Allowance, Cost, Feature};
use super::metric::{Metric, Shown};
use super::report::{Report, difference, percent};
use super::server::ServerName;
use super::statistics::Summary;
use super::turns;
use super::verdict::{Judgement, RULE, Verdict};
use crate::quantity::{Scale, ratio};

const WIDTH_MAX: usize = 100;

/// All tables, followed by notes.
pub(crate) fn render(report: &Report) -> String {
    let mut parts: Vec<String> = report.cases.iter().map(|case| of_case(report, *case)).collect();
    parts.extend(report.judgements().map(|judgements| against_baseline(&judgements)));
    parts.extend(report.costs().map(|(feature, costs)| costs_of(feature, &costs)));
    parts.push(footer(report));
    parts.join("\n")
}

fn of_case(report: &Report, case: Case) -> String {
    let names = report.servers_in(case).map(|server| server.name.name().to_owned());
    let mut columns = vec![column("", "", names)];
    for metric in case.metrics() {
        columns.extend(columns_of(report, case, metric));
        // With clients that never read, a latency means something only beside the latency without
        // them.
        if case == Case::Stall && metric.shown == Shown::Ratios {
            columns.extend(without_stalled(report, metric));
        }
    }
    let row = |index: usize| columns.iter().map(|column| column[index].clone()).collect();
    let mut rows: Vec<Vec<String>> = (0..columns[0].len()).map(row).collect();
    for (row, server) in rows.iter_mut().skip(HEADINGS).zip(report.servers_in(case)) {
        if let Some(failure) = report.results.failure(case, server.name) {
            row.truncate(1);
            row.push(failure.brief.clone());
        }
    }
    format!("{}: {}\n\n{}", case.name(), report.plans.describe(case), aligned(&rows))
}

/// A figure, with its spread and ratios if they are shown.
fn columns_of(report: &Report, case: Case, metric: &Metric) -> Vec<Vec<String>> {
    let summaries = report.column(case, metric);
    let scale = metric.unit.scale(summaries.iter().flatten().map(|summary| summary.median));
    let cells = |cell: &dyn Fn(&Summary) -> String| -> Vec<String> {
        summaries.iter().map(|found| found.as_ref().map_or(String::new(), cell)).collect()
    };
    let median = || cells(&|summary| scale.figure(summary.median));
    let with_spread = || cells(&|summary| figure(scale, summary));
    let times = |other: ServerName| {
        let of_other = report.results.summary(case, other, metric)?;
        let cells = cells(&|summary| summary.times(&of_other).map_or(String::new(), ratio));
        Some(column(&format!("× {}", other.name()), "", cells))
    };
    let figures = match metric.shown {
        Shown::InFiles => return Vec::new(),
        Shown::Median => median(),
        Shown::Spread | Shown::Ratios => with_spread(),
    };
    let mut columns = vec![column(metric.name, scale.symbol, figures)];
    if metric.shown == Shown::Ratios {
        // The last one takes part only where the others do not.
        let others = [ServerName::Limit, ServerName::Hobnob, ServerName::NginxBare];
        columns.extend(others.into_iter().filter_map(times));
    }
    columns
}

fn without_stalled(report: &Report, metric: &Metric) -> Vec<Vec<String>> {
    let in_pace = Case::Pace.metric(metric.key).filter(|_| report.cases.contains(&Case::Pace));
    let shown = in_pace.map(|metric| metric.shown_as("in pace", Shown::Median));
    shown.map_or(Vec::new(), |metric| columns_of(report, Case::Pace, &metric))
}

fn against_baseline(judgements: &[Judgement]) -> String {
    if judgements.is_empty() {
        return "against the baseline: no verdict, since no case has figures for both\n".to_owned();
    }
    let rows = judgements.iter().map(|judged| {
        let verdict = match judged.verdict {
            Verdict::Worse => "worse",
            Verdict::Better => "better",
            Verdict::WithinTheSpread => "noise",
        };
        (judged, [percent(judged.change), seen_from(judged), verdict.to_owned()])
    });
    let text = verdicts(["baseline", "this build", "change", "seen from", "verdict"], rows);
    let note = format!(
        "{RULE}. Seen from: the smallest change for the worse that lies beyond the baseline's \
         rounds."
    );
    format!("against the baseline\n\n{text}\n{}", wrapped(&note))
}

fn costs_of(feature: &Feature, costs: &[Cost]) -> String {
    let Feature { name, heading, .. } = feature;
    if costs.is_empty() {
        let cases: Vec<&str> = feature.cases().map(Case::name).collect();
        let missing = match cases[..] {
            [case] => format!("{case} has no figures for both"),
            _ => format!("neither {} has figures for both", cases.join(" nor ")),
        };
        return format!("{name}: {heading}: no verdict, since {missing}\n");
    }
    let rows = costs.iter().map(|cost| {
        let judged = &cost.judged;
        let Judgement { metric, this, reference, .. } = judged;
        let times = || {
            let times = this.times(reference);
            times.map_or(String::new(), |times| format!("{} ×", ratio(times)))
        };
        let (is, may_be) = match cost.allowance {
            Allowance::Times(times_max) => (times(), format!("{times_max} ×")),
            Allowance::TimesMin(times_min) => (times(), format!("at least {times_min} ×")),
            Allowance::More(more_max) => {
                (difference(metric, this.median - reference.median), difference(metric, more_max))
            }
            Allowance::Spread => (percent(judged.change), format!("spread, {}", seen_from(judged))),
        };
        let verdict = if cost.is_too_much() { "missed" } else { "kept" };
        (judged, [is, may_be, verdict.to_owned()])
    });
    let [with, without] = feature.labels();
    let text = verdicts([without, with, "cost", "allowed", "verdict"], rows);
    let mut note = format!("{}.", feature.rule);
    if costs.iter().any(|cost| cost.allowance == Allowance::Spread) {
        note.push_str(&format!(
            " The figure after the spread is the smallest change for the worse that lies beyond \
             {without}'s rounds."
        ));
    }
    format!("{name}: {heading}\n\n{text}\n{}", wrapped(&note))
}

/// A row for each judgement: its name and unit, the figures of the reference and of this build, and
/// these cells.
fn verdicts<'a>(
    headings: [&str; 5],
    rows: impl Iterator<Item = (&'a Judgement, [String; 3])>,
) -> String {
    let headings = ["", ""].into_iter().chain(headings).map(str::to_owned).collect();
    let row = |(judged, cells): (&Judgement, [String; 3])| {
        let Judgement { case, metric, this, reference, .. } = judged;
        let scale = metric.unit.scale([reference.median, this.median]);
        let name = format!("{} {}", case.name(), metric.name);
        let figures = [reference, this].map(|summary| figure(scale, summary));
        [name, scale.symbol.to_owned()].into_iter().chain(figures).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = iter::once(headings).chain(rows.map(row)).collect();
    aligned(&rows)
}

/// The median and the spread.
fn figure(scale: Scale, summary: &Summary) -> String {
    format!("{} ({})", scale.figure(summary.median), scale.range(summary.min, summary.max))
}

fn seen_from(judged: &Judgement) -> String {
    format!("{:.1} %", 100.0 * judged.seen_from)
}

/// Number of heading cells in each column of a case.
const HEADINGS: usize = 2;

fn column(name: &str, unit: &str, cells: impl IntoIterator<Item = String>) -> Vec<String> {
    [name, unit].map(str::to_owned).into_iter().chain(cells).collect()
}

/// Aligns rows of cells: the first column to the left, and all others to the right. In a row with
/// fewer cells, the last cell spans the missing ones.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let is_whole = |row: &&Vec<String>| row.len() == columns;
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| column == 0 || is_whole(row));
        cells.map(|row| row[column].chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells =
            row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ if is_whole(&row) => format!("{cell:>width$}"),
                _ => cell.clone(),
            });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn footer(report: &Report) -> String {
    let mut text = String::new();
    let faults = report.results.failures().filter(|(.., failure)| !failure.is_unavailable);
    for (case, server, failure) in faults {
        let (case, server, round) = (case.name(), server.name(), failure.round);
        let line = format!("{case}, {server}, round {round}: {}", failure.line);
        text.push_str(&wrapped(&line));
    }
    if let Some(reason) = report.invalidity() {
        text.push_str(&wrapped(&format!("THIS COMPARISON IS INVALID: {reason}")));
    }
    if cfg!(debug_assertions) {
        text.push_str(&wrapped(
            "This program, and perhaps hobnob-server, was built without optimisation: the figures \
             say little. Use cargo build --release and cargo run --release -p hobnob-bench.",
        ));
    }
    let rounds = report.rounds;
    let plural = if rounds == 1 { "round" } else { "rounds" };
    text.push_str(&wrapped(&format!("Medians and spread of {rounds} {plural}: {}.", turns::ORDER)));
    text.push_str(&wrapped(&report.machine.line()));
    // Not wrapped, because they are meant to be copied.
    for server in &report.servers {
        let (name, version) = (server.name.name(), &server.version);
        let place = if server.behind.is_some() { ", in front of hobnob" } else { "" };
        text.push_str(&format!("{name:<10} {version:<7} {}{place}\n", server.command_line()));
    }
    text
}

/// The text in lines that fit the screen, all but the first one indented.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut line = lines.pop().unwrap_or_default();
        if line.chars().count() + 1 + word.chars().count() > WIDTH_MAX {
            lines.push(std::mem::replace(&mut line, " ".to_owned()));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_table_for_each_case() {
        let text = render(&sample::full_report());
        let expected = "\
flood: 200 clients, 4 of them senders, 50,000 lines of 64 bytes, at most 500 in flight

               CPU/delivery  × limit  × hobnob  CPU/line  deliveries  memory  generator
                         µs                           µs         M/s     MiB      cores
hobnob  0.055 (0.050–0.060)     0.50      1.00      11.0        2.00    8.00      0.750
limit   0.110 (0.100–0.120)     1.00      2.00      22.0        2.00    8.00      0.750
ngircd  0.220 (0.200–0.240)     2.00      4.00      44.0        2.00    8.00      0.750
";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("ngircd  refused to continue: the channel is full\n"), "{text}");
        assert!(text.contains("\npace, ngircd, round 1: irc://127.0.0.1:1 refused to continue: "));
    }

    #[test]
    fn tables_fit_a_screen() {
        let text = render(&sample::full_report());
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH_MAX, "{line}");
        }
    }

    #[test]
    fn stall_latencies_are_beside_those_of_pace() {
        let text = of_case(&sample::full_report(), Case::Stall);
        let row = text.lines().find(|line| line.starts_with("hobnob")).expect("it has a row");
        let words: Vec<&str> = row.split_whitespace().take(6).collect();
        assert_eq!(words, ["hobnob", "16.5", "(16.5–16.5)", "0.50", "1.00", "15.0"]);
    }

    #[test]
    fn columns_that_would_be_empty_are_left_out() {
        let report = sample::flood_report(&[(ServerName::Redis, &[0.3])]);
        let text = of_case(&report, Case::Flood);
        assert!(!text.contains('×'), "{text}");
    }

    #[test]
    fn a_short_row_spans_columns() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows = [
            row(&["server", "µs", "memory"]),
            row(&["a", "0.031", ""]),
            row(&["the-longest", "cannot do this at all, whatever one tries"]),
            row(&["b", "10.1", "8 MiB"]),
        ];
        let expected = "\
server          µs  memory
a            0.031
the-longest  cannot do this at all, whatever one tries
b             10.1   8 MiB
";
        assert_eq!(aligned(&rows), expected);
    }

    #[test]
    fn verdicts_with_their_reasons() {
        let report = sample::flood_report(&[
            (ServerName::Hobnob, &[0.06, 0.07, 0.08]),
            (ServerName::Baseline, &[0.04, 0.05, 0.055]),
        ]);
        let text = render(&report);
        let expected = "\
flood CPU/delivery  µs  0.050 (0.040–0.055)  0.070 (0.060–0.080)  +40.0 %     10.0 %    worse
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn the_cost_of_history_with_its_reasons() {
        let mut rounds = [0.7; 9];
        rounds[0] = 0.5;
        let text = render(&sample::history_report(&rounds, &[5_000; 9]));
        let expected = "
history: what keeping it costs

                                   memory               hobnob    cost        allowed  verdict
flood CPU/line    ms  0.100 (0.100–0.100)  0.140 (0.100–0.140)  1.40 ×          1.3 ×   missed
pace p99 latency  ms     15.0 (15.0–15.0)     15.0 (15.0–15.0)  +0.0 %  spread, 1.0 %     kept
";
        assert!(text.contains(expected), "{text}");
        for line in text.lines().take_while(|line| !line.starts_with("Medians and")) {
            assert!(line.chars().count() <= WIDTH_MAX, "{line}");
        }
        let report =
            sample::flood_report(&[(ServerName::Hobnob, &[]), (ServerName::Memory, &[0.5])]);
        let nothing = "\nhistory: what keeping it costs: no verdict, since neither flood nor pace \
                       has figures for both\n";
        assert!(render(&report).contains(nothing));
        assert!(!render(&sample::full_report()).contains("history"));
    }

    #[test]
    fn the_cost_of_character_mode_with_its_reasons() {
        let text = render(&sample::telnet_report(3_584.0, 3.2));
        let expected = "
character mode: what it costs

                                       hobnob            telnet       cost    allowed  verdict
idle memory/connection  KiB  1.00 (1.00–1.00)  3.50 (3.50–3.50)  +2.50 KiB  +4.00 KiB     kept
pace CPU/delivery        µs  2.00 (2.00–2.00)  3.20 (3.20–3.20)     1.60 ×      1.5 ×   missed

missed: telnet's median is more than hobnob's by a larger factor or difference than allowed.
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn the_cost_of_tls_with_its_reasons() {
        let text = render(&sample::tls_report(9_216.0, 1.3, 4_000.0, 1_300));
        for expected in [
            "
TLS: what it costs

                                       hobnob               tls       cost    allowed  verdict
idle memory/connection  KiB  1.00 (1.00–1.00)  9.00 (9.00–9.00)  +8.00 KiB  +8.00 KiB     kept
pace CPU/delivery        µs  1.00 (1.00–1.00)  1.30 (1.30–1.30)     1.30 ×     1.25 ×   missed
",
            "
TLS: its handshakes

                           nginx-bare               tls    cost         allowed  verdict
handshakes per core  k/s  5.00 (5.00–5.00)  4.00 (4.00–4.00)  0.80 ×  at least 0.8 ×     kept
",
            "
TLS: what the handshakes of others cost those who chat

                           without              with    cost  allowed  verdict
rush p99 latency  ms  3.00 (3.00–3.00)  3.90 (3.90–3.90)  1.30 ×    1.3 ×     kept
",
        ] {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let (text, expected) = (words(&text).join(" "), words(expected).join(" "));
            assert!(text.contains(&expected), "{expected} in {text}");
        }
        assert!(!text.contains("beside hobnob behind nginx"), "{text}");
    }

    /// Each case has only the servers that take part in it.
    #[test]
    fn cases_over_tls_have_rows_of_their_own() {
        let report = sample::tls_report(9_216.0, 1.3, 4_000.0, 1_300);
        let names = |case: Case| -> Vec<String> {
            let text = of_case(&report, case);
            let row = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
            text.lines().skip(2 + HEADINGS).map(row).collect()
        };
        assert_eq!(names(Case::Handshakes), ["tls", "stunnel", "nginx-bare"]);
        assert_eq!(names(Case::Rush), ["tls", "stunnel"]);
        assert_eq!(names(Case::Pace), ["hobnob", "tls", "stunnel"]);
        assert!(of_case(&report, Case::Handshakes).contains("× nginx-bare"));
    }

    #[test]
    fn an_invalid_comparison_says_so() {
        let report =
            sample::flood_report(&[(ServerName::Limit, &[0.2]), (ServerName::Redis, &[0.3])]);
        assert!(render(&report).contains("THIS COMPARISON IS INVALID: in flood, limit takes"));
    }
}
