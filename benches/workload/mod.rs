//! The workloads of both kinds of benchmark: input from users and hostile peers, and a room full of
//! listeners.
//!
//! Uses only public types of the crate, in the same way as its threads do. Nothing here knows how
//! it is measured.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, unbounded};
use hobnob::base::clock::{ChatTime, Clock, SystemClock};
use hobnob::chat::outbox::{Outbox, Recipients};
use hobnob::chat::state::Chat;
use hobnob::command::{ChatCommand, Utterance};
use hobnob::limits;
use hobnob::model::Update;
use hobnob::model::delivery::{Delivery, Held, Kept, Promise, PromiseKind};
use hobnob::model::event::{Batch, ClientIndex, Event};
use hobnob::model::frame::{Frame, FrameBuilder};
use hobnob::model::history::HistoryQuery;
use hobnob::model::id::ClientId;
use hobnob::model::job::{Busy, Job};
use hobnob::model::language::Lang;
use hobnob::model::newcomer::Newcomer;
use hobnob::model::presentation::{Presentation, Wire};
use hobnob::model::records::{HistoryEntry, StoredState};
use hobnob::model::traffic::Traffic;
use hobnob::net::gate::{ClientSender, Parcel, WorkerSlot};
use hobnob::server::config::Config;
use hobnob::server::frames::Frames;
use hobnob::server::sequencer::{Local, propose};
use hobnob::text::CleanText;
use hobnob::wire::door::{Door, Input, Protocol};
use hobnob::wire::plain::PlainDoor;
use hobnob::wire::text::render::{self, Rendered};

/// The default of `--line-max`.
const LINE_BYTES_MAX: usize = 1024;

/// The most that a connection thread decodes at once.
const STREAM_BYTES: usize = limits::READ_TURN_BYTES_MAX;

/// Listeners in the room.
pub(crate) const RECIPIENTS: usize = 1000;

/// Number of typical lines in an almost full batch.
pub(crate) const BATCH_LINES: usize = 600;

const NAME: &str = "amber-otter";

/// A kind of line. All but the typical one have the maximum length.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// 64 bytes of ASCII.
    Typical,
    /// ASCII of the maximum length.
    Long,
    /// Chinese.
    Chinese,
    /// Emoji, half of them families held together by joiners.
    Emoji,
    /// Control sequences, all of which are removed.
    Escapes,
    /// Beginnings of a control string that never ends. For each of them the cleaner looks for the
    /// end.
    OpenStrings,
    /// Combining marks without a base character.
    Marks,
    /// Characters without a width.
    Invisible,
    /// Invalid UTF-8, where each byte becomes three.
    NotUtf8,
}

impl Line {
    /// The line, without its end.
    pub(crate) fn bytes(self) -> Vec<u8> {
        let pattern: &[u8] = match self {
            Self::Typical => {
                return b"does anybody know whether the library is open on Sunday evening?"
                    .to_vec();
            }
            Self::Long => b"a thought that goes on and on ..",
            Self::Chinese => "有人知道图书馆星期天晚上开不开门吗？".as_bytes(),
            Self::Emoji => "🦦👩\u{200d}👩\u{200d}👧🎉👋🏽".as_bytes(),
            Self::Escapes => b"\x1b[31m\x1b]0;x\x07\x1b[A",
            Self::OpenStrings => b"\x1b]",
            Self::Marks => "\u{301}\u{323}\u{308}".as_bytes(),
            Self::Invisible => "\u{200b}\u{200d}\u{202e}\u{feff}".as_bytes(),
            Self::NotUtf8 => b"\xfe\xc0\x80",
        };
        pattern.repeat(LINE_BYTES_MAX / pattern.len())
    }
}

/// Input from a client, as a connection thread reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    /// Lines with their line ends.
    Lines(Line),
    /// Typical lines, byte by byte.
    SingleBytes,
    /// Nothing but telnet's escape sequence for a data byte.
    EscapedBytes,
    /// Telnet commands without any effect.
    Commands,
    /// Telnet requests, each of which is answered.
    Requests,
    /// A line without an end.
    EndlessLine,
}

impl Stream {
    /// The input, in the pieces in which it is read.
    fn pieces(self) -> Vec<Vec<u8>> {
        let pattern = match self {
            Self::Lines(line) => [&line.bytes(), &b"\r\n"[..]].concat(),
            Self::SingleBytes => return pieces_of(&Self::Lines(Line::Typical).pieces()[0], 1),
            Self::EscapedBytes => vec![255, 255],
            Self::Commands => vec![255, 241],
            Self::Requests => vec![255, 253, 1],
            Self::EndlessLine => vec![b'x'],
        };
        pieces_of(&pattern.repeat(STREAM_BYTES / pattern.len()), STREAM_BYTES)
    }
}

fn pieces_of(bytes: &[u8], length: usize) -> Vec<Vec<u8>> {
    bytes.chunks(length).map(<[u8]>::to_vec).collect()
}

/// A client that has joined, and its next input.
pub(crate) struct Talker {
    protocol: Box<dyn Protocol>,
    pieces: Vec<Vec<u8>>,
}

impl Talker {
    /// A client with this input.
    pub(crate) fn new(stream: Stream) -> Self {
        let door =
            PlainDoor { lang: Lang::En, line_bytes_max: LINE_BYTES_MAX, edits: false, origin: 1 };
        let mut protocol = door.open();
        let mut greeting = &b"hello\r\n"[..];
        assert!(matches!(protocol.decode(&mut greeting), Some(Input::Enter { .. })));
        assert!(matches!(protocol.decode(&mut greeting), Some(Input::Line(_))));
        Self { protocol, pieces: stream.pieces() }
    }

    /// Decodes and cleans all input. Returns the number of bytes.
    pub(crate) fn decode(&mut self) -> usize {
        for piece in &self.pieces {
            let mut rest = &piece[..];
            while let Some(input) = self.protocol.decode(&mut rest) {
                black_box(input);
            }
        }
        self.pieces.iter().map(Vec::len).sum()
    }
}

/// This many typical lines, cleaned.
pub(crate) fn lines(count: usize) -> Vec<CleanText> {
    vec![CleanText::from_bytes(&Line::Typical.bytes()); count]
}

/// The same lines as events.
pub(crate) fn said(count: usize) -> Vec<Event> {
    lines(count).into_iter().map(|text| Event::Said { text }).collect()
}

/// Renders the lines into one frame.
pub(crate) fn render(lines: &[Event]) -> Frame {
    let mut frame = FrameBuilder::with_capacity(limits::BATCH_BYTES_MAX, lines.len());
    for event in lines {
        let (from, at) = (ClientId(1), SystemTime::UNIX_EPOCH);
        let line = Rendered { from, name: NAME, others: 0, at, event };
        render::render(&mut frame, Presentation::default(), "#lobby", &line);
    }
    frame.freeze()
}

/// A room full of listeners, with the broadcaster's outgoing side.
pub(crate) struct Audience {
    chat: Chat,
    sequencer: Local,
    mail: Mail,
    inbox: Receiver<Parcel>,
    now: ChatTime,
}

/// The outgoing side.
struct Mail {
    /// Indexed by [`ClientIndex`].
    senders: Vec<ClientSender>,
}

impl Outbox for Mail {
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients)) {
        let deliver = |to, delivery| self.deliver(to, delivery);
        members(&mut Frames::of(batch, limits::NOTICE_RUN_MAX, deliver));
    }

    fn deliver(&mut self, ClientIndex(index): ClientIndex, delivery: Delivery) {
        if matches!(delivery, Delivery::Lines { .. }) {
            self.senders[index].send(delivery);
        }
    }

    fn enters(&mut self, _: ClientId, _: ClientIndex) {}

    fn submit(&mut self, _job: Job) -> Result<(), Busy> {
        Err(Busy)
    }

    fn keep(&mut self, _: Update) {}

    fn hold(&mut self, promise: Promise) -> Held {
        Held::Stored(promise)
    }

    fn has_kept(&mut self) -> Kept {
        Kept { promises: Vec::new(), registered: Vec::new(), is_all: true }
    }

    fn has_not_kept(&mut self) {}

    fn late(&mut self, _: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        Vec::new()
    }

    fn has_erased(&mut self, _: u64) -> Vec<Promise> {
        Vec::new()
    }

    fn write(&mut self, _: HistoryEntry) {}

    fn ask(&mut self, _question: HistoryQuery) -> Result<(), Busy> {
        Err(Busy)
    }

    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

impl Audience {
    /// A room with this many listeners who have been there for a while.
    pub(crate) fn new(count: usize) -> Self {
        // With a history, because sending lines to the history writer is part of a turn.
        let options = Config::with_seed(7).chat_options(true);
        let (sender, inbox) = unbounded();
        let mut senders = Vec::new();
        let now = ChatTime::beginning(SystemClock.wall());
        let mut chat = Chat::new(options, StoredState::default(), now);
        for index in 0..count {
            let client = ClientId(index as u64);
            let newcomer = Newcomer {
                client,
                address: ([127, 0, 0, 1], 4000).into(),
                name: None,
                introduces: false,
                wire: Wire::Plain,
                lang: None,
            };
            let guest_name = format!("guest-{index}").into();
            let enter = ChatCommand::Enter { newcomer: newcomer.into(), guest_name };
            chat.apply(enter, now, &mut Mail { senders: Vec::new() });
            let slot = WorkerSlot { index: index as u32, client };
            senders.push(ClientSender::new(sender.clone(), slot, 0));
        }
        let sequencer = Local;
        let mut audience = Self { chat, sequencer, mail: Mail { senders }, inbox, now };
        // Makes sure that all of them have been announced.
        let later = ChatTime { elapsed: now.elapsed + limits::ARRIVAL_TIME, ..now };
        while audience.chat.deadline().is_some() {
            audience.chat.apply(ChatCommand::Tick, later, &mut audience.mail);
            audience.chat.hand_out(&mut audience.mail);
        }
        audience.turn(Vec::new());
        audience.take_parcels();
        // On the next large allocation, the allocator cleans up everything freed above. That must
        // not happen in a measured turn.
        drop(black_box(Vec::<u8>::with_capacity(limits::BATCH_BYTES_MAX)));
        audience
    }

    /// Handles lines as the broadcaster does when it finds them in its queue.
    pub(crate) fn turn(&mut self, lines: Vec<CleanText>) {
        for (number, text) in lines.into_iter().enumerate() {
            // The step is coprime to the number of listeners, so all of them talk.
            let client = ClientId((number * 389 % self.mail.senders.len()) as u64);
            let utterance = Utterance::Line(text);
            let Self { sequencer, chat, mail, now, .. } = self;
            propose(ChatCommand::Hear { client, utterance }, *now, sequencer, chat, mail);
        }
        self.chat.hand_out(&mut self.mail);
    }

    /// Discards everything that was handed out. Returns the number of parcels.
    pub(crate) fn take_parcels(&self) -> usize {
        self.inbox.try_iter().count()
    }
}
