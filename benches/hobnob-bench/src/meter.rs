//! Measures a phase: its time, and the resource usage of the server and of this program.

use std::time::{Duration, Instant};

use crate::error::RunError;
use crate::measure::{GeneratorUse, HandshakeUse, ServerUse, per_second};
use crate::process::{CpuTime, ServerProcess};

pub(crate) struct Meter<'a> {
    server: Option<&'a ServerProcess>,
    ourselves: ServerProcess,
    server_before: CpuTime,
    own_before: CpuTime,
    started_at: Instant,
}

pub(crate) struct Used {
    pub(crate) time: Duration,
    /// In total, and outside the kernel.
    pub(crate) server: (Duration, Duration),
    own: Duration,
}

impl<'a> Meter<'a> {
    pub(crate) fn start(server: Option<&'a ServerProcess>) -> Result<Self, RunError> {
        let ourselves = ServerProcess::ourselves()?;
        Ok(Self {
            server,
            server_before: cpu_time(server)?,
            own_before: ourselves.cpu_time()?,
            ourselves,
            started_at: Instant::now(),
        })
    }

    pub(crate) fn stop(self) -> Result<Used, RunError> {
        Ok(Used {
            time: self.started_at.elapsed(),
            server: cpu_time(self.server)?.since(self.server_before),
            own: self.ourselves.cpu_time()?.since(self.own_before).0,
        })
    }
}

impl Used {
    pub(crate) fn by_server(
        &self,
        server: Option<&ServerProcess>,
        lines: u64,
        deliveries: u64,
    ) -> Result<Option<ServerUse>, RunError> {
        let Some(server) = server else { return Ok(None) };
        let footprint = server.footprint()?;
        let (total, user) = self.server;
        let each_of = |count: u64, time: Duration| time.as_secs_f64() * 1e6 / count as f64;
        let each = |time| each_of(deliveries, time);
        Ok(Some(ServerUse {
            pid: server.pid(),
            cpu_us_per_delivery: each(total),
            user_us_per_delivery: each(user),
            system_us_per_delivery: each(total.saturating_sub(user)),
            cpu_us_per_line: each_of(lines, total),
            cores: total.as_secs_f64() / self.time.as_secs_f64(),
            memory_peak_bytes: footprint.peak_bytes,
            threads: footprint.threads,
        }))
    }

    pub(crate) fn by_server_for_handshakes(
        &self,
        server: Option<&ServerProcess>,
        handshakes: usize,
    ) -> Result<Option<HandshakeUse>, RunError> {
        let Some(server) = server else { return Ok(None) };
        let (total, _) = self.server;
        Ok(Some(HandshakeUse {
            pid: server.pid(),
            cpu_us_per_handshake: total.as_secs_f64() * 1e6 / handshakes as f64,
            handshakes_per_core_second: per_second(handshakes as u64, total),
            cores: total.as_secs_f64() / self.time.as_secs_f64(),
            threads: server.footprint()?.threads,
        }))
    }

    pub(crate) fn by_generator(&self, threads: usize) -> GeneratorUse {
        GeneratorUse { threads, cores: self.own.as_secs_f64() / self.time.as_secs_f64() }
    }
}

fn cpu_time(server: Option<&ServerProcess>) -> Result<CpuTime, RunError> {
    server.map_or(Ok(CpuTime::default()), ServerProcess::cpu_time)
}
