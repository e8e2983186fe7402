//! The results for programs, as JSON.
//!
//! Figures are plain numbers in the unit given beside them. Fields are never renamed or removed
//! without a new [`FORMAT`].

use serde_json::{Value, json};

use super::case::Case;
use super::cost::{Allowance, Cost, FEATURES, Feature};
use super::metric::{Better, Metric};
use super::report::Report;
use super::server::{Server, ServerName, Site};
use super::turns;
use super::verdict::{Judgement, RULE, Verdict};

const FORMAT: u32 = 1;

pub(crate) fn render(report: &Report) -> Value {
    let reason = report.invalidity();
    let server = |server: &Server| {
        json!({
            "server": server.name,
            "version": server.version,
            "command": server.command_line(),
            "configuration": server
                .configuration(&Site::anywhere())
                .map(|(_, text)| text),
        })
    };
    let case = |case: &Case| {
        let servers = report.servers_in(*case);
        json!({
            "case": case,
            "settings": report.plans.settings(*case),
            "servers": servers.map(|server| cell(report, *case, server.name)).collect::<Vec<_>>(),
        })
    };
    let mut all = json!({
        "format": FORMAT,
        "program": "hobnob-bench",
        "version": env!("CARGO_PKG_VERSION"),
        "optimised": !cfg!(debug_assertions),
        "machine": report.machine,
        "rounds": report.rounds,
        "order": turns::ORDER,
        "servers": report.servers.iter().map(server).collect::<Vec<_>>(),
        "cases": report.cases.iter().map(case).collect::<Vec<_>>(),
        "baseline": report.judgements().map(|judgements| baseline(&judgements)),
        "valid": reason.is_none(),
        "invalid_because": reason,
        "problems": report.problems(),
    });
    for feature in &FEATURES {
        all[feature.key] = Value::Null;
    }
    for (feature, found) in report.costs() {
        all[feature.key] = costs(feature, &found);
    }
    all
}

/// One server in one case.
fn cell(report: &Report, case: Case, server: ServerName) -> Value {
    let cell = report.results.cell(case, server);
    let figures: serde_json::Map<String, Value> = case
        .metrics()
        .iter()
        .filter_map(|metric| Some((metric.key.to_owned(), figure(report, case, server, metric)?)))
        .collect();
    json!({
        "server": server,
        "figures": figures,
        "runs": cell.map_or(&[][..], |cell| &cell.samples),
        "failure": cell.and_then(|cell| cell.failure.as_ref()),
    })
}

fn figure(report: &Report, case: Case, server: ServerName, metric: &Metric) -> Option<Value> {
    let summary = report.results.summary(case, server, metric)?;
    let times = |other: ServerName| {
        report.results.summary(case, other, metric).and_then(|other| summary.times(&other))
    };
    Some(json!({
        "unit": metric.unit.name(),
        "better": match metric.better {
            Better::Lower => "lower",
            Better::Higher => "higher",
        },
        "rounds": summary.rounds,
        "median": summary.median,
        "min": summary.min,
        "max": summary.max,
        "times_limit": times(ServerName::Limit),
        "times_hobnob": times(ServerName::Hobnob),
    }))
}

fn baseline(judgements: &[Judgement]) -> Value {
    let figure = |judged: &Judgement| grounds(judged, "this", "baseline");
    json!({
        "rule": RULE,
        "worse": judgements.iter().any(|judged| judged.verdict == Verdict::Worse),
        "figures": judgements.iter().map(figure).collect::<Vec<_>>(),
    })
}

fn costs(feature: &Feature, costs: &[Cost]) -> Value {
    let figure = |cost: &Cost| {
        let [with, without] = feature.labels();
        let mut figure = grounds(&cost.judged, with, without);
        figure["times"] = json!(cost.judged.this.times(&cost.judged.reference));
        figure["times_max"] = match cost.allowance {
            Allowance::Times(times_max) => json!(times_max),
            _ => Value::Null,
        };
        figure["times_min"] = match cost.allowance {
            Allowance::TimesMin(times_min) => json!(times_min),
            _ => Value::Null,
        };
        figure["more_max"] = match cost.allowance {
            Allowance::More(more_max) => json!(more_max),
            _ => Value::Null,
        };
        figure["missed"] = json!(cost.is_too_much());
        figure
    };
    json!({
        "rule": feature.rule,
        "missed": costs.iter().any(Cost::is_too_much),
        "figures": costs.iter().map(figure).collect::<Vec<_>>(),
    })
}

/// A verdict, with the names of this build and of the reference.
fn grounds(judged: &Judgement, this: &str, reference: &str) -> Value {
    json!({
        "case": judged.case,
        "metric": judged.metric.key,
        "unit": judged.metric.unit.name(),
        (this): judged.this,
        (reference): judged.reference,
        "change": judged.change,
        "seen_from": judged.seen_from,
        "verdict": judged.verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_json_has_samples_summaries_and_failures() {
        let report = render(&sample::full_report());
        let check = |pointer: &str, expected: Value| {
            assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/format", json!(1));
        check("/rounds", json!(3));
        check("/machine/cores", json!(2));
        check("/valid", json!(true));
        check("/invalid_because", Value::Null);
        check("/baseline", Value::Null);
        check("/history", Value::Null);
        check("/character_mode", Value::Null);
        check("/servers/1/command", json!("/opt/limit limit --listen 127.0.0.1:PORT"));
        check("/cases/0/case", json!("flood"));
        check("/cases/0/settings/window", json!(500));
        check("/cases/0/servers/1/server", json!("limit"));
        check("/cases/0/servers/1/runs/2/round", json!(3));
        check("/cases/0/servers/1/runs/2/measured/deliveries", json!(10_000_000));
        check("/cases/3/servers/1/figures/resident_bytes_per_connection/times_hobnob", json!(2.0));
        check("/cases/0/servers/0/figures/cpu_us_per_delivery/times_limit", json!(0.5));
        check("/cases/0/servers/0/failure", Value::Null);
        check("/cases/1/servers/2/figures", json!({}));
        check("/cases/1/servers/2/failure/round", json!(1));
    }

    #[test]
    fn the_json_has_verdicts() {
        let report = render(&sample::flood_report(&[
            (ServerName::Hobnob, &[0.06; 9]),
            (ServerName::Baseline, &[0.04; 9]),
            (ServerName::Limit, &[0.2; 9]),
            (ServerName::Redis, &[0.4; 9]),
        ]));
        let check = |pointer: &str, expected: Value| {
            assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/baseline/worse", json!(true));
        check("/baseline/figures/0/verdict", json!("worse"));
        check("/baseline/figures/0/baseline/median", json!(0.04));
        check("/valid", json!(false));
    }

    #[test]
    fn the_json_has_the_cost_of_history() {
        let report = render(&sample::history_report(&[0.75; 9], &[5_000; 9]));
        let check = |pointer: &str, expected: Value| {
            assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/history/missed", json!(true));
        check("/history/figures/0/metric", json!("cpu_us_per_line"));
        check("/history/figures/0/hobnob/median", json!(150.0));
        check("/history/figures/0/memory/median", json!(100.0));
        check("/history/figures/0/times", json!(1.5));
        check("/history/figures/0/times_max", json!(1.3));
        check("/history/figures/0/missed", json!(true));
        check("/history/figures/1/metric", json!("p99_us"));
        check("/history/figures/1/times_max", Value::Null);
        check("/history/figures/1/verdict", json!("within_the_spread"));
        check("/history/figures/1/missed", json!(false));
        check("/baseline", Value::Null);
        check(
            "/servers/1/command",
            json!("/opt/memory --listen 127.0.0.1:PORT --flood off --history-lines 0"),
        );
    }

    #[test]
    fn the_json_has_the_cost_of_tls() {
        let report = render(&sample::tls_report(9_216.0, 1.0, 3_000.0, 1_300));
        let check = |pointer: &str, expected: Value| {
            assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/tls/missed", json!(false));
        check("/tls/figures/0/more_max", json!(8_192.0));
        check("/tls_beside_stunnel/figures/0/times", json!(0.5));
        check("/tls_beside_nginx", Value::Null);
        check("/tls_handshakes/missed", json!(true));
        check("/tls_handshakes/figures/0/times_min", json!(0.8));
        check("/tls_handshakes/figures/0/nginx-bare/median", json!(5_000.0));
        check("/tls_rush/figures/0/without/median", json!(3_000.0));
        check("/tls_rush/figures/0/with/median", json!(3_900.0));
    }

    #[test]
    fn the_json_has_the_cost_of_character_mode() {
        let report = render(&sample::telnet_report(6_144.0, 2.0));
        let check = |pointer: &str, expected: Value| {
            assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/character_mode/missed", json!(true));
        check("/character_mode/figures/0/telnet/median", json!(6_144.0));
        check("/character_mode/figures/0/hobnob/median", json!(1_024.0));
        check("/character_mode/figures/0/more_max", json!(4_096.0));
        check("/character_mode/figures/0/times_max", Value::Null);
        check("/character_mode/figures/0/missed", json!(true));
        check("/character_mode/figures/1/times_max", json!(1.5));
        check("/character_mode/figures/1/more_max", Value::Null);
        check("/character_mode/figures/1/missed", json!(false));
        check("/history", Value::Null);
    }
}
