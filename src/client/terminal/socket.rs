//! A connection of the terminal client: one thread reads, another writes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use socket2::{SockRef, TcpKeepalive};
use zeroize::Zeroizing;

use super::threads::start;
use crate::client::session::SessionEvent;
use crate::client::texts;
use crate::model::Lang;

/// Buffer size of one read, in bytes.
const READ_BYTES: usize = 16 * 1024;

/// Maximum number of pieces waiting to be written; a piece is one key or one block of text. If this
/// many are waiting on top of what the kernel buffers, the server is not responding.
const WRITES_WAITING_MAX: usize = 256;

/// Idle time after which the kernel probes the server, and the interval between probes: a user who
/// only reads should learn within two minutes that the connection is dead.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// How long sent data may remain unacknowledged.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(60);

/// Outgoing bytes. They may hold a password, so they are cleared from memory.
type SecretBytes = Zeroizing<Vec<u8>>;

/// What the client's loop is told.
pub(super) enum LoopInput {
    Session(SessionEvent),
    /// A new connection has been made.
    Connected(TcpStream),
    Signal(i32),
}

pub(super) struct ServerConnection {
    socket: Arc<TcpStream>,
    /// `None` once our half is closed.
    sender: Option<Sender<SecretBytes>>,
    /// Why the connection is broken, once anyone knows.
    broken: Arc<OnceLock<String>>,
}

impl ServerConnection {
    pub(super) fn start(
        socket: TcpStream,
        network: Sender<LoopInput>,
        lang: Lang,
    ) -> io::Result<Self> {
        // If these fail, the client only notices later that the server has gone.
        let keepalive =
            TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
        let _ = SockRef::from(&socket).set_tcp_keepalive(&keepalive);
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&socket).set_tcp_user_timeout(Some(USER_TIMEOUT));
        let socket = Arc::new(socket);
        let broken = Arc::new(OnceLock::new());
        let (sender, waiting) = bounded(WRITES_WAITING_MAX);
        let connection =
            Self { socket: socket.clone(), sender: Some(sender), broken: broken.clone() };
        let (to_write, why) = (socket.clone(), broken.clone());
        start("writer", move || write(&to_write, &waiting, &why, lang))?;
        start("reader", move || read(&socket, &network, &broken, lang))?;
        Ok(connection)
    }

    /// Queues bytes to be sent; ends the connection if the queue is full.
    pub(super) fn send(&self, bytes: SecretBytes) {
        let sent = self.sender.as_ref().map(|sender| sender.try_send(bytes));
        if let Some(Err(TrySendError::Full(_))) = sent {
            let _ = self.broken.set("the server accepts no data".to_owned());
            // The reader notices this and reports it.
            let _ = self.socket.shutdown(Shutdown::Both);
        }
    }

    /// Closes our half once everything has been sent.
    pub(super) fn close_our_half(&mut self) {
        self.sender = None;
    }
}

fn write(
    mut socket: &TcpStream,
    waiting: &Receiver<SecretBytes>,
    broken: &OnceLock<String>,
    lang: Lang,
) {
    for bytes in waiting {
        if let Err(error) = socket.write_all(&bytes) {
            // The kernel reports a reset once, to the first thread that asks. If the server closed
            // the connection in order, the reader notices that itself.
            if error.kind() != ErrorKind::BrokenPipe {
                let _ = broken.set(texts::reason(lang, &error));
                let _ = socket.shutdown(Shutdown::Both);
            }
            return;
        }
    }
    let _ = socket.shutdown(Shutdown::Write);
}

fn read(
    mut socket: &TcpStream,
    network: &Sender<LoopInput>,
    broken: &OnceLock<String>,
    lang: Lang,
) {
    let mut buffer = vec![0; READ_BYTES];
    let failed = loop {
        match socket.read(&mut buffer) {
            Ok(0) => break None,
            Ok(length) => {
                let received = SessionEvent::Received(buffer[..length].to_vec());
                if network.send(LoopInput::Session(received)).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Some(texts::reason(lang, &error)),
        }
    };
    let blamed = broken.get().cloned();
    // If the loop has ended, so has the process.
    let _ = network.send(LoopInput::Session(SessionEvent::Ended(blamed.or(failed))));
    let _ = socket.shutdown(Shutdown::Both);
}
