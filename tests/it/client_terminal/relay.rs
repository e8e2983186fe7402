//! A relay between a client and a server that can break the connection.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::harness::Joined;

/// Relays the data of both sides.
pub(super) struct Relay {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    _accepting: Joined<()>,
}

struct Shared {
    server: SocketAddr,
    is_closed: AtomicBool,
    open: Mutex<Vec<(TcpStream, TcpStream)>>,
}

impl Relay {
    pub(super) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared =
            Arc::new(Shared { server, is_closed: AtomicBool::new(false), open: Mutex::default() });
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
    pub(super) fn breaks(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        for (client, server) in self.shared.open.lock().unwrap().drain(..) {
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
            // The copying threads hold the socket as well: the reset is sent when they have ended.
            let _ = client.shutdown(Shutdown::Read);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// Lets new connections through again.
    pub(super) fn opens(&self) {
        self.shared.is_closed.store(false, Ordering::SeqCst);
    }
}

fn take(shared: &Arc<Shared>, client: TcpStream) {
    let server = TcpStream::connect(shared.server).unwrap();
    let copy = |stream: &TcpStream| stream.try_clone().unwrap();
    shared.open.lock().unwrap().push((copy(&client), copy(&server)));
    let ways = [(copy(&client), copy(&server)), (server, client)];
    for (from, to) in ways {
        let shared = shared.clone();
        thread::spawn(move || pass(from, to, &shared));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let _ = io::copy(&mut from, &mut to);
    // Passes on a clean end of input, but not a break.
    if !shared.is_closed.load(Ordering::SeqCst) {
        let _ = to.shutdown(Shutdown::Write);
    }
}
