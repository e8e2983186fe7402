//! The listener: the thread that accepts connections, admits them and hands them over.
//!
//! It owns the listening sockets. It never waits for a client or a connection thread. When the
//! machine has run out of descriptors it does not spin: it backs off, and logs that at a low rate.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use ipnet::IpNet;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use socket2::{SockRef, TcpKeepalive};

use crate::base::clock::Clock;
use crate::limits;
use crate::model::ClientId;
use crate::net::admission::Admission;
use crate::net::gate::{Load, Waker, WorkerHandle};
use crate::net::sparse_log::SparseLog;
use crate::net::unknown::HandOver;
use crate::net::worker::WAKER;
use crate::wire::door::{Door, Scheme};

/// A bound socket and what is spoken there.
pub struct Listening {
    /// The socket.
    pub socket: std::net::TcpListener,
    /// The clients that it serves.
    pub scheme: Scheme,
    /// The protocol for clients that send text.
    pub door: Arc<dyn Door>,
}

/// Counters of the listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerCounters {
    /// Failed calls of `accept`.
    pub accept_errors_total: u64,
}

/// The way to hand connections to a thread.
pub struct WorkerIntake {
    /// The thread.
    pub worker: Arc<WorkerHandle>,
    /// The channel for its sockets. It has no limit of its own: each socket holds a permit.
    pub hand_over: Sender<HandOver>,
}

struct Socket {
    listener: TcpListener,
    scheme: Scheme,
    door: Arc<dyn Door>,
    /// There may be more to accept. With edge triggering, no event will say so.
    is_ready: bool,
}

/// The listener's state. [`Listener::run`] is its thread.
pub struct Listener {
    poll: Poll,
    sockets: Vec<Socket>,
    threads: Vec<WorkerIntake>,
    admission: Arc<Admission>,
    /// The networks of proxies, which have to announce the addresses of their clients.
    proxies: Box<[IpNet]>,
    /// Disconnected when the listener has to end; its waker is used after that.
    stop: Receiver<()>,
    /// The minimum time that output may stay unacknowledged before the kernel gives up.
    user_timeout: Duration,
    clock: Arc<dyn Clock>,
    last_client: u64,
    backoff: Option<Duration>,
    retry_at: Option<Instant>,
    error_log: SparseLog,
    counters: ListenerCounters,
}

impl Listener {
    /// Creates a listener on bound sockets, and its waker. It ends when the sender of `stop` is
    /// gone and it has been woken.
    ///
    /// # Errors
    /// When a socket cannot be polled.
    pub fn new(
        listening: Vec<Listening>,
        threads: Vec<WorkerIntake>,
        admission: Arc<Admission>,
        proxies: Box<[IpNet]>,
        stop: Receiver<()>,
        user_timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(&poll, WAKER)?;
        let mut sockets = Vec::new();
        for (index, listening) in listening.into_iter().enumerate() {
            let Listening { socket, scheme, door } = listening;
            socket.set_nonblocking(true)?;
            let mut listener = TcpListener::from_std(socket);
            poll.registry().register(&mut listener, Token(index), Interest::READABLE)?;
            sockets.push(Socket { listener, scheme, door, is_ready: true });
        }
        let listener = Self {
            poll,
            sockets,
            threads,
            admission,
            proxies,
            stop,
            user_timeout,
            clock,
            last_client: 0,
            backoff: None,
            retry_at: None,
            error_log: SparseLog::default(),
            counters: ListenerCounters::default(),
        };
        Ok((listener, waker))
    }

    /// Accepts until it is told to end. Clients that have connected by then are still handed over,
    /// so that they are told goodbye.
    ///
    /// # Errors
    /// When the poll itself fails, which no client can cause.
    pub fn run(mut self) -> io::Result<ListenerCounters> {
        let mut events = Events::with_capacity(limits::EVENTS_PER_POLL_MAX);
        loop {
            match self.poll.poll(&mut events, self.poll_timeout()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                if let Some(socket) = self.sockets.get_mut(event.token().0) {
                    socket.is_ready = true;
                }
            }
            let is_stopping = self.stop.try_recv() == Err(TryRecvError::Disconnected);
            for socket in &mut self.sockets {
                socket.is_ready |= is_stopping;
            }
            let now = self.clock.now();
            if is_stopping || self.retry_at.is_none_or(|at| at <= now) {
                self.retry_at = None;
                for index in 0..self.sockets.len() {
                    self.accept_some(index, now, is_stopping);
                }
            }
            if is_stopping {
                return Ok(self.counters);
            }
        }
    }

    fn poll_timeout(&self) -> Option<Duration> {
        match self.retry_at {
            Some(at) => Some(at.saturating_duration_since(self.clock.now())),
            None => self.sockets.iter().any(|socket| socket.is_ready).then_some(Duration::ZERO),
        }
    }

    /// Accepts from one socket, and leaves the rest for the next round. When stopping, it takes
    /// everything that the kernel's backlog can hold.
    fn accept_some(&mut self, index: usize, now: Instant, is_stopping: bool) {
        let most = if is_stopping {
            limits::LISTEN_BACKLOG as usize
        } else {
            limits::ACCEPTS_PER_TURN_MAX
        };
        for _ in 0..most {
            if !self.sockets[index].is_ready {
                return;
            }
            if !self.admission.has_room() {
                self.retry_at = Some(now + limits::UNKNOWN_RECHECK);
                return;
            }
            match self.sockets[index].listener.accept() {
                Ok((stream, address)) => {
                    self.backoff = None;
                    self.take(index, stream, address, now);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.sockets[index].is_ready = false;
                }
                // The next connection is not affected.
                Err(error) if is_of_one_connection(&error) => {
                    self.counters.accept_errors_total += 1;
                }
                Err(error) => {
                    self.back_off(&error, now);
                    return;
                }
            }
        }
    }

    fn back_off(&mut self, error: &io::Error, now: Instant) {
        self.counters.accept_errors_total += 1;
        let pause = self.backoff.map_or(limits::ACCEPT_BACKOFF_MIN, |last| last * 2);
        let pause = pause.min(limits::ACCEPT_BACKOFF_MAX);
        self.backoff = Some(pause);
        self.retry_at = Some(now + pause);
        if let Some(unlogged) = self.error_log.log_now(now) {
            tracing::error!(%error, unlogged, "cannot accept connections; retrying");
        }
    }

    fn take(&mut self, index: usize, stream: TcpStream, address: SocketAddr, now: Instant) {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        if let Err(error) = self.set_options(&stream) {
            // A connection that has been reset already accepts no options. It ends at its first
            // turn.
            tracing::debug!(%address, %error, "cannot set socket options");
        }
        let is_proxy = self.proxies.iter().any(|network| network.contains(&address.ip()));
        let origin = (!is_proxy).then_some(address.ip());
        let (permit, refusal) = match self.admission.admit(origin, now) {
            Ok(permit) => (permit, None),
            Err(refusal) => {
                self.admission.count_refusal(address, refusal, now);
                let Some(permit) = self.admission.admit_refused(now) else {
                    return;
                };
                (permit, Some(refusal))
            }
        };
        let Some(thread) = self.threads.iter().min_by_key(|thread| thread.worker.clients()) else {
            return;
        };
        self.last_client += 1;
        let hand_over = HandOver {
            client: ClientId(self.last_client),
            stream,
            address,
            scheme: self.sockets[index].scheme,
            door: self.sockets[index].door.clone(),
            is_proxy,
            permit,
            load: Load::on(&thread.worker),
            refusal,
        };
        // A thread that has ended accepts nothing; the shutdown that follows ends this thread as
        // well.
        if thread.hand_over.send(hand_over).is_ok() {
            thread.worker.waker.wake();
        }
    }

    fn set_options(&self, stream: &TcpStream) -> io::Result<()> {
        // The server makes batches itself, so waiting for more to send would only delay them.
        stream.set_nodelay(true)?;
        let socket = SockRef::from(stream);
        // Telnet sends the mark of its Synch as urgent data (RFC 854). If that were out of line, it
        // would be missing from the sequence that it ends.
        socket.set_out_of_band_inline(true)?;
        socket.set_send_buffer_size(limits::SOCKET_SEND_BUFFER_BYTES)?;
        let keepalive = TcpKeepalive::new()
            .with_time(limits::KEEPALIVE_IDLE)
            .with_interval(limits::KEEPALIVE_INTERVAL);
        socket.set_tcp_keepalive(&keepalive)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        Ok(())
    }
}

/// Whether the error is about the accepted connection alone (accept(2)), or a signal interrupted
/// the call. With any other error, such as running out of descriptors, the connection stays in the
/// backlog, so that another attempt would fail at once: a naive loop spun 72,033 times in 50 ms.
fn is_of_one_connection(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let own = [
        Errno::CONNABORTED,
        Errno::PROTO,
        Errno::PERM,
        Errno::NETDOWN,
        Errno::NETUNREACH,
        Errno::HOSTDOWN,
        Errno::HOSTUNREACH,
        Errno::NOPROTOOPT,
        Errno::OPNOTSUPP,
        Errno::INTR,
    ];
    own.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_need_a_backoff() {
        let check = |errno: rustix::io::Errno, expected: bool| {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            assert_eq!(!is_of_one_connection(&error), expected, "{error}");
        };
        check(rustix::io::Errno::MFILE, true);
        check(rustix::io::Errno::NFILE, true);
        check(rustix::io::Errno::CONNABORTED, false);
        check(rustix::io::Errno::PROTO, false);
        check(rustix::io::Errno::INTR, false);
    }
}
