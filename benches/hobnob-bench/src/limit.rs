//! The yardstick: the minimum that a server can do for a broadcast over TCP.
//!
//! One thread, no names, no rooms, no channels, no cleaning: the lines received in one turn of the
//! loop are written directly to every client at once. Whatever a chat server needs beyond this is
//! the price of its features. This server is not for people: a client may use up to
//! [`BACKLOG_BYTES_MAX`] of memory before it is dropped.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hobnob::limits;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use rustls::{ServerConfig, ServerConnection};
use slab::Slab;
use socket2::{Domain, Protocol, Socket, Type};

use crate::stop::Stop;
use crate::stream::{Stream, Taken};

/// Tells a new client that it is connected.
const GREETING: &[u8] = b"Welcome\r\n";

/// Memory that a client which does not read may use before it is dropped.
const BACKLOG_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Maximum number of bytes per read.
const READ_BYTES_MAX: usize = 256 * 1024;

/// How often the loop checks whether to stop.
const TICK: Duration = Duration::from_millis(100);

const LISTENER: Token = Token(usize::MAX);

struct Client {
    stream: Stream,
    /// The client has closed its sending side: after the remaining data the end follows, without
    /// another event.
    is_ending: bool,
    /// An incomplete line.
    partial: Vec<u8>,
    /// Batches that the kernel has not accepted; `written` bytes of the first one have been.
    backlog: VecDeque<Arc<[u8]>>,
    backlog_bytes: usize,
    written: usize,
}

pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(limits::LISTEN_BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// Serves until it is told to stop; over TLS if there are settings for it.
pub(crate) fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    stop: &Stop,
) -> io::Result<()> {
    let mut server = Server {
        poll: Poll::new()?,
        listener,
        tls,
        clients: Slab::new(),
        batch: Vec::new(),
        buffer: vec![0; READ_BYTES_MAX].into_boxed_slice(),
        gone: Vec::new(),
    };
    server.poll.registry().register(&mut server.listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    while !stop.is_set() {
        match server.poll.poll(&mut events, Some(TICK)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            server.take_event(event)?;
        }
        server.broadcast();
    }
    Ok(())
}

struct Server {
    poll: Poll,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    clients: Slab<Client>,
    /// The lines received in this turn.
    batch: Vec<u8>,
    buffer: Box<[u8]>,
    /// Clients to be dropped at the end of the turn.
    gone: Vec<usize>,
}

impl Server {
    fn take_event(&mut self, event: &mio::event::Event) -> io::Result<()> {
        if event.token() == LISTENER {
            return self.accept();
        }
        let index = event.token().0;
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        let mut is_here = true;
        if event.is_writable() {
            is_here = client.flush();
        }
        client.is_ending |= event.is_read_closed() || event.is_error();
        if event.is_readable() || client.is_ending {
            let was_set_up = client.stream.is_set_up();
            is_here &= client.read(&mut self.buffer, &mut self.batch);
            if !was_set_up && client.stream.is_set_up() {
                // The greeting has waited for the handshake.
                is_here &= client.flush();
            }
        }
        if !is_here {
            self.gone.push(index);
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let mut socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            socket.set_nodelay(true)?;
            let entry = self.clients.vacant_entry();
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut socket, Token(entry.key()), interest)?;
            let stream = match &self.tls {
                Some(config) => {
                    let session = ServerConnection::new(config.clone());
                    Stream::tls(socket, session.map_err(io::Error::other)?)
                }
                None => Stream::Plain(socket),
            };
            let client = entry.insert(Client {
                stream,
                is_ending: false,
                partial: Vec::new(),
                backlog: VecDeque::new(),
                backlog_bytes: 0,
                written: 0,
            });
            // A connection that is gone already is noticed later.
            client.send(GREETING, &mut None);
        }
    }

    /// Writes the lines of this turn to every client.
    fn broadcast(&mut self) {
        if !self.batch.is_empty() {
            let mut shared = None;
            for (index, client) in &mut self.clients {
                if !client.send(&self.batch, &mut shared) {
                    self.gone.push(index);
                }
            }
            self.batch.clear();
        }
        for index in self.gone.drain(..) {
            self.clients.try_remove(index);
        }
    }
}

impl Client {
    /// Adds the received lines to the batch; returns false if the client is gone.
    fn read(&mut self, buffer: &mut [u8], batch: &mut Vec<u8>) -> bool {
        loop {
            let Taken { count, is_all } = match self.stream.read(buffer) {
                Ok(Taken { count: 0, .. }) => return false,
                Ok(taken) => taken,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return false,
            };
            match memchr::memrchr(b'\n', &buffer[..count]) {
                Some(end) => {
                    batch.append(&mut self.partial);
                    batch.extend_from_slice(&buffer[..=end]);
                    self.partial.extend_from_slice(&buffer[end + 1..count]);
                }
                None => self.partial.extend_from_slice(&buffer[..count]),
            }
            if self.partial.len() > BACKLOG_BYTES_MAX {
                return false;
            }
            if is_all && !self.is_ending {
                return true;
            }
        }
    }

    /// Writes the batch, or as much as the kernel accepts; returns false if the client is gone. The
    /// rest stays in `shared`, one copy for all clients.
    fn send(&mut self, batch: &[u8], shared: &mut Option<Arc<[u8]>>) -> bool {
        if self.backlog.is_empty() {
            match self.stream.write(batch) {
                Ok(count) if count == batch.len() => return true,
                Ok(count) => self.written = count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.written = 0,
                Err(_) => return false,
            }
        }
        self.backlog.push_back(shared.get_or_insert_with(|| batch.into()).clone());
        self.backlog_bytes += batch.len();
        self.backlog_bytes <= BACKLOG_BYTES_MAX
    }

    /// Writes waiting data; returns false if the client is gone.
    fn flush(&mut self) -> bool {
        while let Some(head) = self.backlog.front() {
            match self.stream.write(&head[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return false,
            }
            if self.written == head.len() {
                self.backlog_bytes -= head.len();
                self.backlog.pop_front();
                self.written = 0;
            }
        }
        self.stream.flush().is_ok()
    }
}
