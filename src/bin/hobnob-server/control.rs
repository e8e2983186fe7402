//! The control socket: how another process on this machine asks the running server for something.
//!
//! It is a Unix socket in the data folder, which only the server's user can use. A request is one
//! line of JSON, and so is the answer.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;
use hobnob::model::removal::Erasure;
use hobnob::server::reload::ServerChange;
use serde::{Deserialize, Serialize};

/// The name of the socket in the data folder.
const FILE: &str = "hobnob.sock";

/// More than any request.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

/// How long either side waits for the other.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ControlRequest {
    Erase(Erasure),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ControlAnswer {
    Accepted,
    Refused(String),
}

/// The listening thread. Dropping this ends the thread and removes the socket.
pub(crate) struct ControlSocket {
    file: PathBuf,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl ControlSocket {
    /// Listens in the data folder. No other server uses the folder.
    pub(crate) fn listen(folder: &Path, changes: Sender<ServerChange>) -> io::Result<Self> {
        let file = folder.join(FILE);
        match fs::remove_file(&file) {
            // Left by a server that was killed.
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(&file)?;
        fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        let is_over = Arc::new(AtomicBool::new(false));
        let stop = is_over.clone();
        let thread = std::thread::Builder::new()
            .name("control".into())
            .spawn(move || run(&listener, &stop, &changes))?;
        Ok(Self { file, is_over, thread: Some(thread) })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // Wakes the thread.
        let is_woken = UnixStream::connect(&self.file).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| is_woken) {
            // A panic has been logged already.
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.file);
    }
}

fn run(listener: &UnixListener, is_over: &AtomicBool, changes: &Sender<ServerChange>) {
    for connection in listener.incoming() {
        if is_over.load(Ordering::Acquire) {
            return;
        }
        let handled = connection.and_then(|connection| handle(&connection, changes));
        if let Err(error) = handled {
            tracing::debug!(%error, "a request on the control socket failed");
        }
    }
}

fn handle(mut connection: &UnixStream, changes: &Sender<ServerChange>) -> io::Result<()> {
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    let mut line = String::new();
    BufReader::new(connection.take(REQUEST_BYTES_MAX)).read_line(&mut line)?;
    let answer = match serde_json::from_str(&line) {
        Ok(ControlRequest::Erase(erasure)) => {
            match changes.send(ServerChange::Erase(Box::new(erasure))) {
                Ok(()) => ControlAnswer::Accepted,
                Err(_) => ControlAnswer::Refused("the server is shutting down".to_owned()),
            }
        }
        Err(error) => ControlAnswer::Refused(format!("the server does not understand: {error}")),
    };
    serde_json::to_writer(&mut connection, &answer)?;
    connection.write_all(b"\n")
}

/// Asks the server that uses this folder to erase everything about a person.
///
/// # Errors
/// If the server cannot be asked, or refuses.
pub(crate) fn erase(folder: &Path, erasure: &Erasure) -> io::Result<()> {
    let mut connection = UnixStream::connect(folder.join(FILE))?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    let mut line = serde_json::to_string(&ControlRequest::Erase(erasure.clone()))?;
    line.push('\n');
    connection.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(connection.take(REQUEST_BYTES_MAX)).read_line(&mut answer)?;
    match serde_json::from_str(&answer)? {
        ControlAnswer::Accepted => Ok(()),
        ControlAnswer::Refused(reason) => Err(io::Error::other(reason)),
    }
}
