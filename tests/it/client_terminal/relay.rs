//! What stands between a client and a server, and can break.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::harness::Joined;

/// Passes on what both say.
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
                // Who comes while it is closed finds nobody behind it.
                if !copy.is_closed.load(Ordering::SeqCst) {
                    take(&copy, client.unwrap());
                }
            }
        });
        Self { address, shared, _accepting: accepting }
    }

    /// Nobody gets through from now on, and who has is cut off: the client by a reset, the server
    /// in order.
    pub(super) fn breaks(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        for (client, server) in self.shared.open.lock().unwrap().drain(..) {
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
            // The threads that copy have it, too: the reset comes when they have ended.
            let _ = client.shutdown(Shutdown::Read);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    /// Who comes from now on gets through.
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
    // An end in order is passed on; a break is none.
    if !shared.is_closed.load(Ordering::SeqCst) {
        let _ = to.shutdown(Shutdown::Write);
    }
}
