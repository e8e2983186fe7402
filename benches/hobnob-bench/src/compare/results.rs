//! The results of all rounds so far.
//!
//! It does not know how servers are started or how results are shown.

use std::collections::BTreeMap;

use serde::Serialize;

use super::case::{Case, Measured};
use super::metric::Metric;
use super::server::ServerName;
use super::statistics::Summary;
use crate::error::RunError;

/// Maximum length of a failure in a table row.
const BRIEF_CHARS_MAX: usize = 72;

#[derive(Debug, Default)]
pub(crate) struct Results {
    cells: BTreeMap<(Case, ServerName), Cell>,
}

/// The runs of one server in one case.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    /// The completed runs.
    pub(crate) samples: Vec<Sample>,
    /// Why there are no more of them.
    pub(crate) failure: Option<Failure>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Sample {
    /// The round, counting from 1.
    pub(crate) round: usize,
    pub(crate) measured: Measured,
}

/// A run that could not be completed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    /// The round, counting from 1.
    pub(crate) round: usize,
    /// The reason in a few words.
    pub(crate) brief: String,
    /// The full reason.
    pub(crate) line: String,
    /// The server cannot do this at all, which is no fault.
    pub(crate) is_unavailable: bool,
}

impl Results {
    /// Adds a completed run; here rounds count from 0.
    pub(crate) fn add(&mut self, case: Case, server: ServerName, round: usize, measured: Measured) {
        let cell = self.cells.entry((case, server)).or_default();
        cell.samples.push(Sample { round: round + 1, measured });
    }

    /// Records a failed run, after which this server does not try this case again.
    pub(crate) fn fail(&mut self, case: Case, server: ServerName, failure: Failure) {
        self.cells.entry((case, server)).or_default().failure = Some(failure);
    }

    /// The runs of one server in one case.
    pub(crate) fn cell(&self, case: Case, server: ServerName) -> Option<&Cell> {
        self.cells.get(&(case, server))
    }

    /// Why a server has no figures in a case.
    pub(crate) fn failure(&self, case: Case, server: ServerName) -> Option<&Failure> {
        self.cell(case, server)?.failure.as_ref()
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = (Case, ServerName, &Failure)> {
        self.cells
            .iter()
            .filter_map(|((case, server), cell)| Some((*case, *server, cell.failure.as_ref()?)))
    }

    /// A figure over all rounds; `None` for a server that has failed, because fewer rounds cannot
    /// be compared with all rounds of the others.
    pub(crate) fn summary(
        &self,
        case: Case,
        server: ServerName,
        metric: &Metric,
    ) -> Option<Summary> {
        let cell = self.cell(case, server).filter(|cell| cell.failure.is_none())?;
        let values: Vec<f64> =
            cell.samples.iter().filter_map(|sample| metric.of(&sample.measured)).collect();
        Summary::of(&values)
    }
}

impl Failure {
    /// A failed run in this round, counting from 0; `aftermath` is what is known about the server's
    /// exit.
    pub(crate) fn new(round: usize, error: &RunError, aftermath: Option<String>) -> Self {
        let brief = match error {
            RunError::Connect { reason, .. } => format!("cannot connect: {reason}"),
            RunError::Refused { reason, .. } => format!("refused to continue: {reason}"),
            RunError::Closed { phase, .. } => format!("closed a connection during {phase}"),
            RunError::Silent { seconds, phase, .. } => {
                format!("fell silent for {seconds} s during {phase}")
            }
            RunError::Slow { ready, connections, seconds, .. } => {
                format!("set up {ready} of {connections} connections in {seconds} s")
            }
            RunError::Delivery { what, .. } => format!("delivered wrongly: {what}"),
            RunError::Machine(_) | RunError::Unavailable(_) | RunError::Interrupted => {
                error.to_string()
            }
        };
        let is_unavailable = matches!(error, RunError::Unavailable(_));
        let line = match aftermath {
            Some(aftermath) => format!("{error}; {aftermath}"),
            None => error.to_string(),
        };
        let brief = shortened(&brief, BRIEF_CHARS_MAX);
        Self { round: round + 1, brief, line, is_unavailable }
    }
}

/// The text on one line, with dots in place of omitted text.
pub(crate) fn shortened(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    if text.chars().count() <= chars_max {
        return text;
    }
    let kept: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_server_that_has_failed_has_no_figures() {
        let mut results = Results::default();
        let metric = Case::Flood.metric("cpu_us_per_delivery").expect("flood has it");
        let (hobnob, redis) = (ServerName::Hobnob, ServerName::Redis);
        for round in 0..3 {
            results.add(Case::Flood, hobnob, round, sample::flood(1.0 + round as f64));
            results.add(Case::Flood, redis, round, sample::flood(7.0));
        }
        let error = RunError::Machine("no descriptors left".to_owned());
        results.fail(Case::Flood, redis, Failure::new(2, &error, None));
        let summary = results.summary(Case::Flood, hobnob, metric).expect("it has runs");
        assert_eq!((summary.rounds, summary.median), (3, 2.0));
        assert_eq!(results.summary(Case::Flood, redis, metric), None);
        assert_eq!(results.summary(Case::Idle, hobnob, metric), None);
        let failed: Vec<_> = results.failures().map(|(case, server, _)| (case, server)).collect();
        assert_eq!(failed, [(Case::Flood, redis)]);
    }

    #[test]
    fn failures_in_a_few_words() {
        let target = || "irc://127.0.0.1:6667".parse().expect("a URL");
        let check = |error: RunError, expected: &str| {
            assert_eq!(Failure::new(0, &error, None).brief, expected);
        };
        let silent = RunError::Silent {
            target: target(),
            seconds: 10,
            phase: "joining",
            progress: "213 of 1000".to_owned(),
        };
        check(silent, "fell silent for 10 s during joining");
        let closed = RunError::Closed {
            target: target(),
            connection: 3,
            phase: "sending",
            reason: "end of stream".to_owned(),
        };
        let failure = Failure::new(4, &closed, Some("it has ended: signal 11".to_owned()));
        assert_eq!(failure.round, 5);
        assert_eq!(failure.brief, "closed a connection during sending");
        assert!(failure.line.starts_with("irc://127.0.0.1:6667 closed connection 3"));
        assert!(failure.line.ends_with("end of stream; it has ended: signal 11"));
        check(RunError::Machine("x ".repeat(60)), &format!("{}…", "x ".repeat(36).trim_end()));
    }

    #[test]
    fn shortened_to_one_line() {
        let check = |text: &str, expected: &str| assert_eq!(shortened(text, 8), expected);
        check("short", "short");
        check("exactly8", "exactly8");
        check("more than that", "more th…");
        check("two\n lines", "two lin…");
        check("ééééééééé", "ééééééé…");
    }
}
