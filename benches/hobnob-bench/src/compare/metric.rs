//! The figures of a run: which ones each case has, which count, and which are shown.
//!
//! It knows neither servers nor rounds.

use super::case::{Case, Measured};
use crate::measure::{
    Flood, HandshakeUse, Handshakes, Idle, IdleUse, Latency, Pace, Rush, ServerUse,
};
use crate::quantity::Unit;

/// One figure of a case.
#[derive(Clone, Debug)]
pub(crate) struct Metric {
    /// The name in files.
    pub(crate) key: &'static str,
    /// The name for people.
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// Which direction is better.
    pub(crate) better: Better,
    /// How much of it is shown to people.
    pub(crate) shown: Shown,
    read: fn(&Measured) -> Option<f64>,
}

/// Which direction is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    Lower,
    Higher,
}

/// How much of a figure is shown. The table of a case must fit on a screen and be understood at
/// once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shown {
    /// Only in the files.
    InFiles,
    Median,
    /// The median and the spread. The figure is in the chart and is judged against a baseline.
    Spread,
    /// The same, with ratios.
    Ratios,
}

impl Metric {
    /// The value in one run; `None` if the run does not have it.
    pub(crate) fn of(&self, measured: &Measured) -> Option<f64> {
        (self.read)(measured).filter(|value| value.is_finite())
    }

    /// The same figure with another name and display.
    pub(crate) fn shown_as(&self, name: &'static str, shown: Shown) -> Self {
        Self { name, shown, ..self.clone() }
    }

    /// Whether it is one of a case's main figures.
    fn is_main(&self) -> bool {
        self.shown >= Shown::Spread
    }
}

impl Case {
    /// All figures of this case, the main ones first.
    pub(crate) fn metrics(self) -> &'static [Metric] {
        match self {
            Self::Flood => &FLOOD,
            Self::Pace => &PACE,
            Self::Idle => &IDLE,
            Self::Stall => &STALL,
            Self::Rush => &RUSH,
            Self::Handshakes => &HANDSHAKES,
        }
    }

    /// The figure with this name. `None` would be a bug in this program.
    pub(crate) fn metric(self, key: &str) -> Option<&'static Metric> {
        self.metrics().iter().find(|metric| metric.key == key)
    }
}

/// The main figures of these cases, each with its case.
pub(crate) fn main_metrics(cases: &[Case]) -> impl Iterator<Item = (Case, &'static Metric)> {
    cases.iter().flat_map(|case| {
        case.metrics().iter().filter(|metric| metric.is_main()).map(move |metric| (*case, metric))
    })
}

/// Deliveries per second are shown but not judged: close to one core, the generator limits them.
/// Processor time per line is not judged either: against another build it says no more than
/// processor time per delivery.
static FLOOD: [Metric; 8] = [
    CPU_PER_DELIVERY,
    cost("user_us_per_delivery", "CPU outside the kernel", Unit::Micros, Shown::InFiles, |run| {
        Some(server(run)?.user_us_per_delivery)
    }),
    cost("system_us_per_delivery", "CPU in the kernel", Unit::Micros, Shown::InFiles, |run| {
        Some(server(run)?.system_us_per_delivery)
    }),
    cost("cpu_us_per_line", "CPU/line", Unit::Micros, Shown::Median, |run| {
        Some(server(run)?.cpu_us_per_line)
    }),
    gain("deliveries_per_second", "deliveries", Unit::PerSecond, Shown::Median, |run| {
        Some(flood(run)?.deliveries_per_second)
    }),
    gain("lines_per_second", "lines", Unit::PerSecond, Shown::InFiles, |run| {
        Some(flood(run)?.lines_per_second)
    }),
    MEMORY_PEAK,
    cost("generator_cores", "generator", Unit::Cores, Shown::Median, |run| {
        Some(flood(run)?.generator.cores)
    }),
];

static PACE: [Metric; 7] = [
    CPU_PER_DELIVERY,
    P99,
    P50,
    latency("p90_us", "p90", Shown::InFiles, |run| Some(quantiles(run)?.p90_us as f64)),
    latency("p999_us", "p99.9", Shown::Median, |run| Some(quantiles(run)?.p999_us as f64)),
    latency("max_us", "max", Shown::InFiles, |run| Some(quantiles(run)?.max_us as f64)),
    MEMORY_PEAK,
];

static IDLE: [Metric; 6] = [
    cost("resident_bytes_per_connection", "memory/connection", Unit::Bytes, Shown::Ratios, |run| {
        Some(idle_server(run)?.resident_bytes_per_connection)
    }),
    gain("connections_per_second", "connections", Unit::PerSecond, Shown::Ratios, |run| {
        Some(idle(run)?.connections_per_second)
    }),
    cost("kernel_bytes_per_connection", "kernel", Unit::Bytes, Shown::Median, |run| {
        Some(idle_server(run)?.kernel_bytes_per_connection)
    }),
    cost("memory_bytes", "memory", Unit::Bytes, Shown::InFiles, |run| {
        Some(idle_server(run)?.memory_bytes as f64)
    }),
    cost("threads", "threads", Unit::Count, Shown::InFiles, |run| {
        Some(idle_server(run)?.threads as f64)
    }),
    cost("cpu_us_per_connection", "CPU/connection", Unit::Micros, Shown::InFiles, |run| {
        Some(idle_server(run)?.cpu_us_per_connection)
    }),
];

/// The figures of the reading clients; the others have no latency.
static STALL: [Metric; 7] = [
    Metric { shown: Shown::Ratios, ..P99 },
    P50,
    latency("p90_us", "p90", Shown::InFiles, |run| Some(quantiles(run)?.p90_us as f64)),
    latency("p999_us", "p99.9", Shown::InFiles, |run| Some(quantiles(run)?.p999_us as f64)),
    latency("max_us", "max", Shown::InFiles, |run| Some(quantiles(run)?.max_us as f64)),
    Metric { name: "CPU", shown: Shown::Median, ..CPU_PER_DELIVERY },
    MEMORY_PEAK,
];

/// The figures of those who chat. What the handshakes need is not apart from it.
static RUSH: [Metric; 7] = [
    Metric { shown: Shown::Ratios, ..P99 },
    latency("p99_without_us", "without", Shown::Spread, |run| {
        Some(rush(run)?.without.latency.p99_us as f64)
    }),
    P50,
    latency("p90_us", "p90", Shown::InFiles, |run| Some(quantiles(run)?.p90_us as f64)),
    latency("p999_us", "p99.9", Shown::InFiles, |run| Some(quantiles(run)?.p999_us as f64)),
    latency("max_us", "max", Shown::Median, |run| Some(quantiles(run)?.max_us as f64)),
    MEMORY_PEAK,
];

/// What a core can do does not depend on what else the machine does.
static HANDSHAKES: [Metric; 6] = [
    gain("handshakes_per_core_second", "per core", Unit::PerSecond, Shown::Ratios, |run| {
        Some(handshake_server(run)?.handshakes_per_core_second)
    }),
    cost("cpu_us_per_handshake", "CPU/handshake", Unit::Micros, Shown::Median, |run| {
        Some(handshake_server(run)?.cpu_us_per_handshake)
    }),
    gain("handshakes_per_second", "in all", Unit::PerSecond, Shown::Median, |run| {
        Some(handshakes(run)?.handshakes_per_second)
    }),
    cost("cores", "server", Unit::Cores, Shown::Median, |run| Some(handshake_server(run)?.cores)),
    cost("threads", "threads", Unit::Count, Shown::InFiles, |run| {
        Some(handshake_server(run)?.threads as f64)
    }),
    cost("generator_cores", "generator", Unit::Cores, Shown::Median, |run| {
        Some(handshakes(run)?.generator.cores)
    }),
];

const CPU_PER_DELIVERY: Metric =
    cost("cpu_us_per_delivery", "CPU/delivery", Unit::Micros, Shown::Ratios, |run| {
        Some(server(run)?.cpu_us_per_delivery)
    });

const MEMORY_PEAK: Metric =
    cost("memory_peak_bytes", "memory", Unit::Bytes, Shown::Median, |run| {
        Some(server(run)?.memory_peak_bytes as f64)
    });

const P50: Metric =
    latency("p50_us", "p50", Shown::Median, |run| Some(quantiles(run)?.p50_us as f64));

const P99: Metric =
    latency("p99_us", "p99 latency", Shown::Spread, |run| Some(quantiles(run)?.p99_us as f64));

type Read = fn(&Measured) -> Option<f64>;

const fn cost(
    key: &'static str,
    name: &'static str,
    unit: Unit,
    shown: Shown,
    read: Read,
) -> Metric {
    Metric { key, name, unit, better: Better::Lower, shown, read }
}

const fn gain(
    key: &'static str,
    name: &'static str,
    unit: Unit,
    shown: Shown,
    read: Read,
) -> Metric {
    Metric { key, name, unit, better: Better::Higher, shown, read }
}

const fn latency(key: &'static str, name: &'static str, shown: Shown, read: Read) -> Metric {
    cost(key, name, Unit::Micros, shown, read)
}

fn flood(measured: &Measured) -> Option<&Flood> {
    if let Measured::Flood(flood) = measured { Some(flood) } else { None }
}

/// With all that should disturb it.
fn pace(measured: &Measured) -> Option<&Pace> {
    match measured {
        Measured::Pace(pace) => Some(pace),
        Measured::Rush(rush) => Some(&rush.with),
        _ => None,
    }
}

fn idle(measured: &Measured) -> Option<&Idle> {
    if let Measured::Idle(idle) = measured { Some(idle) } else { None }
}

fn rush(measured: &Measured) -> Option<&Rush> {
    if let Measured::Rush(rush) = measured { Some(rush) } else { None }
}

fn handshakes(measured: &Measured) -> Option<&Handshakes> {
    if let Measured::Handshakes(handshakes) = measured { Some(handshakes) } else { None }
}

fn quantiles(measured: &Measured) -> Option<&Latency> {
    pace(measured).map(|pace| &pace.latency)
}

fn server(measured: &Measured) -> Option<&ServerUse> {
    match measured {
        Measured::Flood(flood) => flood.server.as_ref(),
        measured => pace(measured)?.server.as_ref(),
    }
}

fn idle_server(measured: &Measured) -> Option<&IdleUse> {
    idle(measured)?.server.as_ref()
}

fn handshake_server(measured: &Measured) -> Option<&HandshakeUse> {
    handshakes(measured)?.server.as_ref()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::sample;
    use super::*;

    #[test]
    fn figures_are_read_from_the_right_places() {
        let check = |case: Case, measured: &Measured, key: &str, expected: f64| {
            let metric = case.metric(key).expect("the case has it");
            assert_eq!(metric.of(measured), Some(expected), "{key}");
        };
        let flood = sample::flood(0.5);
        check(Case::Flood, &flood, "cpu_us_per_delivery", 0.5);
        check(Case::Flood, &flood, "user_us_per_delivery", 0.125);
        check(Case::Flood, &flood, "system_us_per_delivery", 0.375);
        check(Case::Flood, &flood, "cpu_us_per_line", 100.0);
        check(Case::Flood, &flood, "deliveries_per_second", 2_000_000.0);
        check(Case::Flood, &flood, "lines_per_second", 10_000.0);
        check(Case::Flood, &flood, "memory_peak_bytes", 8_388_608.0);
        check(Case::Flood, &flood, "generator_cores", 0.75);
        let pace = sample::pace(5_000);
        check(Case::Pace, &pace, "cpu_us_per_delivery", 9.0);
        check(Case::Pace, &pace, "p50_us", 5_000.0);
        check(Case::Pace, &pace, "p90_us", 10_000.0);
        check(Case::Stall, &pace, "p99_us", 15_000.0);
        check(Case::Stall, &pace, "p999_us", 20_000.0);
        check(Case::Stall, &pace, "max_us", 25_000.0);
        let idle = sample::idle(1_024.0);
        check(Case::Idle, &idle, "resident_bytes_per_connection", 1_024.0);
        check(Case::Idle, &idle, "kernel_bytes_per_connection", 7_000.0);
        check(Case::Idle, &idle, "connections_per_second", 20_000.0);
        check(Case::Idle, &idle, "threads", 5.0);
        let rush = sample::rush(5_000, 7_000);
        check(Case::Rush, &rush, "p99_us", 21_000.0);
        check(Case::Rush, &rush, "p99_without_us", 15_000.0);
        let handshakes = sample::handshakes(4_000.0);
        check(Case::Handshakes, &handshakes, "handshakes_per_core_second", 4_000.0);
        check(Case::Handshakes, &handshakes, "cpu_us_per_handshake", 250.0);
        check(Case::Handshakes, &handshakes, "handshakes_per_second", 2_000.0);
        check(Case::Handshakes, &handshakes, "generator_cores", 0.75);
    }

    #[test]
    fn each_case_has_main_figures_and_unique_names() {
        for case in Case::ALL {
            let keys: BTreeSet<_> = case.metrics().iter().map(|metric| metric.key).collect();
            assert_eq!(keys.len(), case.metrics().len(), "{}", case.name());
            assert_eq!(case.metrics()[0].shown, Shown::Ratios, "{}", case.name());
        }
        assert!(Case::Idle.metric("p99_us").is_none());
    }

    #[test]
    fn missing_figures_are_absent() {
        for metric in Case::Flood.metrics() {
            assert_eq!(metric.of(&sample::idle(1.0)), None, "{}", metric.key);
        }
        let infinite = sample::flood(f64::INFINITY);
        assert_eq!(CPU_PER_DELIVERY.of(&infinite), None);
    }
}
