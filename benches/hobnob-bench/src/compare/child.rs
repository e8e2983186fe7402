//! One server while it runs: started on a free port, awaited, and ended by its process.
//!
//! What it prints goes to a file, so that neither the terminal nor a pipe that nobody reads is in
//! its way. Ctrl-C does not reach it: it is in a process group of its own, and ends when the value
//! that stands for it is dropped, also by a panic.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::programs::last_line;
use super::server::{Server, ServerName};
use crate::error::RunError;
use crate::process::ServerProcess;
use crate::stop::Stop;
use crate::target::Target;

/// How long a server may take until it can be connected to.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it takes at most until a process that has closed its sockets by dying is seen as dead.
const DEATH_TIMEOUT: Duration = Duration::from_millis(200);

const RETRY: Duration = Duration::from_millis(5);

/// A server that runs until this is dropped.
pub(crate) struct RunningServer {
    name: ServerName,
    target: Target,
    child: Child,
    output: PathBuf,
}

impl RunningServer {
    /// Started with this folder as its own, and connected to once.
    ///
    /// # Errors
    /// [`RunError::Machine`] where it cannot be started or ends at once, with its last words;
    /// [`RunError::Interrupted`].
    pub(crate) fn start(server: &Server, folder: &Path, stop: &Stop) -> Result<Self, RunError> {
        let name = server.name.name();
        let cannot = |error: io::Error| {
            RunError::Machine(format!(
                "cannot start {name} ({}): {error}",
                server.program.display()
            ))
        };
        let port = free_port().map_err(cannot)?;
        let output = folder.join(format!("{name}.log"));
        let child = command(server, port, folder, &output)
            .and_then(|mut command| command.spawn())
            .map_err(cannot)?;
        let host = Ipv4Addr::LOCALHOST.to_string();
        let target = Target { scheme: server.name.scheme(), host, port };
        // From here on whoever leaves ends the child.
        let mut running = Self { name: server.name, target, child, output };
        running.wait_until_ready(stop)?;
        Ok(running)
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn process(&self) -> Result<ServerProcess, RunError> {
        // Process ids are positive numbers that fit.
        ServerProcess::of(self.child.id().cast_signed())
    }

    /// How it has ended and what it said last; `None` while it runs.
    pub(crate) fn obituary(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        let said = fs::read(&self.output).unwrap_or_default();
        Some(format!("the process ended ({status}): {}", last_line(&said)))
    }

    /// The same after a run that has failed: a process that dies closes its sockets a moment before
    /// its end can be seen.
    pub(crate) fn obituary_soon(&mut self) -> Option<String> {
        let deadline = Instant::now() + DEATH_TIMEOUT;
        loop {
            let obituary = self.obituary();
            if obituary.is_some() || Instant::now() > deadline {
                return obituary;
            }
            thread::sleep(RETRY);
        }
    }

    fn wait_until_ready(&mut self, stop: &Stop) -> Result<(), RunError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.target.port));
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            // First of all: somebody else may have taken its port, and be what answers there.
            if let Some(obituary) = self.obituary() {
                return Err(RunError::Machine(obituary));
            }
            if TcpStream::connect_timeout(&address, START_TIMEOUT).is_ok() {
                return Ok(());
            }
            if stop.is_set() {
                return Err(RunError::Interrupted);
            }
            if Instant::now() > deadline {
                let (name, seconds) = (self.name.name(), START_TIMEOUT.as_secs());
                let said = last_line(&fs::read(&self.output).unwrap_or_default());
                return Err(RunError::Machine(format!(
                    "{name} cannot be connected to {seconds} s after its start: {said}"
                )));
            }
            thread::sleep(RETRY);
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Both fail only where it has ended and been waited for already. It is not asked to leave
        // politely: it has nothing to save, and some take seconds over it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(server: &Server, port: u16, folder: &Path, output: &Path) -> io::Result<Command> {
    let port = port.to_string();
    if let Some((file, text)) = server.configuration(&port, folder) {
        fs::write(file, text)?;
    }
    let file = File::create(output)?;
    let mut command = Command::new(&server.program);
    command
        .args(server.arguments(&port, folder))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .process_group(0);
    for (name, _) in std::env::vars_os() {
        if is_setting_of_hobnob(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    // Where hobnob keeps what it keeps, by default a folder of its user's; builds from before that
    // do not know it, and no other server does. Where it is to keep nothing, an argument tells it
    // so, which counts for more.
    command.env("HOBNOB_DATA", folder);
    Ok(command)
}

/// Whoever compares has perhaps set up a server of their own. The language counts as well, since
/// what is said in it has a length.
fn is_setting_of_hobnob(variable: &str) -> bool {
    variable.starts_with("HOBNOB_") || ["LC_ALL", "LC_MESSAGES", "LANG"].contains(&variable)
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(program: &str) -> Server {
        Server { name: ServerName::Redis, program: program.into(), version: String::new() }
    }

    #[test]
    fn a_program_that_ends_at_once_is_quoted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start =
            |program| RunningServer::start(&server(program), folder.path(), &Stop::default());
        let error = start("/nowhere/redis-server").err().expect("there is no such program");
        assert!(error.to_string().starts_with("cannot start redis (/nowhere/redis-server): "));
        // It takes the arguments for an expression that is none.
        let error = start("/usr/bin/expr").err().expect("it is no server");
        assert!(error.to_string().starts_with("the process ended (exit status: 2): "), "{error}");
    }

    #[test]
    fn settings_of_another_server_are_not_inherited() {
        let check = |variable, expected| assert_eq!(is_setting_of_hobnob(variable), expected);
        check("HOBNOB_THREADS", true);
        check("LANG", true);
        check("PATH", false);
        check("MY_HOBNOB_", false);
    }
}
