//! The netcat: standard input to the socket, the socket to standard output.
//!
//! This module owns the copying in both directions and the verdict on how it ended. It has no
//! notion of chat lines: bytes pass unchanged, so that it shows exactly what the server sends, as
//! the original's second program does.
//!
//! Two threads: the caller's receives and ends with the server; the other one sends, and is left
//! behind when the server closes first, because a read of standard input cannot be interrupted.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::connect::ClientError;

/// Buffer size of one read in either direction, in bytes. A pipe holds as much by default on Linux.
const BUFFER_BYTES: usize = 64 * 1024;

/// How long the sender may take, after the end of the stream, to report that its last write failed.
/// The kernel reports a reset once, to the first thread that asks; see [`verdict`].
const VERDICT_WAIT_MILLIS: u64 = 50;

/// Which side ended a session that ended in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SessionEnd {
    /// The input ended, or nobody read the output any more.
    Input,
    /// The server closed the connection before the input ended.
    Server,
}

/// Copies `input` to the socket and the socket to `output`, byte for byte, until the server closes
/// the connection.
///
/// The end of the input closes only our half of the connection: everything the server still sends
/// is written, to the last byte. An output whose reader has gone ends the session quietly, as
/// `hobnob | head -1` needs.
///
/// If the server closes the connection before the input has ended, the sending thread remains in
/// its read; the caller is expected to end the process.
///
/// # Errors
///
/// A [`ClientError`] about the thread, the connection, the input or the output.
pub fn run(
    socket: TcpStream,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> Result<SessionEnd, ClientError> {
    let socket = Arc::new(socket);
    let (outcome, sent) = mpsc::sync_channel(1);
    let sender = {
        let socket = Arc::clone(&socket);
        move || outcome.send(send(input, &socket))
    };
    thread::Builder::new().name("sender".to_owned()).spawn(sender).map_err(ClientError::Thread)?;
    let ended = match receive(&socket, output) {
        Err(ClientError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
            Ok(SessionEnd::Input)
        }
        Err(error) => Err(error),
        Ok(()) => match sent.recv_timeout(Duration::from_millis(VERDICT_WAIT_MILLIS)) {
            Ok(sent) => verdict(sent).map(|()| SessionEnd::Input),
            Err(_) => Ok(SessionEnd::Server),
        },
    };
    // A sender that remains behind keeps the socket open; the server should not wait for it.
    let _ = socket.shutdown(Shutdown::Both);
    ended
}

/// Judges a stream that the server has ended by the result of the sender.
///
/// A reset that the sender met looks like an orderly end to the receiver. A broken *pipe* that the
/// sender met does not matter: it follows the server's orderly end when more is typed.
fn verdict(sent: Result<(), ClientError>) -> Result<(), ClientError> {
    match sent {
        Err(ClientError::Broken(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Copies the input to the socket, and closes our half of the connection when the input ends.
fn send(mut input: impl Read, mut socket: &TcpStream) -> Result<(), ClientError> {
    let copied = copy(&mut input, &mut socket, ClientError::Input, ClientError::Broken);
    // This fails if the connection has gone already, which the receiver notices itself.
    let _ = socket.shutdown(Shutdown::Write);
    copied
}

/// Copies the socket to the output until the server closes the connection.
fn receive(mut socket: &TcpStream, mut output: impl Write) -> Result<(), ClientError> {
    copy(&mut socket, &mut output, ClientError::Broken, ClientError::Output)
}

/// Copies to the end of `from`. [`io::copy`] neither flushes after each read nor says which side
/// failed.
fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    read_failed: fn(io::Error) -> ClientError,
    write_failed: fn(io::Error) -> ClientError,
) -> Result<(), ClientError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let filled = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => &buffer[..length],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(read_failed(error)),
        };
        to.write_all(filled).and_then(|()| to.flush()).map_err(write_failed)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lang;
    use std::net::{SocketAddr, TcpListener};

    /// A server that serves one client with this function, and the client's connection to it.
    fn server(
        serve: impl FnOnce(TcpStream) + Send + 'static,
    ) -> (TcpStream, thread::JoinHandle<()>) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = thread::spawn(move || serve(listener.accept().unwrap().0));
        (socket, server)
    }

    /// An input that nobody writes to and that ends with the test.
    fn silent_person() -> (io::PipeReader, io::PipeWriter) {
        io::pipe().unwrap()
    }

    #[test]
    fn output_after_the_end_of_the_input_is_not_lost() {
        let (socket, server) = server(|mut socket| {
            let mut heard = Vec::new();
            socket.read_to_end(&mut heard).unwrap();
            assert_eq!(heard, b"hi\n");
            socket.write_all(&[b'x'; 3 * BUFFER_BYTES + 1]).unwrap();
        });
        let mut output = Vec::new();
        run(socket, &b"hi\n"[..], &mut output).unwrap();
        assert_eq!(output.len(), 3 * BUFFER_BYTES + 1);
        server.join().unwrap();
    }

    #[test]
    fn it_ends_when_the_server_closes_before_the_input_ends() {
        let (socket, server) = server(|mut socket| socket.write_all(b"Goodbye.\r\n").unwrap());
        let (input, _person) = silent_person();
        let mut output = Vec::new();
        run(socket, input, &mut output).unwrap();
        assert_eq!(output, b"Goodbye.\r\n");
        server.join().unwrap();
    }

    #[test]
    fn a_reset_is_an_error() {
        let (socket, server) = server(|socket| {
            // Closing resets a connection whose input has not been read.
            socket.peek(&mut [0]).unwrap();
        });
        let ended = run(socket, &b"hi\n"[..], io::sink());
        assert!(matches!(ended, Err(ClientError::Broken(_))), "{ended:?}");
        server.join().unwrap();
    }

    #[test]
    fn a_server_that_has_closed_in_order_may_refuse_further_input() {
        verdict(Err(ClientError::Broken(ErrorKind::BrokenPipe.into()))).unwrap();
        verdict(Err(ClientError::Broken(ErrorKind::ConnectionReset.into()))).unwrap_err();
    }

    #[test]
    fn an_output_whose_reader_has_gone_ends_it_quietly() {
        let (socket, server) = server(|mut socket| {
            socket.write_all(b"Welcome\r\n").unwrap();
            // Reads until the client has gone, in whichever way.
            let _ = io::copy(&mut socket, &mut io::sink());
        });
        let (input, _person) = silent_person();
        let (reader, output) = io::pipe().unwrap();
        drop(reader);
        run(socket, input, output).unwrap();
        server.join().unwrap();
    }

    #[test]
    fn an_input_error_is_reported_after_the_rest_was_printed() {
        struct Unreadable;
        impl Read for Unreadable {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(ErrorKind::IsADirectory.into())
            }
        }
        let (socket, server) = server(|mut socket| {
            socket.read_to_end(&mut Vec::new()).unwrap();
            socket.write_all(b"amber-otter left\r\n").unwrap();
        });
        let mut output = Vec::new();
        let error = run(socket, Unreadable, &mut output).unwrap_err();
        let told = error.told(Lang::En);
        assert_eq!(told, "cannot read standard input: is a directory");
        assert_eq!(output, b"amber-otter left\r\n");
        server.join().unwrap();
    }
}
