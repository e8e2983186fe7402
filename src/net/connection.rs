//! One client's connection: its socket, decoder, SendQ and deadlines.
//!
//! A turn gets only the connection, and returns what the client requests as [`Effect`]s. So a panic
//! in it can end this connection and no other. This module knows neither the channels nor its
//! thread. The client's own bytes and answers go no further than here.

mod admit;
mod flood;
mod input;
mod output;
mod prompt;
mod redraw;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use mio::net::TcpStream;
use socket2::SockRef;

use self::admit::Visitor;
use self::flood::FloodControl;
use self::prompt::Prompt;
use self::redraw::RedrawState;
use crate::base::rate_limit::{Bucket, Rate};
use crate::base::zone::Zone;
use crate::command::prompt::Doubt;
use crate::limits;
use crate::model::{
    ClientId, ClientTraits, CloseReason, Lang, Password, Refusal, Reply, View, Wire,
};
use crate::net::sendq::SendQueue;
use crate::net::uplink::Request;
use crate::text::CleanText;
use crate::wire::door::Protocol;
use crate::wire::text::reply::Look;

/// A request of a client to the chat.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The client wants to connect to the chat.
    Enter {
        /// The name that it requests.
        name: Option<CleanText>,
        /// Its first line identifies its user, and follows.
        introduces: bool,
    },
    /// The client says or requests something.
    Say(Request),
    /// The client leaves.
    Leave(CloseReason),
}

/// The next step for a connection, or why it is over and has to be dropped.
pub(crate) type Step = Result<Next, CloseReason>;

/// The next step for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There may be more to read: take another turn.
    Turn,
    /// Nothing until an event or [`Connection::deadline`].
    Wait,
}

/// Counters of the room lines offered to one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// The lines that were queued.
    pub queued: u64,
    /// The lines that were skipped because the reader was too slow.
    pub missed: u64,
}

/// The settings that all connections share.
#[derive(Clone, Debug)]
pub struct ConnectionOptions {
    /// The language for users who have chosen none.
    pub lang: Lang,
    /// The limit of the SendQ, in bytes.
    pub sendq_bytes_max: usize,
    /// How long the head of the SendQ may wait for the socket.
    pub stall_timeout: Duration,
    /// How fast a client may talk; `None` for no limit.
    pub flood: Option<Rate>,
    /// The server password that every client is asked for; `None` if there is none.
    pub password: Option<Password>,
    /// Whether the user of a program that does not end with its connection is told how to end it.
    pub says_how_to_end: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The caller is a client. The protocol waits for its first line until `patient_until`, or no
    /// longer if `None`, and the client has to connect to the chat before `deadline`. It may have
    /// been asked for the server password.
    Accepted { patient_until: Option<Instant>, deadline: Instant },
    /// In the chat.
    Entered,
    /// The input has ended; what was said before the client's departure is still on its way to it.
    Leaving(CloseReason),
    /// The queue is still being written; the connection is over after that.
    Flushing(CloseReason),
    /// Everything is written and the output is shut down; waits until this time for the end of the
    /// peer's input.
    Lingering(CloseReason, Instant),
}

/// The meaning of the client's next line, unless it is an ordinary one.
#[derive(Debug)]
enum ExpectedAnswer {
    /// The answer to the question for the server password.
    ToEnter(Visitor),
    /// The answer to a question of a command.
    About(Prompt),
    /// It would have been an answer, but the user has cancelled the question and has yet to be told
    /// so.
    Cancelled,
    /// None is expected: the chat is handling a command with an open password. If it refuses the
    /// command, the user may have sent answers nevertheless.
    Requested,
    /// None is expected: the chat has the answers.
    Answered(Prompt),
    /// No question is open, but the line may still be an answer.
    Nothing(Doubt),
}

/// Whether a client identifies its user before it is welcomed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Introducing {
    Never,
    /// The chat has to be told when the introduction is over.
    Open,
    /// The chat has been told. A login that the client waits for may follow.
    Over,
}

/// A connection whose caller has been recognised.
pub(crate) struct Opened {
    /// The client's identity.
    pub client: ClientId,
    /// The client's address.
    pub address: SocketAddr,
    /// The socket.
    pub stream: TcpStream,
    /// What has been read from it.
    pub first: Box<[u8]>,
    /// Until when the rest of its first line is waited for.
    pub patient_until: Instant,
}

/// One connection.
pub(crate) struct Connection {
    client: ClientId,
    address: SocketAddr,
    options: Arc<ConnectionOptions>,
    stream: TcpStream,
    protocol: Box<dyn Protocol>,
    wire: Wire,
    phase: Phase,
    sendq: SendQueue,
    flood: FloodControl,
    answers: Bucket,
    /// Input that has been read but not decoded yet, because the client is held back.
    unread: Box<[u8]>,
    held_until: Option<Instant>,
    /// A slow command is pending; no more input is taken until its result arrives.
    awaits_outcome: bool,
    /// The chat has sent its first reply.
    is_welcomed: bool,
    /// The client is being asked for a password, or was until now.
    asked: Option<Box<ExpectedAnswer>>,
    /// Whether the client identifies its user before it is welcomed.
    introducing: Introducing,
    /// The display, if the client has more than lines or was offered more.
    display: Option<Box<RedrawState>>,
    /// What the chat has been told about the client.
    traits_told: ClientTraits,
    /// The kernel may have more input. With edge triggering, no event will say so.
    readable: bool,
    /// The client can receive nothing more; what it sent before the error is still read.
    broken: Option<io::ErrorKind>,
    /// The client has sent something.
    has_spoken: bool,
    /// The peer will send nothing more, and everything it sent has been read.
    input_ended: bool,
    was_slow: bool,
    tally: Tally,
}

impl Connection {
    /// A connection that has not joined the chat.
    pub(crate) fn new(
        opened: Opened,
        protocol: Box<dyn Protocol>,
        options: Arc<ConnectionOptions>,
        now: Instant,
    ) -> Self {
        let Opened { client, address, stream, first, patient_until } = opened;
        Self {
            client,
            address,
            sendq: SendQueue::new(options.sendq_bytes_max),
            options,
            stream,
            wire: protocol.wire(),
            protocol,
            phase: Phase::Accepted {
                patient_until: Some(patient_until),
                deadline: now + limits::HANDSHAKE_TIMEOUT,
            },
            flood: FloodControl::default(),
            answers: Bucket::default(),
            has_spoken: !first.is_empty(),
            unread: first,
            held_until: None,
            awaits_outcome: false,
            is_welcomed: false,
            asked: None,
            introducing: Introducing::Never,
            display: None,
            traits_told: ClientTraits::default(),
            readable: true,
            broken: None,
            input_ended: false,
            was_slow: false,
            tally: Tally::default(),
        }
    }

    pub(crate) fn client(&self) -> ClientId {
        self.client
    }

    /// The client's address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The wire format that the protocol writes.
    pub(crate) fn wire(&self) -> Wire {
        self.wire
    }

    /// The language of the client's user, if the client has asked for one.
    pub(crate) fn lang_asked(&self) -> Option<Lang> {
        self.protocol.lang()
    }

    /// Renders a reply that the connection itself gives. It names no time.
    fn render(&self, reply: impl Into<Reply>) -> Box<[u8]> {
        self.render_all(&[reply.into()], SystemTime::UNIX_EPOCH)
    }

    /// Renders replies as the client's user has chosen.
    fn render_all(&self, replies: &[Reply], now: SystemTime) -> Box<[u8]> {
        let usual;
        let view = match self.display.as_ref().and_then(|display| display.view.as_deref()) {
            Some(view) => view,
            None => {
                let terminal = self.protocol.traits().terminal;
                usual = View::usual(self.wire, self.lang(), terminal);
                &usual
            }
        };
        let look = Look {
            presentation: view.presentation,
            zone: view.zone.as_ref().unwrap_or_else(|| Zone::of_server()),
            now,
            is_plain: view.is_plain,
        };
        let mut bytes = Vec::new();
        for reply in replies {
            self.protocol.render(reply, &look, &mut bytes);
        }
        bytes.into()
    }

    /// The language of the client's user.
    fn lang(&self) -> Lang {
        let view = self.display.as_ref().and_then(|display| display.view.as_deref());
        let asked = || self.protocol.lang().unwrap_or(self.options.lang);
        view.map_or_else(asked, |view| view.presentation.lang)
    }

    /// The socket, for registration.
    pub(crate) fn stream_mut(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Applies changed settings.
    pub(crate) fn set_options(&mut self, options: Arc<ConnectionOptions>) {
        self.sendq.set_limit(options.sendq_bytes_max);
        if options.flood != self.options.flood {
            self.flood = FloodControl::default();
        }
        self.options = options;
    }

    /// Whether a turn could add to the work of the broadcaster.
    pub(crate) fn takes_input(&self) -> bool {
        matches!(self.phase, Phase::Accepted { .. } | Phase::Entered)
    }

    /// Whether the client has sent anything.
    pub(crate) fn has_spoken(&self) -> bool {
        self.has_spoken
    }

    /// Whether the client has become a slow reader; returns true only once.
    pub(crate) fn has_become_slow(&mut self) -> bool {
        self.tally.missed > 0 && !std::mem::replace(&mut self.was_slow, true)
    }

    /// The counters of room lines offered so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// The kernel reports input, or the end of it.
    pub(crate) fn on_readable(&mut self) {
        self.readable = true;
    }

    /// Discards what the kernel still holds for a client that does not read. Otherwise the kernel
    /// would keep it for as long as the peer holds its window shut. The peer sees a reset.
    pub(crate) fn abandon_output(&self) {
        // If this fails, the connection is closed nevertheless, only later.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// The kernel reports an error.
    pub(crate) fn on_error(&mut self) -> Step {
        match self.stream.take_error() {
            Ok(None) => Ok(Next::Wait),
            Ok(Some(error)) | Err(error) => self.break_off(error.kind()),
        }
    }

    /// The kernel accepts bytes again.
    pub(crate) fn on_writable(&mut self) {
        self.sendq.unblock();
    }

    /// When [`Connection::on_deadline`] should be called next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
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

    /// Handles everything that is due.
    pub(crate) fn on_deadline(&mut self, now: Instant) -> Step {
        let is_stalled =
            |connection: &Self| connection.stall_deadline().is_some_and(|at| at <= now);
        if is_stalled(self) {
            // Linux reports room only when a third of the buffer is free, which may take a slow and
            // steady reader minutes. Try once more before judging.
            self.sendq.unblock();
            if self.flush(now)? == Next::Turn {
                return Ok(Next::Turn);
            }
            if is_stalled(self) {
                return Err(CloseReason::Stalled);
            }
        }
        if self.on_display_deadline(now)? == Next::Turn {
            return Ok(Next::Turn);
        }
        match &mut self.phase {
            Phase::Accepted { deadline, .. } if *deadline <= now => {
                let last_words = self.render(Refusal::JoinedTooSlowly);
                return self.close(&last_words, CloseReason::HandshakeTimeout, now);
            }
            Phase::Accepted { patient_until, .. } if patient_until.is_some_and(|at| at <= now) => {
                *patient_until = self.protocol.more_patience().map(|more| now + more);
                return Ok(Next::Turn);
            }
            Phase::Lingering(reason, deadline) if *deadline <= now => return Err(*reason),
            _ => {}
        }
        self.flood.forget(now);
        if self.held_until.is_some_and(|until| until <= now) {
            self.held_until = None;
            return Ok(Next::Turn);
        }
        Ok(Next::Wait)
    }
}
