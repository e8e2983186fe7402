//! One connection of the generator: its socket, and the bytes waiting in each direction.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;

use crate::dialect::Role;
use crate::order::{Due, Position};
use crate::stream::{Stream, Taken};
use crate::tls::Dialer;

/// Receive buffer of a client that never reads, in bytes. The kernel's default would hold the whole
/// run.
const STALLED_BUFFER_BYTES: usize = 8 * 1024;

/// The progress of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The kernel is connecting.
    Connecting,
    /// Connected, but not known to be set up yet.
    Opening,
    Ready,
}

pub(super) struct Peer {
    pub(super) stream: Stream,
    pub(super) role: Role,
    pub(super) stage: Stage,
    /// The server has sent something to it, so it is no longer in the backlog.
    pub(super) is_taken: bool,
    /// Its position in the order, once it has received the probe that the order begins with.
    pub(super) position: Option<Position>,
    /// The next expected line of each sender, if there is no common order.
    pub(super) due: Option<Due>,
    /// It will stop reading once it is set up.
    pub(super) will_stall: bool,
    /// It has stopped reading; errors on it no longer matter.
    pub(super) is_stalled: bool,
    /// The server has closed it: after the remaining data the end follows, without another event.
    pub(super) is_ending: bool,
    /// An incomplete message.
    pub(super) pending: Vec<u8>,
    /// Bytes that the kernel has not accepted yet.
    outbox: Vec<u8>,
}

impl Peer {
    /// Begins to connect; over TLS if there is a dialer for it.
    pub(super) fn connect(
        address: SocketAddr,
        dialer: Option<&Dialer>,
        role: Role,
        will_stall: bool,
    ) -> io::Result<Self> {
        let buffer_bytes = will_stall.then_some(STALLED_BUFFER_BYTES);
        Ok(Self {
            stream: Stream::connect(address, dialer, buffer_bytes)?,
            role,
            stage: Stage::Connecting,
            is_taken: false,
            position: None,
            due: None,
            will_stall,
            is_stalled: false,
            is_ending: false,
            pending: Vec::new(),
            outbox: Vec::new(),
        })
    }

    /// The bytes to be written; append to this.
    pub(super) fn outbox(&mut self) -> &mut Vec<u8> {
        &mut self.outbox
    }

    /// Writes as much as the kernel accepts.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let mut written = 0;
        let result = loop {
            if written == self.outbox.len() {
                break Ok(());
            }
            match self.stream.write(&self.outbox[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.outbox.drain(..written);
        // In a handshake there is data to write even if the outbox is empty.
        result.and_then(|()| self.stream.flush())
    }

    /// Reads into the buffer after the pending bytes; `None` if there is nothing to read.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<Taken>> {
        let pending = self.pending.len();
        loop {
            match self.stream.read(&mut buffer[pending..]) {
                Ok(taken) => {
                    buffer[..pending].copy_from_slice(&self.pending);
                    return Ok(Some(taken));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Peer {
    /// A reset leaves neither this side's port nor data in transit waiting.
    fn drop(&mut self) {
        let _ = SockRef::from(self.stream.socket()).set_linger(Some(Duration::ZERO));
    }
}
