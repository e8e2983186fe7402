//! Resource usage of processes, as reported by Linux: the server's, and our own.
//!
//! A server may consist of several processes: a proxy, its workers, and what is behind it. Their
//! usage is summed.

use std::io;
use std::time::Duration;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};
use procfs::{Current, Meminfo, ProcError, ProcResult};

use crate::error::RunError;
use crate::target::Target;

/// The process of a server, and those that work for it.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    first: Process,
    others: Vec<Process>,
}

/// Processor time of a process since it started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CpuTime {
    pub(crate) total: Duration,
    /// The part of it outside the kernel.
    user: Duration,
}

impl CpuTime {
    /// The time used since `before`: in total, and outside the kernel.
    pub(crate) fn since(self, before: Self) -> (Duration, Duration) {
        let total = self.total.saturating_sub(before.total);
        (total, self.user.saturating_sub(before.user).min(total))
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    pub(crate) resident_bytes: u64,
    pub(crate) peak_bytes: u64,
    pub(crate) threads: u64,
}

impl ServerProcess {
    /// The process with this id and its children, except this program.
    pub(crate) fn of(pid: i32) -> Result<Self, RunError> {
        let process = Process::new(pid).and_then(|process| process.stat().map(|_| process));
        match process {
            Ok(process) => Ok(Self::with_children(process)),
            Err(procfs::ProcError::NotFound(_)) => {
                Err(RunError::Machine(format!("there is no process {pid}")))
            }
            Err(error) => Err(RunError::Machine(format!("cannot inspect process {pid}: {error}"))),
        }
    }

    /// The processes with these ids, and their children.
    pub(crate) fn of_all(pids: &[i32]) -> Result<Option<Self>, RunError> {
        let mut all: Option<Self> = None;
        for pid in pids {
            let one = Self::of(*pid)?;
            all = Some(match all {
                Some(all) => all.and(one),
                None => one,
            });
        }
        Ok(all)
    }

    /// Adds another server that works for this one.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.others.push(other.first);
        self.others.extend(other.others);
        self
    }

    fn with_children(first: Process) -> Self {
        let ourselves = std::process::id().cast_signed();
        let parent = |process: &Process| process.stat().map_or(0, |stat| stat.ppid);
        let mut rest: Vec<(i32, Process)> = procfs::process::all_processes()
            .into_iter()
            .flatten()
            .flatten()
            .filter(|process| process.pid != ourselves)
            .map(|process| (parent(&process), process))
            .collect();
        let mut parents = vec![first.pid];
        let mut others = Vec::new();
        while let Some(pid) = parents.pop() {
            for (_, child) in rest.extract_if(.., |(parent, _)| *parent == pid) {
                parents.push(child.pid);
                others.push(child);
            }
        }
        Self { first, others }
    }

    /// The processes that listen on the target's port, if they are on this machine and may be
    /// inspected. A child that works for a server has inherited its listener.
    pub(crate) fn listening_at(target: &Target) -> Option<Self> {
        if !is_this_machine(&target.host) {
            return None;
        }
        let entries = [procfs::net::tcp(), procfs::net::tcp6()].into_iter().flatten().flatten();
        let inodes: Vec<u64> = entries
            .filter(|entry| entry.state == TcpState::Listen)
            .filter(|entry| entry.local_address.port() == target.port)
            .map(|entry| entry.inode)
            .collect();
        let holds_one = |process: &Process| {
            let Ok(descriptors) = process.fd() else { return false };
            descriptors.flatten().any(
                |descriptor| matches!(descriptor.target, FDTarget::Socket(inode) if inodes.contains(&inode)),
            )
        };
        let mut found = procfs::process::all_processes().ok()?.flatten().filter(holds_one);
        Some(Self { first: found.next()?, others: found.collect() })
    }

    pub(crate) fn ourselves() -> Result<Self, RunError> {
        // Without children: those are the servers that it has started.
        let first = Process::myself().map_err(failed)?;
        Ok(Self { first, others: Vec::new() })
    }

    /// The id of the first process.
    pub(crate) fn pid(&self) -> i32 {
        self.first.pid
    }

    pub(crate) fn cpu_time(&self) -> Result<CpuTime, RunError> {
        let mut sum = CpuTime::default();
        self.each(|process| {
            let used = cpu_time(process)?;
            sum = CpuTime { total: sum.total + used.total, user: sum.user + used.user };
            Ok(())
        })?;
        Ok(sum)
    }

    pub(crate) fn footprint(&self) -> Result<Footprint, RunError> {
        let mut sum = Footprint { resident_bytes: 0, peak_bytes: 0, threads: 0 };
        self.each(|process| {
            let status = process.status()?;
            sum.resident_bytes += status.vmrss.unwrap_or(0) * 1024;
            sum.peak_bytes += status.vmhwm.unwrap_or(0) * 1024;
            sum.threads += status.threads;
            Ok(())
        })?;
        Ok(sum)
    }

    /// Reads something of each process. Any but the first may have ended, as those do that a server
    /// starts for a moment.
    fn each(&self, mut read: impl FnMut(&Process) -> ProcResult<()>) -> Result<(), RunError> {
        read(&self.first).map_err(failed)?;
        for process in &self.others {
            match read(process) {
                Ok(()) | Err(ProcError::NotFound(_)) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}

fn cpu_time(process: &Process) -> ProcResult<CpuTime> {
    let stat = process.stat()?;
    let tick = Duration::from_secs(1) / procfs::ticks_per_second() as u32;
    let user = tick * stat.utime as u32;
    let ticks = user + tick * stat.stime as u32;
    // Exact to the nanosecond, but without the threads that have ended.
    let exact = process.tasks()?.flatten().filter_map(|task| task.schedstat().ok());
    let exact = Duration::from_nanos(exact.map(|schedule| schedule.sum_exec_runtime).sum());
    let total = if exact + tick * 2 > ticks { exact } else { ticks };
    Ok(CpuTime { total, user })
}

/// Kernel memory of this machine for its own objects and for socket data.
pub(crate) fn kernel_bytes() -> Result<u64, RunError> {
    let slab = Meminfo::current().map_err(failed)?.slab;
    let sockets = std::fs::read_to_string("/proc/net/sockstat")
        .map_err(|error| RunError::Machine(format!("cannot read /proc/net/sockstat: {error}")))?;
    let pages = sockets
        .lines()
        .find_map(|line| line.strip_prefix("TCP:"))
        .and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0);
    Ok(slab + pages * procfs::page_size())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn failed(error: procfs::ProcError) -> RunError {
    match error {
        procfs::ProcError::NotFound(_) => {
            RunError::Machine("the server's process has ended".to_owned())
        }
        error => RunError::Machine(format!("cannot measure what the server uses: {error}")),
    }
}

/// An error of a system call that concerns this machine rather than the target.
pub(crate) fn machine_failed(what: &str) -> impl Fn(io::Error) -> RunError + '_ {
    move |error| RunError::Machine(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::process::CommandExt;

    use super::*;

    #[test]
    fn this_process_is_found_by_its_listening_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let target: Target = format!("line://127.0.0.1:{port}").parse().unwrap();
        let found = ServerProcess::listening_at(&target).unwrap();
        assert_eq!(found.pid(), std::process::id() as i32);
        let footprint = found.footprint().unwrap();
        assert!(footprint.resident_bytes > 0 && footprint.peak_bytes >= footprint.resident_bytes);
        assert!(footprint.threads >= 1);
        drop(listener);
        assert!(ServerProcess::listening_at(&target).is_none());
    }

    #[test]
    fn children_count_as_well() {
        let script = "sleep 60 & sleep 60 & echo; wait";
        let mut shell = std::process::Command::new("sh")
            .args(["-c", script])
            .stdout(std::process::Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        shell.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        let pid = shell.id().cast_signed();
        let found = ServerProcess::of(pid).unwrap();
        assert_eq!((found.pid(), found.others.len()), (pid, 2));
        assert_eq!(found.footprint().unwrap().threads, 3);
        let doubled = ServerProcess::of_all(&[pid, pid]).unwrap().unwrap();
        assert_eq!(doubled.footprint().unwrap().threads, 6);
        let group = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        shell.wait().unwrap();
    }

    #[test]
    fn processor_time_grows_with_work() {
        let ourselves = ServerProcess::ourselves().unwrap();
        let before = ourselves.cpu_time().unwrap();
        while ourselves.cpu_time().unwrap().since(before).0 < Duration::from_millis(30) {}
        assert!(kernel_bytes().unwrap() > 0);
    }
}
