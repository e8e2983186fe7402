//! A non-blocking connection, with or without TLS. Both kinds are used alike: they are read until
//! nothing is left, and whatever they refuse is written when the socket is writable again.
//!
//! It does not know what the bytes mean, or which end of the connection it is.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};

use mio::net::TcpStream;
use rustix::io::Errno;
use rustls::Connection;
use socket2::{Domain, Protocol, Socket, Type};

use crate::tls::Dialer;

/// Room for a record that began in an earlier read: its content (RFC 8446, 5.1), with some to
/// spare.
const RECORD_BYTES_MAX: usize = 17 * 1024;

#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<Tls>),
}

#[derive(Debug)]
pub(crate) struct Tls {
    socket: TcpStream,
    session: Connection,
    /// The peer has announced the end of its output.
    is_over: bool,
}

/// What a read has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// 0 at the end of the peer's output.
    pub(crate) count: usize,
    /// Nothing is left: more data will come with another event.
    pub(crate) is_all: bool,
}

impl Stream {
    /// Begins to connect; over TLS if there is a dialer for it, and with this receive buffer
    /// instead of the kernel's default.
    pub(crate) fn connect(
        address: SocketAddr,
        dialer: Option<&Dialer>,
        receive_buffer_bytes: Option<usize>,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(bytes) = receive_buffer_bytes {
            socket.set_recv_buffer_size(bytes)?;
        }
        match socket.connect(&address.into()) {
            Ok(()) => {}
            Err(error) if Errno::from_io_error(&error) == Some(Errno::INPROGRESS) => {}
            Err(error) => return Err(error),
        }
        let socket = TcpStream::from_std(socket.into());
        Ok(match dialer {
            Some(dialer) => Self::tls(socket, dialer.session().map_err(io::Error::other)?),
            None => Self::Plain(socket),
        })
    }

    pub(crate) fn tls(socket: TcpStream, session: impl Into<Connection>) -> Self {
        Self::Tls(Box::new(Tls { socket, session: session.into(), is_over: false }))
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => &tls.socket,
        }
    }

    pub(crate) fn socket_mut(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => &mut tls.socket,
        }
    }

    /// Whether the kernel has connected it; an error if that failed.
    pub(crate) fn is_connected(&self) -> io::Result<bool> {
        let socket = self.socket();
        if let Some(error) = socket.take_error()? {
            return Err(error);
        }
        match socket.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether it carries data already: the handshake is over, and this end's part of it has been
    /// written.
    pub(crate) fn is_set_up(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(tls) => !tls.session.is_handshaking() && !tls.session.wants_write(),
        }
    }

    /// Reads into the buffer, of which TLS can fill half.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] if there is no data; [`ErrorKind::InvalidData`] if the peer
    /// violates TLS.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Taken> {
        match self {
            Self::Plain(socket) => {
                let count = socket.read(buffer)?;
                Ok(Taken { count, is_all: count < buffer.len() })
            }
            Self::Tls(tls) => tls.read(buffer),
        }
    }

    /// Writes what it can; returns how much that was. If that is not all, an event says when there
    /// is room for more. TLS counts data as written that it has encrypted; [`Stream::flush`] writes
    /// the rest of it.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] if it can write nothing.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    /// Writes encrypted data that waits, as much as the kernel accepts.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.flush(),
        }
    }

    /// Says that no more will be written.
    pub(crate) fn close(&mut self) {
        if let Self::Tls(tls) = self {
            tls.session.send_close_notify();
        }
        // If the connection is gone, there is nobody to tell.
        let _ = self.flush();
        let _ = self.socket().shutdown(Shutdown::Write);
    }
}

impl Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Taken> {
        // Encrypted data is longer than its content, so what is read into the second half leaves
        // room in the first one.
        let middle = buffer.len() / 2 + RECORD_BYTES_MAX;
        let (content, sealed) = buffer.split_at_mut(middle);
        loop {
            if self.is_over {
                return Ok(Taken { count: 0, is_all: true });
            }
            let count = self.socket.read(sealed)?;
            if count == 0 {
                // Many peers close without an announcement.
                self.is_over = true;
                continue;
            }
            let opened = self.open(&sealed[..count], content);
            // Most reads of a handshake need an answer. A violation needs an alert, which may or
            // may not be written any more.
            let flushed = self.flush();
            let filled = opened?;
            flushed?;
            if filled > 0 {
                let is_all = count < sealed.len() && !self.is_over;
                return Ok(Taken { count: filled, is_all });
            }
        }
    }

    /// Decrypts everything; returns the length of the content.
    fn open(&mut self, mut sealed: &[u8], content: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while !sealed.is_empty() {
            if self.session.read_tls(&mut sealed)? == 0 {
                // What follows the announced end does not count (RFC 8446, 6.1).
                break;
            }
            let state = self.session.process_new_packets();
            let state = state.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            let end = filled + state.plaintext_bytes_to_read();
            self.session.reader().read_exact(&mut content[filled..end])?;
            filled = end;
            self.is_over |= state.peer_has_closed();
        }
        Ok(filled)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        if self.session.wants_write() || self.session.is_handshaking() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let mut count = 0;
        // It takes a limited amount at a time, which says nothing about the socket.
        while count < bytes.len() && !self.session.wants_write() {
            count += self.session.writer().write(&bytes[count..])?;
            self.flush()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
