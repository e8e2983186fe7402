//! The server's end of a connection, with or without TLS: one clone reads while others write.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};

/// A connection of which each clone is the same one.
#[derive(Clone)]
pub(crate) struct Sealed {
    socket: Arc<TcpStream>,
    /// `None` without TLS. It is never locked while the socket is waited for.
    session: Option<Arc<Mutex<ServerConnection>>>,
}

impl Sealed {
    pub(crate) fn plain(socket: TcpStream) -> Self {
        Self { socket: Arc::new(socket), session: None }
    }

    pub(crate) fn tls(socket: TcpStream) -> Self {
        static CONFIG: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = ServerConfig::builder_with_provider(provider);
            let builder = builder.with_safe_default_protocol_versions().unwrap();
            let certificate = vec![made.cert.der().clone()];
            let config = builder.with_no_client_auth().with_single_cert(certificate, key.into());
            Arc::new(config.unwrap())
        });
        let session = Arc::new(Mutex::new(ServerConnection::new(CONFIG.clone()).unwrap()));
        Self { socket: Arc::new(socket), session: Some(session) }
    }

    pub(crate) fn shutdown(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Both)
    }

    /// Writes what TLS has to say.
    fn flush_sealed(&self, session: &mut MutexGuard<'_, ServerConnection>) -> io::Result<()> {
        while session.wants_write() {
            session.write_tls(&mut &*self.socket)?;
        }
        Ok(())
    }
}

impl Read for Sealed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(session) = &self.session else { return (&*self.socket).read(buffer) };
        let mut sealed = [0; 4096];
        loop {
            match session.lock().unwrap().reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                opened => return opened,
            }
            let count = (&*self.socket).read(&mut sealed)?;
            if count == 0 {
                return Ok(0);
            }
            let mut session = session.lock().unwrap();
            let mut sealed = &sealed[..count];
            while !sealed.is_empty() {
                session.read_tls(&mut sealed)?;
                session.process_new_packets().map_err(io::Error::other)?;
            }
            self.flush_sealed(&mut session)?;
        }
    }
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(session) = &self.session else { return (&*self.socket).write(bytes) };
        let mut session = session.lock().unwrap();
        let count = session.writer().write(bytes)?;
        self.flush_sealed(&mut session)?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
