//! The results for people, as text that fits a screen of 100 columns.
//!
//! It decides which columns a case's table has and what stands below it; `grid` sets them.

use super::case::Case;
use super::cost::{Allowance, Cost, Feature};
use super::grid::{Column, Grid, Group};
use super::metric::{Metric, Shown};
use super::report::{Report, difference, percent};
use super::server::ServerName;
use super::statistics::Summary;
use super::turns;
use super::verdict::{Judgement, RULE, Verdict};
use crate::quantity::ratio;

/// Columns of the screen that this is made for.
const WIDTH_MAX: usize = 100;

/// All tables and what has to be said about them.
pub(crate) fn render(report: &Report) -> String {
    let mut parts: Vec<String> = report.cases.iter().map(|case| of_case(report, *case)).collect();
    parts.extend(report.judgements().map(|judgements| against_baseline(&judgements)));
    parts.extend(report.costs().map(|(feature, costs)| costs_of(feature, &costs)));
    parts.push(footer(report));
    parts.join("\n")
}

fn of_case(report: &Report, case: Case) -> String {
    let mut groups = Vec::new();
    for metric in case.metrics() {
        groups.extend(group(report, case, metric));
        // Beside clients that never read, a latency says something only next to the same one
        // without them.
        if case == Case::Stall && metric.shown == Shown::Ratios {
            let of_pace = Case::Pace.metric(metric.key);
            groups.extend(of_pace.and_then(|metric| without_stalled(report, metric)));
        }
    }
    let grid = Grid {
        heading: String::new(),
        names: report.servers.iter().map(|server| server.name.name().to_owned()).collect(),
        words: report
            .servers
            .iter()
            .map(|server| Some(report.results.failure(case, server.name)?.brief.clone()))
            .collect(),
        groups,
    };
    format!("{}: {}\n\n{}", case.name(), report.plans.describe(case), grid.render())
}

/// A figure with as many columns as it deserves.
fn group(report: &Report, case: Case, metric: &Metric) -> Option<Group> {
    let summaries = report.column(case, metric);
    let scale = metric.unit.scale(summaries.iter().flatten().map(|summary| summary.median));
    let column = |heading: &str, cell: &dyn Fn(&Summary) -> String| Column {
        heading: heading.to_owned(),
        cells: summaries.iter().map(|found| found.as_ref().map_or(String::new(), cell)).collect(),
    };
    let times = |other: ServerName| {
        let other_summary = report.results.summary(case, other, metric)?;
        let cell = |summary: &Summary| summary.times(&other_summary).map_or(String::new(), ratio);
        Some(column(&format!("× {}", other.name()), &cell))
    };
    let median = column(scale.symbol, &|summary| scale.figure(summary.median));
    let spread = || column("min–max", &|summary| scale.range(summary.min, summary.max));
    let columns = match metric.shown {
        Shown::InFiles => return None,
        Shown::Median => vec![median],
        Shown::Spread => vec![median, spread()],
        Shown::Ratios => [median, spread()]
            .into_iter()
            .chain(times(ServerName::Limit))
            .chain(times(ServerName::Hobnob))
            .collect(),
    };
    Some(Group { title: metric.name.to_owned(), columns })
}

fn without_stalled(report: &Report, metric: &Metric) -> Option<Group> {
    let is_run = report.cases.contains(&Case::Pace);
    let shown = metric.shown_as("in pace", Shown::Median);
    is_run.then(|| group(report, Case::Pace, &shown)).flatten()
}

fn against_baseline(judgements: &[Judgement]) -> String {
    if judgements.is_empty() {
        return "against the baseline: nothing, since no case has figures of both\n".to_owned();
    }
    let judgements: Vec<&Judgement> = judgements.iter().collect();
    let verdict = |judged: &&Judgement| match judged.verdict {
        Verdict::Worse => "worse".to_owned(),
        Verdict::Better => "better".to_owned(),
        Verdict::WithinTheSpread => "noise".to_owned(),
    };
    let columns = vec![
        column("change", &judgements, |judged| percent(judged.change)),
        column("seen from", &judgements, |judged| seen_from(judged)),
        column("verdict", &judgements, verdict),
    ];
    let text = verdicts(&judgements, ["baseline", "this build"], columns);
    let note = format!(
        "{RULE}. Seen from: how large a change for the worse must be to lie beyond the baseline's \
         rounds."
    );
    format!("against the baseline\n\n{text}\n{}", wrapped(&note))
}

fn costs_of(feature: &Feature, costs: &[Cost]) -> String {
    let Feature { name, heading, .. } = feature;
    if costs.is_empty() {
        let cases: Vec<&str> = feature.cases().map(Case::name).collect();
        let cases = cases.join(" nor ");
        return format!("{name}: nothing, since neither {cases} has figures of both\n");
    }
    let judgements: Vec<&Judgement> = costs.iter().map(|cost| &cost.judged).collect();
    let cost = |cost: &Cost| match cost.allowance {
        Allowance::Times(_) => {
            let times = cost.judged.this.times(&cost.judged.reference);
            times.map_or(String::new(), |times| format!("{} ×", ratio(times)))
        }
        Allowance::More(_) => {
            let Judgement { metric, this, reference, .. } = &cost.judged;
            difference(metric, this.median - reference.median)
        }
        Allowance::Spread => percent(cost.judged.change),
    };
    let allowed = |cost: &Cost| match cost.allowance {
        Allowance::Times(times_max) => format!("{times_max} ×"),
        Allowance::More(more_max) => difference(cost.judged.metric, more_max),
        Allowance::Spread => format!("spread, {}", seen_from(&cost.judged)),
    };
    let verdict = |cost: &Cost| if cost.is_too_much() { "missed" } else { "kept" }.to_owned();
    let columns = vec![
        column("cost", costs, cost),
        column("allowed", costs, allowed),
        column("verdict", costs, verdict),
    ];
    let [with, without] = [feature.with, feature.without].map(ServerName::name);
    let text = verdicts(&judgements, [without, with], columns);
    let mut note = format!("{}.", feature.rule);
    if costs.iter().any(|cost| cost.allowance == Allowance::Spread) {
        note.push_str(&format!(
            " With the spread stands how large a change for the worse must be to lie beyond \
             {without}'s rounds."
        ));
    }
    format!("{name}: {heading}\n\n{text}\n{}", wrapped(&note))
}

/// A row for each, with the medians and the spread of the reference and of this build, which are
/// called so, before these columns.
fn verdicts(judgements: &[&Judgement], [reference, this]: [&str; 2], more: Vec<Column>) -> String {
    let scale = |judged: &Judgement| {
        judged.metric.unit.scale([judged.reference.median, judged.this.median])
    };
    let figure = |judged: &Judgement, summary: &Summary| {
        let (scale, Summary { median, min, max, .. }) = (scale(judged), *summary);
        format!("{} ({})", scale.figure(median), scale.range(min, max))
    };
    let mut columns = vec![
        column("", judgements, |judged| scale(judged).symbol.to_owned()),
        column(reference, judgements, |judged| figure(judged, &judged.reference)),
        column(this, judgements, |judged| figure(judged, &judged.this)),
    ];
    columns.extend(more);
    let name = |judged: &&Judgement| format!("{} {}", judged.case.name(), judged.metric.name);
    let grid = Grid {
        heading: String::new(),
        names: judgements.iter().map(name).collect(),
        words: Vec::new(),
        groups: vec![Group { title: String::new(), columns }],
    };
    // The line for titles is not used.
    grid.render().trim_start_matches('\n').to_owned()
}

fn column<T>(heading: &str, rows: &[T], cell: impl Fn(&T) -> String) -> Column {
    Column { heading: heading.to_owned(), cells: rows.iter().map(cell).collect() }
}

fn seen_from(judged: &Judgement) -> String {
    format!("{:.1} %", 100.0 * judged.seen_from)
}

fn footer(report: &Report) -> String {
    let mut text = String::new();
    for (case, server, failure) in report.results.failures() {
        let (case, server, round) = (case.name(), server.name(), failure.round);
        let line = format!("{case}, {server}, round {round}: {}", failure.line);
        text.push_str(&wrapped(&line));
    }
    if let Some(reason) = report.invalidity() {
        text.push_str(&wrapped(&format!("THIS COMPARISON IS INVALID: {reason}")));
    }
    if cfg!(debug_assertions) {
        text.push_str(&wrapped(
            "This program was built without optimisation, and so perhaps was hobnob-server: the \
             figures say little. Use cargo build --release --workspace.",
        ));
    }
    let rounds = report.rounds;
    let plural = if rounds == 1 { "round" } else { "rounds" };
    text.push_str(&wrapped(&format!("Medians and spread of {rounds} {plural}: {}.", turns::ORDER)));
    text.push_str(&wrapped(&report.machine.line()));
    // Not broken into lines: they are to be copied.
    for server in &report.servers {
        let (name, version) = (server.name.name(), &server.version);
        text.push_str(&format!("{name:<9} {version:<7} {}\n", server.command_line()));
    }
    text
}

/// In lines that fit a screen, all but the first indented.
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

        CPU/delivery                           CPU/line  deliveries  memory  generator
           µs      min–max  × limit  × hobnob        µs         M/s     MiB      cores
hobnob  0.055  0.050–0.060     0.50      1.00      11.0        2.00    8.00      0.750
limit   0.110  0.100–0.120     1.00      2.00      22.0        2.00    8.00      0.750
ngircd  0.220  0.200–0.240     2.00      4.00      44.0        2.00    8.00      0.750
";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("ngircd  refused to go on: the channel is full\n"), "{text}");
        assert!(text.contains("\npace, ngircd, round 1: irc://127.0.0.1:1 refused to go on: "));
    }

    #[test]
    fn tables_fit_a_screen() {
        let text = render(&sample::full_report());
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH_MAX, "{line}");
        }
    }

    #[test]
    fn the_stalled_stand_beside_the_paced() {
        let text = of_case(&sample::full_report(), Case::Stall);
        let row = text.lines().find(|line| line.starts_with("hobnob")).expect("it has a row");
        let words: Vec<&str> = row.split_whitespace().take(6).collect();
        assert_eq!(words, ["hobnob", "16.5", "16.5–16.5", "0.50", "1.00", "15.0"]);
    }

    #[test]
    fn columns_that_would_be_empty_are_left_out() {
        let report = sample::flood_report(&[(ServerName::Redis, &[0.3])]);
        let text = of_case(&report, Case::Flood);
        assert!(!text.contains('×'), "{text}");
    }

    #[test]
    fn verdicts_with_their_grounds() {
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
    fn what_history_costs_with_its_grounds() {
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
        let nothing = "\nhistory: nothing, since neither flood nor pace has figures of both\n";
        assert!(render(&report).contains(nothing));
        assert!(!render(&sample::full_report()).contains("history"));
    }

    #[test]
    fn what_character_mode_costs_with_its_grounds() {
        let text = render(&sample::telnet_report(3_584.0, 3.2));
        let expected = "
character mode: what it costs

                                       hobnob            telnet       cost    allowed  verdict
idle memory/connection  KiB  1.00 (1.00–1.00)  3.50 (3.50–3.50)  +2.50 KiB  +4.00 KiB     kept
pace CPU/delivery        µs  2.00 (2.00–2.00)  3.20 (3.20–3.20)     1.60 ×      1.5 ×   missed

missed: telnet's median is more than so many times hobnob's, or more than so much above it.
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn an_invalid_comparison_says_so() {
        let report =
            sample::flood_report(&[(ServerName::Limit, &[0.2]), (ServerName::Redis, &[0.3])]);
        assert!(render(&report).contains("THIS COMPARISON IS INVALID: in flood, limit takes"));
    }
}
