//! The schedule: rounds, cases, and in each of them the servers one after another, each in its own
//! process.
//!
//! It does not know what is measured, or what follows from it.

use std::path::Path;

use super::case::{Case, Measured, Plans};
use super::child::RunningServer;
use super::results::{Failure, Results};
use super::server::Server;
use crate::error::RunError;
use crate::stop::Stop;

/// How the turns are ordered, for people.
pub(crate) const ORDER: &str = "in each round, all servers run a case before the next case begins; \
    their order changes from round to round, so that each follows every other about equally often";

pub(crate) struct Turns<'a> {
    pub(crate) servers: &'a [Server],
    pub(crate) cases: &'a [Case],
    pub(crate) plans: &'a Plans,
    pub(crate) rounds: usize,
    /// The folder in which each run's server gets its own.
    pub(crate) folder: &'a Path,
}

impl Turns<'_> {
    /// Runs all turns. A server that has failed in a case does not try it again.
    ///
    /// # Errors
    /// Only [`RunError::Interrupted`].
    pub(crate) fn take(&self, stop: &Stop) -> Result<Results, RunError> {
        let mut results = Results::default();
        for round in 0..self.rounds {
            for case in self.cases {
                for index in order(self.servers.len(), round) {
                    let server = &self.servers[index];
                    if !server.name.takes_part_in(*case) {
                        continue;
                    }
                    if results.failure(*case, server.name).is_none() {
                        self.one(*case, server, round, &mut results, stop)?;
                    }
                }
            }
        }
        Ok(results)
    }

    fn one(
        &self,
        case: Case,
        server: &Server,
        round: usize,
        results: &mut Results,
        stop: &Stop,
    ) -> Result<(), RunError> {
        let result = self.measure(case, server, round, stop);
        // An interrupted run may report something else first.
        if stop.is_set() {
            return Err(RunError::Interrupted);
        }
        match result {
            Ok(measured) => results.add(case, server.name, round, measured),
            Err(failure) => results.fail(case, server.name, failure),
        }
        Ok(())
    }

    fn measure(
        &self,
        case: Case,
        server: &Server,
        round: usize,
        stop: &Stop,
    ) -> Result<Measured, Failure> {
        let failed = |error: RunError| Failure::new(round, &error, None);
        // Without its own folder, a server would find data of earlier rounds or of another build.
        // The folder is dropped after the server, which may still write to it.
        let folder = tempfile::tempdir_in(self.folder).map_err(|error| {
            let name = server.name.name();
            failed(RunError::Machine(format!("cannot create a folder for {name}: {error}")))
        })?;
        let mut running = RunningServer::start(server, folder.path(), stop).map_err(failed)?;
        let process = running.process().map_err(failed)?;
        let result = self.plans.measure(case, running.target(), &process, stop);
        match result {
            Ok(measured) => match running.obituary() {
                None => Ok(measured),
                // The run was successful, but nobody had told the server to exit.
                Some(obituary) => Err(failed(RunError::Machine(obituary))),
            },
            Err(error) => Err(Failure::new(round, &error, running.obituary_soon())),
        }
    }
}

/// The order of this many servers in a round: the rows of a Williams design, a Latin square in
/// which each follows each other equally often. Otherwise a server's leftovers (memory that the
/// kernel has not reclaimed yet, ports that are still closing) would always affect the same next
/// one, and two compared builds would not be treated alike.
fn order(servers: usize, round: usize) -> Vec<usize> {
    let zigzag = (0..servers).map(|place| match place {
        0 => 0,
        odd if odd % 2 == 1 => odd.div_ceil(2),
        even => servers - even / 2,
    });
    let mut order: Vec<usize> = zigzag.map(|server| (server + round) % servers).collect();
    // An odd number of servers uses the mirrored rows, too.
    if servers % 2 == 1 && (round / servers) % 2 == 1 {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_server_runs_in_each_round_and_follows_each_other_equally_often() {
        for servers in 1..=6 {
            let mut followed: BTreeMap<(usize, usize), usize> = BTreeMap::new();
            for round in 0..2 * servers {
                let order = order(servers, round);
                let mut sorted = order.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..servers).collect::<Vec<_>>(), "round {round}");
                for pair in order.windows(2) {
                    *followed.entry((pair[0], pair[1])).or_default() += 1;
                }
            }
            assert_eq!(followed.len(), servers * (servers - 1));
            assert!(followed.values().all(|times| *times == 2), "{servers}: {followed:?}");
        }
    }

    #[test]
    fn two_builds_alternate() {
        let rounds: Vec<_> = (0..4).map(|round| order(2, round)).collect();
        assert_eq!(rounds, [[0, 1], [1, 0], [0, 1], [1, 0]]);
    }
}
