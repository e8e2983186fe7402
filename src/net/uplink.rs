//! The way from the connection threads to the broadcaster: three bounded channels, and what a
//! thread puts into them.
//!
//! What a thread's clients want is gathered while it goes round its loop once, and sent then, as
//! one bundle to each channel: so the broadcaster finds whole batches and is not woken for every
//! line. Nobody waits to gather more. A bundle of departures is the last, a bundle of arrivals the
//! first of a round, which the order of what happens rests on (see [`crate::server::broadcaster`]).
//!
//! It knows nothing of sockets, and of the hall only who wants what.

use std::net::SocketAddr;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::chat::state::Newcomer;
use crate::command::Utterance;
use crate::limits;
use crate::model::close_reason::CloseReason;
use crate::model::id::ClientId;
use crate::net::gate::{ClientSender, Gate, Waiting};
use crate::terminal::Wanted;
use crate::wire::door::Terminal;

/// A client enters.
#[derive(Debug)]
pub struct Arrival {
    /// Who.
    pub newcomer: Newcomer,
    /// Where what it is to see goes.
    pub sender: ClientSender,
}

/// What a client says or wants.
#[derive(Debug)]
pub enum Wish {
    /// A line, a command, or something that was meant as one.
    Utter(Utterance),
    /// It could speak telnet: its lines end in CR, as those of telnets do, and others.
    MayBeTelnet,
    /// It speaks telnet.
    SpeaksTelnet,
    /// Which terminal it is at, if any, from now on.
    IsAt(Option<Terminal>),
    /// What could this word be completed to?
    Complete(Box<Wanted>),
    /// It has said who it is, or does not any more.
    GoesOn,
}

impl Wish {
    /// What it counts as while it waits, in bytes.
    ///
    /// What is for one client alone is preceded by the open batches of its rooms, which each member
    /// is handed then: it costs the server more than a line does, and waits in smaller numbers.
    fn charge_bytes(&self) -> usize {
        match self {
            Self::Utter(Utterance::Line(text)) => text.as_str().len() + size_of::<Message>(),
            Self::Utter(_)
            | Self::MayBeTelnet
            | Self::SpeaksTelnet
            | Self::IsAt(_)
            | Self::Complete(_)
            | Self::GoesOn => limits::COMMAND_CHARGE_BYTES,
        }
    }
}

/// A client says something.
#[derive(Debug)]
pub struct Message {
    /// Who.
    pub client: ClientId,
    /// What.
    pub wish: Wish,
}

/// A client leaves. What it said before has been sent already.
#[derive(Debug)]
pub struct Departure {
    /// Who.
    pub client: ClientId,
    /// Where they came from.
    pub address: SocketAddr,
    /// Why.
    pub reason: CloseReason,
    /// Lines that it has missed.
    pub lines_missed: u64,
}

/// What clients of one thread said during a round.
#[derive(Debug)]
pub struct Said {
    /// In this order.
    pub messages: Vec<Message>,
    /// Its share of what waits for the broadcaster.
    pub waiting: Waiting,
}

/// What is sent at once.
#[derive(Debug)]
pub enum Bundle {
    /// Clients enter.
    Arrivals(Vec<Arrival>),
    /// Clients say something.
    Said(Said),
    /// Clients leave.
    Departures(Vec<Departure>),
}

/// The three senders that every connection thread has. These are the only channels on which
/// anybody waits for room.
#[derive(Clone, Debug)]
pub struct Uplink {
    /// Arrivals.
    pub entering: Sender<Vec<Arrival>>,
    /// Lines.
    pub messages: Sender<Said>,
    /// Departures.
    pub leaving: Sender<Vec<Departure>>,
}

/// The other ends.
#[derive(Debug)]
pub struct Receivers {
    /// Arrivals.
    pub entering: Receiver<Vec<Arrival>>,
    /// Lines.
    pub messages: Receiver<Said>,
    /// Departures.
    pub leaving: Receiver<Vec<Departure>>,
}

/// The channels between the connection threads and the broadcaster.
pub fn uplink() -> (Uplink, Receivers) {
    let (entering, arrivals) = bounded(limits::BUNDLES_QUEUED_MAX);
    let (messages, lines) = bounded(limits::BUNDLES_QUEUED_MAX);
    let (leaving, departures) = bounded(limits::BUNDLES_QUEUED_MAX);
    let receivers = Receivers { entering: arrivals, messages: lines, leaving: departures };
    (Uplink { entering, messages, leaving }, receivers)
}

impl Uplink {
    /// Sends, waiting for room if there is none. A broadcaster that is gone needs nothing any more.
    pub fn send(&self, bundle: Bundle) {
        let _ = match bundle {
            Bundle::Arrivals(arrivals) => self.entering.send(arrivals).is_ok(),
            Bundle::Said(said) => self.messages.send(said).is_ok(),
            Bundle::Departures(departures) => self.leaving.send(departures).is_ok(),
        };
    }
}

/// Announces a client's departure when dropped, so that neither a `?` nor a panic can forget it.
#[derive(Debug)]
pub struct Presence {
    /// What is told; `None` for nobody is to be.
    departure: Option<Departure>,
    leaving: Sender<Departure>,
}

impl Presence {
    /// Nobody is to be told: the server is shutting down.
    pub fn disarm(&mut self) {
        self.departure = None;
    }

    /// The client leaves, which is told. Says whether it will be.
    pub fn leave(mut self, reason: CloseReason, lines_missed: u64) -> bool {
        match &mut self.departure {
            Some(departure) => {
                (departure.reason, departure.lines_missed) = (reason, lines_missed);
                true
            }
            None => false,
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(departure) = self.departure.take() {
            // Fails only when the thread has ended, and everybody with it.
            let _ = self.leaving.send(departure);
        }
    }
}

/// What a thread's clients want during a round of its loop.
#[derive(Debug)]
pub struct Gathering {
    gate: Gate,
    arrivals: Vec<Arrival>,
    said: Option<Said>,
    departures: Receiver<Departure>,
    leaving: Sender<Departure>,
}

impl Gathering {
    /// Nobody wants anything. What is said counts as waiting at this gate from the moment it is
    /// gathered.
    pub fn new(gate: Gate) -> Self {
        // A departure for each client at most: what bounds them bounds this.
        let (leaving, departures) = unbounded();
        Self { gate, arrivals: Vec::new(), said: None, departures, leaving }
    }

    /// A client enters. It leaves when what this returns is dropped.
    pub fn enter(&mut self, arrival: Arrival) -> Presence {
        let Newcomer { client, address, .. } = arrival.newcomer;
        self.arrivals.push(arrival);
        // Unless it says why it leaves.
        let reason = CloseReason::Panicked;
        let departure = Departure { client, address, reason, lines_missed: 0 };
        Presence { departure: Some(departure), leaving: self.leaving.clone() }
    }

    /// A client says or wants something.
    pub fn say(&mut self, client: ClientId, wish: Wish) {
        let said = self
            .said
            .get_or_insert_with(|| Said { messages: Vec::new(), waiting: self.gate.waiting() });
        said.waiting.add(wish.charge_bytes());
        said.messages.push(Message { client, wish });
    }

    /// Ends the round: what is to be sent, in the order in which it must be.
    pub fn take(&mut self) -> impl Iterator<Item = Bundle> + use<> {
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
    use crate::net::gate::{Doorbell, Parcel, Post, Slot};
    use crate::text::CleanText;
    use crate::wire::plain::render::Wire;
    use std::sync::Arc;

    fn arrival(client: ClientId) -> Arrival {
        let newcomer = Newcomer {
            client,
            address: "127.0.0.1:1".parse().unwrap(),
            name: None,
            introduces: false,
            wire: Wire::Plain,
        };
        let (inbox, _) = unbounded::<Parcel>();
        Arrival { newcomer, sender: ClientSender::new(inbox, Slot { index: 0, client }, 0) }
    }

    fn line(text: &[u8]) -> Wish {
        Wish::Utter(Utterance::Line(CleanText::from_bytes(text)))
    }

    #[test]
    fn what_waits_is_small() {
        assert_eq!(size_of::<Message>(), 32);
    }

    fn gate() -> Gate {
        let poll = mio::Poll::new().unwrap();
        Gate::new([Arc::new(Post::new(Doorbell::new(&poll, mio::Token(0)).unwrap()))].into())
    }

    #[test]
    fn arrivals_come_first_and_departures_last_whatever_happened_first() {
        let mut gathering = Gathering::new(gate());
        let one = gathering.enter(arrival(ClientId(1)));
        gathering.say(ClientId(1), line(b"hi"));
        drop(one);
        let mut disarmed = gathering.enter(arrival(ClientId(2)));
        disarmed.disarm();
        drop(disarmed);
        gathering.say(ClientId(2), line(b"ho"));
        let bundles: Vec<Bundle> = gathering.take().collect();
        let [Bundle::Arrivals(arrivals), Bundle::Said(said), Bundle::Departures(departures)] =
            &bundles[..]
        else {
            panic!("{bundles:?}")
        };
        assert_eq!((arrivals.len(), said.messages.len(), departures.len()), (2, 2, 1));
        assert_eq!(departures[0].client, ClientId(1));
        assert_eq!(gathering.take().count(), 0);
    }

    #[test]
    fn what_is_gathered_waits_until_it_has_been_handled() {
        let gate = gate();
        let mut gathering = Gathering::new(gate.clone());
        while gate.is_open() {
            gathering.say(ClientId(1), line(&[b'x'; 1000]));
        }
        let bundles: Vec<Bundle> = gathering.take().collect();
        assert!(!gate.is_open());
        drop(bundles);
        assert!(gate.is_open());
    }
}
