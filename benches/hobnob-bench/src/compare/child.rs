//! A running server: starting it on a free port, waiting until it is ready, and killing its
//! process.
//!
//! Its output goes to a file, so that neither the terminal nor an unread pipe gets in its way.
//! Ctrl-C does not reach it: it is in its own process group, and is killed when this value is
//! dropped, even by a panic.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::programs::last_line;
use super::server::{Server, ServerName, Site};
use crate::error::RunError;
use crate::newcomers::{Arrival, Newcomers};
use crate::process::ServerProcess;
use crate::stop::Stop;
use crate::target::Target;
use crate::tls::Certificate;

/// How long a server may take until it accepts connections.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time until a process whose death has closed its sockets is seen as dead.
const DEATH_TIMEOUT: Duration = Duration::from_millis(200);

const RETRY: Duration = Duration::from_millis(5);

/// A server that runs until this is dropped.
pub(crate) struct RunningServer {
    name: ServerName,
    target: Target,
    child: Child,
    output: PathBuf,
    /// The server behind it.
    behind: Option<Box<RunningServer>>,
}

impl RunningServer {
    /// Starts the server with its own folder, and connects to it once.
    ///
    /// # Errors
    /// [`RunError::Unavailable`]; [`RunError::Machine`] if it cannot be started or exits at once,
    /// with its last words; [`RunError::Interrupted`].
    pub(crate) fn start(server: &Server, folder: &Path, stop: &Stop) -> Result<Self, RunError> {
        if let Some(reason) = server.unavailable() {
            return Err(RunError::Unavailable(reason));
        }
        let name = server.name.name();
        let cannot = |error: io::Error| {
            RunError::Machine(format!(
                "cannot start {name} ({}): {error}",
                server.program.display()
            ))
        };
        let behind = match &server.behind {
            Some(behind) => {
                let folder = folder.join("behind");
                fs::create_dir(&folder).map_err(cannot)?;
                Some(Box::new(Self::start(behind, &folder, stop)?))
            }
            None => None,
        };
        let port = free_port().map_err(cannot)?;
        let port_behind = behind.as_ref().map_or(0, |behind| behind.target.port);
        let output = folder.join(format!("{name}.log"));
        let child = command(server, [port, port_behind], folder, &output)
            .and_then(|mut command| command.spawn())
            .map_err(cannot)?;
        let host = Ipv4Addr::LOCALHOST.to_string();
        let target =
            Target { scheme: server.name.scheme(), is_tls: server.name.is_tls(), host, port };
        // From here on, every return kills the child.
        let mut running = Self { name: server.name, target, child, output, behind };
        running.wait_until_ready(stop)?;
        if running.target.is_tls {
            // nginx listens before it has the process that accepts.
            let handshake = Newcomers::new(&running.target, stop)
                .and_then(|mut newcomer| newcomer.come_and_leave(1, Arrival::InTurn(1)));
            if let Err(error) = handshake {
                let obituary = running.obituary_soon().map(RunError::Machine);
                return Err(obituary.unwrap_or(error));
            }
        }
        Ok(running)
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Its processes, and those of the server behind it.
    pub(crate) fn process(&self) -> Result<ServerProcess, RunError> {
        // Process ids are positive numbers that fit.
        let process = ServerProcess::of(self.child.id().cast_signed())?;
        Ok(match &self.behind {
            Some(behind) => process.and(behind.process()?),
            None => process,
        })
    }

    /// How it exited and its last words; `None` while it runs.
    pub(crate) fn obituary(&mut self) -> Option<String> {
        if let Some(obituary) = self.behind.as_mut().and_then(|behind| behind.obituary()) {
            return Some(format!("behind it, {obituary}"));
        }
        let status = self.child.try_wait().ok()??;
        let said = fs::read(&self.output).unwrap_or_default();
        Some(format!("the process ended ({status}): {}", last_line(&said)))
    }

    /// The same after a failed run: a dying process closes its sockets a moment before its exit can
    /// be seen.
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
            // Checked first: another program may have taken its port, and answer there.
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
                    "{name} accepts no connection {seconds} s after its start: {said}"
                )));
            }
            thread::sleep(RETRY);
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // These fail only if it has exited and been waited for already. It is not asked to exit
        // gracefully: it has nothing to save, and some servers take seconds. Those that work for it
        // would survive it, but are in its process group.
        if let Ok(None) = self.child.try_wait() {
            let group = Pid::from_child(&self.child);
            let _ = kill_process_group(group, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// With its own port, and that of the server behind it.
fn command(server: &Server, ports: [u16; 2], folder: &Path, output: &Path) -> io::Result<Command> {
    let [port, behind] = ports.map(|port| port.to_string());
    let site = Site { port: &port, behind: &behind, folder };
    if let Some((file, text)) = server.configuration(&site) {
        fs::write(file, text)?;
        if server.name.is_tls() {
            let certificate = Certificate::new().map_err(io::Error::other)?;
            fs::write(site.certificate_file(), certificate.pem())?;
        }
    }
    let file = File::create(output)?;
    let mut command = Command::new(&server.program);
    command
        .args(server.arguments(&site))
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
    // The folder where hobnob stores its data, by default one of its user's. Builds before this
    // setting ignore it, and so do other servers. If hobnob is to store nothing, a flag says so,
    // which takes precedence.
    command.env("HOBNOB_DATA", folder);
    Ok(command)
}

/// The user may have configured a server of their own. The language counts as well, because the
/// length of the server's messages depends on it.
fn is_setting_of_hobnob(variable: &str) -> bool {
    variable.starts_with("HOBNOB_") || ["LC_ALL", "LC_MESSAGES", "LANG"].contains(&variable)
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::super::server::Abilities;
    use super::*;

    fn server(program: &str) -> Server {
        Server {
            name: ServerName::Redis,
            program: program.into(),
            version: String::new(),
            abilities: Abilities::default(),
            behind: None,
        }
    }

    #[test]
    fn a_program_that_exits_at_once_is_quoted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start =
            |program| RunningServer::start(&server(program), folder.path(), &Stop::default());
        let error = start("/nowhere/redis-server").err().expect("there is no such program");
        assert!(error.to_string().starts_with("cannot start redis (/nowhere/redis-server): "));
        // It takes the arguments for an invalid expression.
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
