//! The channels from the connection threads to the broadcaster: three bounded ones, and what a
//! thread sends on them.
//!
//! A thread gathers the requests of its clients during one round of its loop, and then sends them
//! as one bundle to each channel. So the broadcaster finds whole batches and is not woken for every
//! line. No thread waits in order to gather more. In each round, a bundle of arrivals is sent first
//! and a bundle of departures last; the order of events depends on that (see
//! [`crate::server::broadcaster`]).
//!
//! This module knows nothing of sockets, and of the chat only the requests.

use std::net::SocketAddr;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::command::completion::CompletionRequest;
use crate::command::{IdentifiedMessage, Utterance};
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::{ClientId, ClientTraits, CloseReason, Newcomer};
use crate::net::gate::{ClientSender, Gate, QueuedBytes};

/// A client connects.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The client.
    pub newcomer: Newcomer,
    /// The sender for everything that the client is to see.
    pub sender: ClientSender,
}

/// A message or request of a client.
#[derive(Debug)]
pub(crate) enum Request {
    /// A line, a command, or an invalid attempt at one.
    Utter(Utterance),
    /// A message with an id, which is said once however often it is sent.
    UtterOnce(Box<IdentifiedMessage>),
    /// What the connection has found out about its client.
    HasTraits(ClientTraits),
    /// A request for the completions of a word.
    Complete(Box<CompletionRequest>),
    /// The client has identified its user, or is no longer expected to.
    GoesOn,
}

impl Request {
    /// Gives a message an id. Does nothing to other requests.
    pub(crate) fn identify(&mut self, id: ClientMessageId) {
        if matches!(self, Self::Utter(utterance) if utterance.is_message())
            && let Self::Utter(utterance) = std::mem::replace(self, Self::GoesOn)
        {
            *self = Self::UtterOnce(Box::new(IdentifiedMessage { id, utterance }));
        }
    }

    /// The size that is charged while it waits, in bytes.
    ///
    /// A reply to a single client is preceded by the open batches of its rooms, which are then
    /// handed out to all their members. So it costs the server more than a line does, and fewer of
    /// them may wait.
    fn charge_bytes(&self) -> usize {
        match self {
            Self::Utter(Utterance::Line(text)) => text.as_str().len() + size_of::<Message>(),
            Self::UtterOnce(message) => match &message.utterance {
                Utterance::Line(text) => {
                    text.as_str().len() + size_of::<Message>() + size_of::<IdentifiedMessage>()
                }
                _ => limits::COMMAND_CHARGE_BYTES,
            },
            Self::Utter(_) | Self::HasTraits(_) | Self::Complete(_) | Self::GoesOn => {
                limits::COMMAND_CHARGE_BYTES
            }
        }
    }
}

/// A request of a client.
#[derive(Debug)]
pub(crate) struct Message {
    pub client: ClientId,
    pub request: Request,
}

/// A client leaves. Its earlier requests have been sent already.
#[derive(Debug)]
pub(crate) struct Departure {
    pub client: ClientId,
    /// The client's address; `None` if its thread has panicked.
    pub address: Option<SocketAddr>,
    pub reason: CloseReason,
    /// The number of lines that the client has missed.
    pub lines_missed: u64,
}

/// The requests of a thread's clients during one round.
#[derive(Debug)]
pub(crate) struct MessageBatch {
    /// The requests in their order.
    pub messages: Vec<Message>,
    /// Their share of the bytes that wait for the broadcaster.
    pub waiting: QueuedBytes,
}

/// Several items sent together on one channel.
#[derive(Debug)]
pub(crate) enum Bundle {
    /// Clients that connect.
    Arrivals(Vec<Arrival>),
    /// Requests of clients.
    Said(MessageBatch),
    /// Clients that leave.
    Departures(Vec<Departure>),
}

/// The three senders that every connection thread has. These are the only channels on which any
/// thread waits for room.
#[derive(Clone, Debug)]
pub(crate) struct BroadcasterHandle {
    /// Arrivals.
    pub entering: Sender<Vec<Arrival>>,
    /// Requests.
    pub messages: Sender<MessageBatch>,
    /// Departures.
    pub leaving: Sender<Vec<Departure>>,
}

/// The other ends of the channels.
#[derive(Debug)]
pub(crate) struct Receivers {
    /// Arrivals.
    pub entering: Receiver<Vec<Arrival>>,
    /// Requests.
    pub messages: Receiver<MessageBatch>,
    /// Departures.
    pub leaving: Receiver<Vec<Departure>>,
}

/// Creates the channels between the connection threads and the broadcaster.
pub(crate) fn uplink() -> (BroadcasterHandle, Receivers) {
    let (entering, arrivals) = bounded(limits::BUNDLES_QUEUED_MAX);
    let (messages, lines) = bounded(limits::BUNDLES_QUEUED_MAX);
    let (leaving, departures) = bounded(limits::BUNDLES_QUEUED_MAX);
    let receivers = Receivers { entering: arrivals, messages: lines, leaving: departures };
    (BroadcasterHandle { entering, messages, leaving }, receivers)
}

impl BroadcasterHandle {
    /// Sends a bundle, waiting for room if there is none. If the broadcaster is gone, the bundle is
    /// not needed.
    pub(crate) fn send(&self, bundle: Bundle) {
        let _ = match bundle {
            Bundle::Arrivals(arrivals) => self.entering.send(arrivals).is_ok(),
            Bundle::Said(said) => self.messages.send(said).is_ok(),
            Bundle::Departures(departures) => self.leaving.send(departures).is_ok(),
        };
    }
}

/// Reports a client's departure when dropped, so that neither a `?` nor a panic can forget it.
#[derive(Debug)]
pub(crate) struct Presence {
    client: ClientId,
    /// Where to report; `None` if there is nothing to report.
    leaving: Option<Sender<Departure>>,
}

impl Presence {
    /// Reports nothing, because the server is shutting down.
    pub(crate) fn disarm(&mut self) {
        self.leaving = None;
    }

    /// Reports that the client leaves. Returns `false` if nothing is reported because the server is
    /// shutting down.
    pub(crate) fn leave(
        mut self,
        address: SocketAddr,
        reason: CloseReason,
        lines_missed: u64,
    ) -> bool {
        self.report(Some(address), reason, lines_missed)
    }

    fn report(
        &mut self,
        address: Option<SocketAddr>,
        reason: CloseReason,
        lines_missed: u64,
    ) -> bool {
        let Some(leaving) = self.leaving.take() else { return false };
        let departure = Departure { client: self.client, address, reason, lines_missed };
        // Fails only when the thread has ended, along with all of its clients.
        let _ = leaving.send(departure);
        true
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.report(None, CloseReason::Panicked, 0);
    }
}

/// The requests of a thread's clients during one round of its loop.
#[derive(Debug)]
pub(crate) struct RoundBuffer {
    gate: Gate,
    arrivals: Vec<Arrival>,
    said: Option<MessageBatch>,
    departures: Receiver<Departure>,
    leaving: Sender<Departure>,
}

impl RoundBuffer {
    /// Begins without requests. Everything counts as waiting at this gate from the moment it is
    /// gathered.
    pub(crate) fn new(gate: Gate) -> Self {
        // At most one departure per client: what bounds the clients bounds this.
        let (leaving, departures) = unbounded();
        Self { gate, arrivals: Vec::new(), said: None, departures, leaving }
    }

    /// Adds an arrival. The client leaves when the returned value is dropped.
    pub(crate) fn connect(&mut self, arrival: Arrival) -> Presence {
        let client = arrival.newcomer.client;
        self.arrivals.push(arrival);
        Presence { client, leaving: Some(self.leaving.clone()) }
    }

    /// Adds a request of a client.
    pub(crate) fn say(&mut self, client: ClientId, request: Request) {
        let said = self.said.get_or_insert_with(|| MessageBatch {
            messages: Vec::new(),
            waiting: self.gate.waiting(),
        });
        said.waiting.add(request.charge_bytes());
        said.messages.push(Message { client, request });
    }

    /// Ends the round: returns the bundles in the order in which they have to be sent.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Bundle> + use<> {
        let departures: Vec<Departure> = self.departures.try_iter().collect();
        let arrivals = std::mem::take(&mut self.arrivals);
        let arrivals = (!arrivals.is_empty()).then_some(Bundle::Arrivals(arrivals));
        let said = self.said.take().map(Bundle::Said);
        let departures = (!departures.is_empty()).then_some(Bundle::Departures(departures));
        [arrivals, said, departures].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;
    use crate::model::Wire;
    use crate::net::gate::{Parcel, Waker, WorkerHandle, WorkerSlot};
    use crate::text::CleanText;
    use std::sync::Arc;

    fn arrival(client: ClientId) -> Arrival {
        let newcomer = Newcomer {
            client,
            address: "127.0.0.1:1".parse().unwrap(),
            name: None,
            introduces: false,
            wire: Wire::Plain,
            lang: None,
        };
        let (inbox, _) = unbounded::<Parcel>();
        Arrival { newcomer, sender: ClientSender::new(inbox, WorkerSlot { index: 0, client }, 0) }
    }

    fn line(text: &[u8]) -> Request {
        Request::Utter(Utterance::Line(CleanText::from_bytes(text)))
    }

    #[test]
    fn waiting_messages_are_small() {
        assert_eq!(size_of::<Message>(), 32);
    }

    #[test]
    fn only_messages_take_an_id() {
        let check = |line: &str, takes: bool| {
            let mut request = Request::Utter(command::interpret(CleanText::new(line)));
            request.identify(ClientMessageId(7));
            match (request, takes) {
                (Request::UtterOnce(message), true) => assert_eq!(message.id, ClientMessageId(7)),
                (Request::Utter(_), false) => {}
                (request, _) => panic!("{line}: {request:?}"),
            }
        };
        for message in ["hi", "//hi", "/me hi", "/say hi", "#ops hi", "/msg bob hi", "/r hi"] {
            check(message, true);
        }
        check("/post hi", true);
        for other in ["/post", "/nick ann", "/login ann secret", "#ops", "/join #ops", "/quit hi"] {
            check(other, false);
        }
        for other in ["/msg", "/xyzzy hi", "/away hi", "/topic hi"] {
            check(other, false);
        }
        let mut other = Request::GoesOn;
        other.identify(ClientMessageId(7));
        assert!(matches!(other, Request::GoesOn));
    }

    fn gate() -> Gate {
        let poll = mio::Poll::new().unwrap();
        Gate::new([Arc::new(WorkerHandle::new(Waker::new(&poll, mio::Token(0)).unwrap()))].into())
    }

    #[test]
    fn arrivals_come_first_and_departures_last_whatever_happened_first() {
        let mut round = RoundBuffer::new(gate());
        let one = round.connect(arrival(ClientId(1)));
        round.say(ClientId(1), line(b"hi"));
        drop(one);
        let mut disarmed = round.connect(arrival(ClientId(2)));
        disarmed.disarm();
        drop(disarmed);
        round.say(ClientId(2), line(b"ho"));
        let bundles: Vec<Bundle> = round.take().collect();
        let [Bundle::Arrivals(arrivals), Bundle::Said(said), Bundle::Departures(departures)] =
            &bundles[..]
        else {
            panic!("{bundles:?}")
        };
        assert_eq!((arrivals.len(), said.messages.len(), departures.len()), (2, 2, 1));
        assert_eq!(departures[0].client, ClientId(1));
        assert_eq!(round.take().count(), 0);
    }

    #[test]
    fn gathered_requests_count_as_waiting_until_they_are_handled() {
        let gate = gate();
        let mut round = RoundBuffer::new(gate.clone());
        while gate.is_open() {
            round.say(ClientId(1), line(&[b'x'; 1000]));
        }
        let bundles: Vec<Bundle> = round.take().collect();
        assert!(!gate.is_open());
        drop(bundles);
        assert!(gate.is_open());
    }
}
