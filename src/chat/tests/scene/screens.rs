//! The screens of the clients in a scene: what the chat puts out, as each client is shown it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::base::zone::Zone;
use crate::chat::outbox::{Outbox, Recipients};
use crate::command::prompt::Asking;
use crate::lang;
use crate::model::{
    Batch, Busy, ClientId, ClientIndex, CommandVerdict, Delivery, FrameBuilder, Held, HistoryEntry,
    HistoryQuery, Job, Kept, Lang, Presentation, Promise, PromiseKind, Reply, Traffic, Update,
    View, Wire,
};
use crate::server::frames::Frames;
use crate::store::threads::jobs::AccountsHandle;
use crate::store::threads::recorder::HistoryHandle;
use crate::wire::json::message::ServerMessage;
use crate::wire::text::render::{self, Rendered};
use crate::wire::text::reply::{Look, append};

thread_local! {
    /// The wire of all clients. Those of the JSON wire word everything themselves, so that their
    /// screens show the same.
    pub(in crate::chat::tests) static WIRE: Cell<Wire> = const { Cell::new(Wire::Plain) };
}

/// Everything that the chat has put out.
pub(in crate::chat::tests) struct Screens {
    pub(super) who: BTreeMap<usize, &'static str>,
    /// Clients that are not in the chat yet.
    pub(super) arriving: BTreeMap<ClientId, &'static str>,
    pub(in crate::chat::tests) texts: BTreeMap<&'static str, String>,
    /// How replies are shown to each client.
    pub(super) views: BTreeMap<usize, View>,
    /// The replies that each client was given since it was last looked at, by name.
    pub(super) replies: BTreeMap<&'static str, Vec<Reply>>,
    /// By name, the current room of a client of the JSON wire, if it is not the lobby.
    pub(super) current: BTreeMap<&'static str, String>,
    pub(super) lang: Lang,
    pub(in crate::chat::tests) notice_run_max: usize,
    /// The time at which replies are shown.
    pub(super) wall: SystemTime,
    /// How much of the text has been looked at, by name.
    pub(super) seen: BTreeMap<&'static str, usize>,
    pub(super) released: Vec<&'static str>,
    /// Clients that were disconnected.
    pub(in crate::chat::tests) disconnected: Vec<&'static str>,
    /// Clients whose input was resumed.
    pub(super) resumed: Vec<&'static str>,
    pub(super) jobs: AccountsHandle,
    /// The number of outcomes to come.
    pub(super) due: usize,
    /// Whether updates have yet to be stored.
    pub(super) has_unsaved: bool,
    pub(super) history: Option<HistoryHandle>,
    /// The number of answers to come.
    pub(super) answers_due: usize,
    /// The number of deletions that are not erased yet, and of those that are.
    pub(super) deletions_due: u64,
    pub(super) erased: u64,
    /// The number of jobs that the accounts worker still accepts; `None` for any number.
    pub(super) jobs_left: Option<usize>,
}

impl Outbox for Screens {
    fn hand_out(&mut self, batch: &Batch<'_>, members: &mut dyn FnMut(&mut dyn Recipients)) {
        let run_max = self.notice_run_max;
        members(&mut Frames::of(batch, run_max, |to, delivery| self.deliver(to, delivery)));
    }

    fn enters(&mut self, client: ClientId, ClientIndex(index): ClientIndex) {
        let name = self.arriving.remove(&client).unwrap_or("nobody");
        let before = self.who.insert(index, name);
        assert!(before.is_none(), "the index was taken");
        self.texts.insert(name, String::new());
        self.seen.insert(name, 0);
    }

    fn deliver(&mut self, ClientIndex(index): ClientIndex, delivery: Delivery) {
        let name = self.who[&index];
        let shown = match delivery {
            Delivery::Lines { frame, lines, .. } => {
                let bytes = frame.byte_range(&lines);
                let bytes = &frame.bytes()[bytes.start as usize..bytes.end as usize];
                let text = std::str::from_utf8(bytes).unwrap();
                match WIRE.get() {
                    Wire::Plain => text.to_owned(),
                    Wire::Json => text.lines().map(|line| self.worded(name, line)).collect(),
                }
            }
            Delivery::Replies(replies) => self.rendered(name, index, &replies),
            Delivery::View(view) => {
                self.views.insert(index, *view);
                String::new()
            }
            Delivery::Disconnected(disconnection) => {
                self.disconnected.push(name);
                self.rendered(name, index, &[disconnection.last_words])
            }
            // Deliveries other than lines are shown in brackets.
            Delivery::Rooms(rooms) => format!("<in {}>\r\n", rooms.join(" ")),
            Delivery::Completions(words) => format!("<or {}>\r\n", words.join(" ")),
            Delivery::Edit(wanted) => format!("<edit {wanted:?}>\r\n"),
            Delivery::Resume(verdict) => {
                self.resumed.push(name);
                match *verdict {
                    CommandVerdict::Wrong { told } => self.rendered(name, index, &[told]),
                    CommandVerdict::Done | CommandVerdict::Refused => String::new(),
                }
            }
            Delivery::Ask(request) => {
                self.resumed.push(name);
                format!("<{}>\r\n", lang::question(self.lang, &Asking::about(*request).question()))
            }
            Delivery::Released => {
                self.who.remove(&index);
                self.views.remove(&index);
                self.released.push(name);
                String::new()
            }
        };
        self.texts.get_mut(name).unwrap().push_str(&shown);
    }

    fn submit(&mut self, job: Job) -> Result<(), Busy> {
        if let Some(left) = &mut self.jobs_left {
            *left = left.checked_sub(1).ok_or(Busy)?;
        }
        self.due += 1;
        self.jobs.submit(job)
    }

    fn keep(&mut self, update: Update) {
        self.has_unsaved = true;
        self.jobs.keep(update);
        self.jobs.hand_over();
    }

    fn hold(&mut self, promise: Promise) -> Held {
        match (promise.kind, &mut self.history) {
            (PromiseKind::Saved, _) => self.jobs.hold(promise),
            (PromiseKind::Erased, Some(history)) => history.hold(promise),
            (PromiseKind::Erased, None) => Held::Stored(promise),
        }
    }

    fn has_kept(&mut self) -> Kept {
        let kept = self.jobs.has_kept();
        self.has_unsaved = !kept.is_all;
        kept
    }

    fn has_not_kept(&mut self) {
        self.jobs.has_not_kept();
    }

    fn late(&mut self, made_by: Duration) -> Vec<(ClientId, PromiseKind, bool)> {
        self.jobs.late(made_by)
    }

    fn has_erased(&mut self, deletions: u64) -> Vec<Promise> {
        self.deletions_due -= deletions - self.erased;
        self.erased = deletions;
        self.history.as_mut().unwrap().has_erased(deletions)
    }

    fn write(&mut self, entry: HistoryEntry) {
        if self.jobs_left == Some(0) && matches!(entry, HistoryEntry::Lines { .. }) {
            return;
        }
        self.deletions_due += u64::from(entry.is_deletion());
        self.history.as_mut().unwrap().write(entry);
    }

    fn ask(&mut self, question: HistoryQuery) -> Result<(), Busy> {
        self.answers_due += 1;
        self.history.as_mut().unwrap().ask(question)
    }

    fn traffic(&self) -> Traffic {
        Traffic { deliveries: 7, lines_skipped: 3, queued_bytes: 2_048, ..Traffic::default() }
    }
}

impl Screens {
    /// A client of the JSON wire puts a line into the words that others are sent.
    fn worded(&self, name: &str, line: &str) -> String {
        let Ok(ServerMessage::Event(message)) = serde_json::from_str(line) else {
            panic!("no event: {line}");
        };
        let current = self.current.get(name).map_or("#lobby", String::as_str);
        let tag = &*message.room != current;
        let presentation = Presentation { tag, lang: self.lang, ..Presentation::default() };
        let (at, event) = (message.at.0, &*message.event);
        let line = Rendered { from: message.client, name: &message.name, others: 0, at, event };
        let mut frame = FrameBuilder::default();
        render::render(&mut frame, presentation, &message.room, &line);
        String::from_utf8(frame.freeze().bytes().to_vec()).unwrap()
    }

    /// Such a client knows from the replies which room is the current one.
    fn follow_room(&mut self, name: &'static str, reply: &Reply) {
        let room = match reply {
            Reply::JoinedRoom { room, .. }
            | Reply::MadeRoom { room }
            | Reply::TalkingIn { room }
            | Reply::LeftRoom { current: Some(room), .. } => room,
            _ => return,
        };
        self.current.insert(name, room.to_string());
    }

    /// The replies as the client is shown them.
    fn rendered(&mut self, name: &'static str, index: usize, replies: &[Reply]) -> String {
        self.replies.entry(name).or_default().extend_from_slice(replies);
        if WIRE.get() == Wire::Json {
            for reply in replies {
                let text = serde_json::to_string(reply).unwrap();
                let read: ServerMessage = serde_json::from_str(&text).unwrap();
                assert_eq!(read, ServerMessage::Reply(reply.clone()));
                self.follow_room(name, reply);
            }
        }
        let usual = View::usual(Wire::Plain, self.lang, None);
        let view = self.views.get(&index).unwrap_or(&usual);
        let look = Look {
            presentation: view.presentation,
            zone: view.zone.as_ref().unwrap_or_else(|| Zone::of_server()),
            now: self.wall,
            is_plain: view.is_plain,
        };
        let mut bytes = Vec::new();
        for reply in replies {
            append(&mut bytes, reply, &look);
        }
        String::from_utf8(bytes).unwrap()
    }
}
