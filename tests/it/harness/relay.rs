//! A relay between a client and a server that can break the connection.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::common::Joined;

/// Relays the data of both sides.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: Joined<()>,
}

/// Where data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

struct Shared {
    server: SocketAddr,
    /// The data that breaks the connection, instead of reaching the other side.
    breaks_at: Mutex<Option<(From, &'static str)>>,
    is_closed: AtomicBool,
    open: Mutex<Vec<(TcpStream, TcpStream)>>,
}

impl Relay {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            server,
            breaks_at: Mutex::default(),
            is_closed: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let copy = shared.clone();
        let accepting = Joined::endless(move || {
            for client in listener.incoming() {
                // While the relay is closed, it drops new connections.
                if !copy.is_closed.load(Ordering::SeqCst) {
                    take(&copy, client.unwrap());
                }
            }
        });
        Self { address, shared, _accepting: accepting }
    }

    /// Closes the relay: existing connections are cut, on the client's side by a reset and on the
    /// server's side cleanly, and new ones are dropped.
    pub(crate) fn breaks(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        for (client, server) in self.shared.open.lock().unwrap().drain(..) {
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
            // The copying threads hold the socket as well: the reset is sent when they have ended.
            let _ = client.shutdown(Shutdown::Read);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// Ends the next connection on which this text comes, on both sides and before it arrives.
    /// New connections are let through.
    pub(crate) fn breaks_at(&self, from: From, text: &'static str) {
        *self.shared.breaks_at.lock().unwrap() = Some((from, text));
    }

    /// Lets new connections through again.
    pub(crate) fn opens(&self) {
        self.shared.is_closed.store(false, Ordering::SeqCst);
    }
}

fn take(shared: &Arc<Shared>, client: TcpStream) {
    let server = TcpStream::connect(shared.server).unwrap();
    let copy = |stream: &TcpStream| stream.try_clone().unwrap();
    shared.open.lock().unwrap().push((copy(&client), copy(&server)));
    let ways = [(From::Client, copy(&client), copy(&server)), (From::Server, server, client)];
    for (side, from, to) in ways {
        let shared = shared.clone();
        thread::spawn(move || pass(side, from, to, &shared));
    }
}

fn pass(side: From, mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let (mut buffer, mut passed) = ([0; 4096], Vec::new());
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        passed.extend_from_slice(&buffer[..count]);
        if shared.breaks_here(side, &passed) {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        // A text may be split over two reads, but not over more lines.
        let line = passed.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        passed.drain(..line);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // Passes on a clean end of input, but not a break.
    if !shared.is_closed.load(Ordering::SeqCst) {
        let _ = to.shutdown(Shutdown::Write);
    }
}

impl Shared {
    fn breaks_here(&self, side: From, passed: &[u8]) -> bool {
        let is_it = |(from, text): &mut (From, &str)| {
            let found = || passed.windows(text.len()).any(|part| part == text.as_bytes());
            *from == side && found()
        };
        self.breaks_at.lock().unwrap().take_if(is_it).is_some()
    }
}
