//! One client's connection: its socket, decoder, SendQ and deadlines.
//!
//! A turn takes only the connection and returns what the client wants as [`Effect`]s, so that a
//! panic in it can end this connection and no other. It knows neither the channels nor its thread;
//! the client's own bytes and answers go no further than here.

mod admit;
mod flood;
mod input;
mod output;
mod prompt;
mod redraw;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use socket2::SockRef;

use self::admit::Visitor;
use self::flood::Flood;
use self::prompt::Prompt;
use self::redraw::Display;
use crate::base::rate_limit::{Bucket, Rate};
use crate::command::prompt::Doubt;
use crate::lang::Catalogue;
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::id::ClientId;
use crate::model::password::Password;
use crate::net::sendq::SendQueue;
use crate::net::uplink::Wish;
use crate::text::CleanText;
use crate::wire::door::Protocol;
use crate::wire::plain::render::{Presentation, Wire};

/// What a client wants of the hall.
#[derive(Debug)]
pub enum Effect {
    /// It wants to enter.
    Enter {
        /// The name it asks for.
        name: Option<CleanText>,
        /// Its first line says who it is, and follows.
        introduces: bool,
    },
    /// It says or wants something.
    Say(Wish),
    /// It leaves.
    Leave(CloseReason),
}

/// What is to become of a connection after something was done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There may be more to read: another turn.
    Turn,
    /// Nothing, until an event or [`Connection::deadline`].
    Wait,
    /// It is over; drop it.
    Drop(CloseReason),
}

impl Next {
    /// The same, but that its turns go on.
    fn or_turn(self) -> Self {
        if self == Self::Wait { Self::Turn } else { self }
    }
}

/// Room lines offered to one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Queued, in lines.
    pub queued: u64,
    /// Skipped, because the reader was too slow, in lines.
    pub missed: u64,
}

/// The settings that every connection shares.
#[derive(Clone, Debug)]
pub struct ConnectionOptions {
    /// What it says to people.
    pub catalogue: &'static Catalogue,
    /// Limit of the SendQ, in bytes.
    pub sendq_bytes_max: usize,
    /// How long the head of the SendQ may wait for the socket.
    pub stall_timeout: Duration,
    /// How fast a client may talk; `None` for as fast as it can.
    pub flood: Option<Rate>,
    /// What everybody is asked for before they enter; `None` if they are not.
    pub password: Option<Password>,
    /// Whether a program that does not end with its connection is told how its user ends it.
    pub says_how_to_end: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Accepted; the door waits for its first words until the one time, or no longer, and it has to
    /// have entered by the other. It may have been asked for a password.
    Accepted { patient_until: Option<Instant>, deadline: Instant },
    /// In the hall.
    Entered,
    /// Its input has ended; what was said before its departure is still on its way to it.
    Leaving(CloseReason),
    /// What is queued is written, then it is over.
    Flushing(CloseReason),
    /// All is written and said to be; the end of the peer's input is awaited until then.
    Lingering(CloseReason, Instant),
}

/// What the next line is, if it is not one like others.
#[derive(Debug)]
enum Asked {
    /// The answer to what opens the door.
    ToEnter(Visitor),
    /// The answer to what a command needs.
    About(Prompt),
    /// It would have been an answer, but the client does not answer, which it is still to be told.
    Cancelled,
    /// It waits: the hall has a command that leaves a password open. If that is refused, answers may
    /// be on their way all the same.
    Requested,
    /// It waits: the hall has the answers.
    Answered(Prompt),
    /// Nothing is asked, but it may be an answer.
    Nothing(Doubt),
}

/// Whether a client says who it is before it is welcomed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Introducing {
    Never,
    /// The hall is to be told when that is over.
    Open,
    /// It has been told. A login may follow that it waits for.
    Over,
}

/// What the hall has been told of whether a client speaks telnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TelnetTold {
    Nothing,
    /// It could.
    MayBe,
    /// It does.
    Is,
}

/// One connection.
pub struct Connection {
    client: ClientId,
    address: SocketAddr,
    options: Arc<ConnectionOptions>,
    stream: TcpStream,
    protocol: Box<dyn Protocol>,
    wire: Wire,
    phase: Phase,
    sendq: SendQueue,
    flood: Flood,
    answers: Bucket,
    /// Read, but not decoded yet, because the client is held back.
    unread: Box<[u8]>,
    held_until: Option<Instant>,
    /// It has asked for something slow, and is told before anything more of it is taken.
    awaits_outcome: bool,
    /// The hall has answered it.
    is_welcomed: bool,
    /// It is being asked for a password, or was until now.
    asked: Option<Box<Asked>>,
    /// Whether it says who it is before it is welcomed.
    introducing: Introducing,
    /// It has, or is offered, more than lines.
    display: Option<Box<Display>>,
    /// What the hall knows of whether it speaks telnet.
    telnet_told: TelnetTold,
    /// The kernel may have more for us: no edge will tell.
    readable: bool,
    /// The client can be told nothing more; what it said before that is still read.
    broken: Option<io::ErrorKind>,
    /// Something has come from it.
    has_spoken: bool,
    /// The peer will send nothing more, and all of it has been read.
    input_ended: bool,
    was_slow: bool,
    tally: Tally,
}

impl Connection {
    /// A connection that has just been accepted.
    pub fn new(
        client: ClientId,
        address: SocketAddr,
        stream: TcpStream,
        protocol: Box<dyn Protocol>,
        options: Arc<ConnectionOptions>,
        now: Instant,
    ) -> Self {
        Self {
            client,
            address,
            sendq: SendQueue::new(options.sendq_bytes_max),
            options,
            stream,
            wire: protocol.wire(),
            protocol,
            phase: Phase::Accepted {
                patient_until: Some(now + limits::FIRST_WORDS_PATIENCE),
                deadline: now + limits::HANDSHAKE_TIMEOUT,
            },
            flood: Flood::default(),
            answers: Bucket::default(),
            unread: Box::default(),
            held_until: None,
            awaits_outcome: false,
            is_welcomed: false,
            asked: None,
            introducing: Introducing::Never,
            display: None,
            telnet_told: TelnetTold::Nothing,
            readable: false,
            broken: None,
            has_spoken: false,
            input_ended: false,
            was_slow: false,
            tally: Tally::default(),
        }
    }

    /// Whose it is.
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// Where it comes from.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its door writes.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// A notice that is nobody's but the connection's.
    fn notice(&self, text: &str) -> Box<[u8]> {
        let columns = self.protocol.terminal().and_then(|terminal| terminal.columns);
        Presentation { wire: self.wire, columns, ..Presentation::PLAIN }.notice(text)
    }

    /// The socket, for registration.
    pub fn stream_mut(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// From here on these settings hold.
    pub fn set_options(&mut self, options: Arc<ConnectionOptions>) {
        self.sendq.set_limit(options.sendq_bytes_max);
        if options.flood != self.options.flood {
            self.flood = Flood::default();
        }
        self.options = options;
    }

    /// Whether a turn could add to what the broadcaster has to do.
    pub fn takes_input(&self) -> bool {
        matches!(self.phase, Phase::Accepted { .. } | Phase::Entered)
    }

    /// Whether anything has come from it.
    pub fn has_spoken(&self) -> bool {
        self.has_spoken
    }

    /// Whether it has become a slow reader; true once for each client.
    pub fn has_become_slow(&mut self) -> bool {
        self.tally.missed > 0 && !std::mem::replace(&mut self.was_slow, true)
    }

    /// Room lines offered so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The kernel says that there is something to read, or that it ends.
    pub fn on_readable(&mut self) {
        self.readable = true;
    }

    /// Throws away what the kernel still has for a reader that does not read: it would keep that
    /// for as long as the peer holds its window shut. The peer sees a reset.
    pub fn abandon_output(&self) {
        // If it fails, the connection is closed all the same, only later.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// The kernel says that something has broken.
    pub fn on_error(&mut self) -> Next {
        match self.stream.take_error() {
            Ok(None) => Next::Wait,
            Ok(Some(error)) | Err(error) => self.break_off(error.kind()),
        }
    }

    /// The kernel takes bytes again.
    pub fn on_writable(&mut self) {
        self.sendq.unblock();
    }

    /// When something has to happen if nothing else does.
    pub fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Accepted { patient_until, deadline } => Some(patient_until.unwrap_or(deadline)),
            Phase::Lingering(_, deadline) => Some(deadline),
            Phase::Entered | Phase::Leaving(_) | Phase::Flushing(_) => None,
        };
        let forgets = self.flood.forgets_at();
        let display = self.display.as_ref().and_then(|display| display.deadline());
        let deadlines = [phase, self.stall_deadline(), self.held_until, forgets, display];
        deadlines.into_iter().flatten().min()
    }

    /// A deadline may have come.
    pub fn on_deadline(&mut self, now: Instant) -> Next {
        let is_stalled =
            |connection: &Self| connection.stall_deadline().is_some_and(|at| at <= now);
        if is_stalled(self) {
            // Linux tells of room only when a third of the buffer is free, which a slow and steady
            // reader may take minutes for: ask once more before judging.
            self.sendq.unblock();
            let next = self.flush(now);
            if next != Next::Wait {
                return next;
            }
            if is_stalled(self) {
                return Next::Drop(CloseReason::Stalled);
            }
        }
        let next = self.on_display_deadline(now);
        if next != Next::Wait {
            return next;
        }
        match &mut self.phase {
            Phase::Accepted { deadline, .. } if *deadline <= now => {
                let notice = self.notice(self.options.catalogue.handshake_timeout);
                return self.close(&notice, CloseReason::HandshakeTimeout, now);
            }
            Phase::Accepted { patient_until, .. } if patient_until.is_some_and(|at| at <= now) => {
                *patient_until = None;
                return Next::Turn;
            }
            Phase::Lingering(reason, deadline) if *deadline <= now => return Next::Drop(*reason),
            _ => {}
        }
        self.flood.forget(now);
        if self.held_until.is_some_and(|until| until <= now) {
            self.held_until = None;
            return Next::Turn;
        }
        Next::Wait
    }
}
