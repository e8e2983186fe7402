//! The cases: the purpose and size of each, and how to run it against one server.
//!
//! It knows no server by name.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use crate::error::RunError;
use crate::measure::{Flood, Handshakes, Idle, Pace, Rush};
use crate::plan::{FloodPlan, HandshakePlan, IdlePlan, PacePlan, RushPlan};
use crate::process::ServerProcess;
use crate::quantity::thousands;
use crate::runs;
use crate::stop::Stop;
use crate::target::Target;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Case {
    /// Deliveries as fast as the server and the window allow.
    Flood,
    /// Deliveries at a fixed rate: latency.
    Pace,
    /// Like pace, with clients that never read.
    Stall,
    /// Connections that do nothing.
    Idle,
    /// Like pace, while others shake hands over TLS.
    Rush,
    /// TLS handshakes as fast as the server accepts them.
    Handshakes,
}

impl Case {
    /// All cases, in the order in which they are run and shown.
    pub(crate) const ALL: [Self; 6] =
        [Self::Flood, Self::Pace, Self::Stall, Self::Idle, Self::Rush, Self::Handshakes];

    /// The name on the command line and in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flood => "flood",
            Self::Pace => "pace",
            Self::Idle => "idle",
            Self::Stall => "stall",
            Self::Rush => "rush",
            Self::Handshakes => "handshakes",
        }
    }

    /// Whether it is only possible over TLS.
    pub(crate) fn is_over_tls(self) -> bool {
        matches!(self, Self::Rush | Self::Handshakes)
    }
}

/// The sizes of the cases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    pub(crate) flood: FloodPlan,
    pub(crate) pace: PacePlan,
    pub(crate) idle: IdlePlan,
    pub(crate) stall: PacePlan,
    pub(crate) rush: RushPlan,
    pub(crate) handshakes: HandshakePlan,
}

impl Plans {
    /// Runs a case once, against a server that has just been started for it.
    pub(crate) fn measure(
        &self,
        case: Case,
        target: &Target,
        server: &ServerProcess,
        stop: &Stop,
    ) -> Result<Measured, RunError> {
        let server = Some(server);
        Ok(match case {
            Case::Flood => Measured::Flood(runs::flood(target, &self.flood, server, stop)?),
            Case::Pace => Measured::Pace(runs::pace(target, &self.pace, server, stop)?),
            Case::Idle => Measured::Idle(runs::idle(target, &self.idle, server, stop)?),
            Case::Stall => Measured::Pace(runs::pace(target, &self.stall, server, stop)?),
            Case::Rush => Measured::Rush(runs::rush(target, &self.rush, server, stop)?),
            Case::Handshakes => {
                Measured::Handshakes(runs::handshakes(target, &self.handshakes, server, stop)?)
            }
        })
    }

    /// A description for the line above a table.
    pub(crate) fn describe(&self, case: Case) -> String {
        match case {
            Case::Flood => {
                let FloodPlan { clients, senders, window, lines, line_bytes, .. } = &self.flood;
                format!(
                    "{} clients, {senders} of them senders, {} lines of {line_bytes} bytes, at \
                     most {} in flight",
                    count(*clients),
                    thousands(*lines as i64),
                    count(*window)
                )
            }
            Case::Pace => describe_pace(&self.pace),
            Case::Idle => {
                format!("{} connections that do nothing", count(self.idle.connections))
            }
            Case::Stall => {
                format!("as pace, with {} clients that never read", count(self.stall.stalled))
            }
            Case::Rush => {
                let RushPlan { handshakes, bursts, .. } = &self.rush;
                format!(
                    "as pace, while {} others shake hands over TLS and leave, in {} bursts",
                    count(*handshakes),
                    count(*bursts)
                )
            }
            Case::Handshakes => {
                let HandshakePlan { handshakes, at_once } = &self.handshakes;
                format!(
                    "{} clients shake hands over TLS and leave, {} of them at once",
                    count(*handshakes),
                    count(*at_once)
                )
            }
        }
    }

    /// The settings in JSON.
    pub(crate) fn settings(&self, case: Case) -> serde_json::Value {
        match case {
            Case::Flood => json!(self.flood),
            Case::Pace => json!(self.pace),
            Case::Idle => json!(self.idle),
            Case::Stall => json!(self.stall),
            Case::Rush => json!(self.rush),
            Case::Handshakes => json!(self.handshakes),
        }
    }
}

/// The result of one run of a case.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Measured {
    Flood(Flood),
    Pace(Pace),
    Idle(Idle),
    Rush(Rush),
    Handshakes(Handshakes),
}

fn describe_pace(plan: &PacePlan) -> String {
    let PacePlan { clients, senders, lines_per_second, duration, line_bytes, .. } = plan;
    format!(
        "{} clients, {senders} of them senders, {lines_per_second} lines of {line_bytes} bytes a \
         second for {}",
        count(*clients),
        seconds(*duration)
    )
}

fn count(number: usize) -> String {
    thousands(number as i64)
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_has_the_same_name_everywhere() {
        for case in Case::ALL {
            let value = case.to_possible_value().expect("no case is hidden");
            assert_eq!(value.get_name(), case.name());
            assert_eq!(json!(case), json!(case.name()));
        }
    }

    #[test]
    fn plans_in_words() {
        let mut plans = Plans::default();
        plans.flood = FloodPlan { clients: 200, senders: 4, lines: 50_000, ..plans.flood };
        plans.stall.stalled = 10;
        let check = |case, expected: &str| assert_eq!(plans.describe(case), expected);
        check(
            Case::Flood,
            "200 clients, 4 of them senders, 50,000 lines of 64 bytes, at most 500 in flight",
        );
        check(
            Case::Pace,
            "1,000 clients, 4 of them senders, 50 lines of 64 bytes a second for 3 s",
        );
        check(Case::Idle, "9,000 connections that do nothing");
        check(Case::Stall, "as pace, with 10 clients that never read");
        check(
            Case::Rush,
            "as pace, while 1,000 others shake hands over TLS and leave, in 10 bursts",
        );
        check(Case::Handshakes, "3,000 clients shake hands over TLS and leave, 32 of them at once");
    }
}
