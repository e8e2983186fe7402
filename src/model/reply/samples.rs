//! At least one value of each variant of what a client is told, for tests.

mod refusals;
mod values;

use std::num::NonZeroU32;
use std::time::Duration;

use super::*;
use crate::model::{Event, ModAction, RoomSetting};

use self::values::{name, network, other, reason, room, text};

pub(crate) use self::refusals::refusals;
pub(crate) use self::values::{VALUES, at};

fn paging(count: u64) -> Paging {
    Paging { count, page: 8150, pages: 8151 }
}

fn view(kind: SanctionKind, room: Option<Arc<str>>, until: Option<Timestamp>) -> SanctionView {
    let (name, by) = ("quill".into(), "brandt".into());
    let origins = [network()].into();
    SanctionView { kind, name, by, room, at: at(), until, reason: reason(), origins }
}

/// A ban and a mute, of the whole server and of a room.
fn views() -> impl Iterator<Item = SanctionView> {
    [SanctionKind::Ban, SanctionKind::Mute]
        .into_iter()
        .flat_map(|kind| [view(kind, None, Some(at())), view(kind, Some(room()), None)])
}

fn removal(room: Option<Arc<str>>) -> Removal {
    Removal { by: other(), room, reason: reason() }
}

/// Replies.
pub(crate) fn replies() -> Vec<Reply> {
    let mut all: Vec<Reply> = refusals().into_iter().map(Reply::Refused).collect();
    all.push(Reply::NotPosted(Refusal::Busy));
    let id = ClientMessageId(0x5eed);
    all.push(Reply::NotSaid(Box::new(NotSaid { id, refusal: Refusal::Busy })));
    all.extend(replies_to_people());
    all.extend(replies_in_rooms());
    all.extend(pages());
    all.extend(pasts().into_iter().map(|past| Reply::Past(Box::new(past))));
    all.extend(settings().into_iter().map(Reply::Setting));
    all.extend(replies_to_moderators());
    all.extend(views().map(|view| Reply::YouAreSanctioned(Box::new(view))));
    for view in views() {
        let networks = if view.room.is_none() { vec![network()] } else { Vec::new() };
        let sanction = Box::new(view);
        all.push(Reply::Imposed { sanction: sanction.clone(), networks: networks.into() });
        all.push(Reply::Imposed { sanction, networks: Box::default() });
    }
    all.extend(replies_of_connections());
    all
}

fn replies_to_people() -> Vec<Reply> {
    let here = |online| WhoisHere {
        online: Duration::from_secs(online),
        idle: Duration::from_secs(47),
        clients: online as u32,
        rooms: [room(), "#meadow".into()].into(),
    };
    let whois = Whois {
        name: name(),
        registered_at: Some(at()),
        rank: Some(Rank::Owner),
        addresses: [[198, 51, 100, 7].into()].into(),
        here: None,
        seen_at: Some(at()),
        away: None,
    };
    let guest = Whois {
        registered_at: None,
        rank: None,
        here: Some(here(4711)),
        seen_at: None,
        away: Some(WhoisAway { text: Some(text()) }),
        ..whois.clone()
    };
    let alone =
        Whois { here: Some(here(1)), away: Some(WhoisAway { text: None }), ..guest.clone() };
    vec![
        Reply::Welcome { name: name(), is_address: true },
        Reply::Welcome { name: name(), is_address: false },
        Reply::Here { room: room(), names: Box::default(), others: 0 },
        Reply::Here { room: room(), names: [name()].into(), others: 0 },
        Reply::Here { room: room(), names: [name(), other()].into(), others: 0 },
        Reply::Here { room: room(), names: [name(), other()].into(), others: 4711 },
        Reply::Motd { lines: Motd::parse(b"blossoms\n").expect("a message") },
        Reply::NoMotd,
        Reply::Posting { name: name() },
        Reply::Posted,
        Reply::ModeratorsMayLogIn,
        Reply::Renamed { from: name(), to: other() },
        Reply::Registered { name: name() },
        Reply::Unregistering { erases: false },
        Reply::Unregistering { erases: true },
        Reply::Unregistered { name: name() },
        Reply::PersonErased,
        Reply::LoggedIn { name: name(), clients: 1 },
        Reply::LoggedIn { name: name(), clients: 4711 },
        Reply::LoggedOut { name: name() },
        Reply::PasswordChanged,
        Reply::NowAway { text: None },
        Reply::NowAway { text: Some(text()) },
        Reply::NowBack,
        Reply::Away { name: name(), text: None },
        Reply::Away { name: name(), text: Some(text()) },
        Reply::Whois(Box::new(whois)),
        Reply::Whois(Box::new(guest)),
        Reply::Whois(Box::new(alone)),
    ]
}

fn replies_in_rooms() -> Vec<Reply> {
    let unread = |is_current, count| Reply::Unread { room: room(), is_current, count, since: at() };
    let private = |is_own: bool, is_kept| {
        let (rings, at, text) = (!is_own, at(), text());
        Reply::Private(Box::new(PrivateLine { with: name(), is_own, is_kept, rings, at, text }))
    };
    let said_before = |room, seq| {
        Reply::SaidBefore(Box::new(SaidBefore { id: ClientMessageId(0x5eed), room, seq }))
    };
    vec![
        Reply::MadeRoom { room: room() },
        Reply::JoinedRoom { room: room(), people: 1 },
        Reply::JoinedRoom { room: room(), people: 4711 },
        Reply::TalkingIn { room: room() },
        Reply::LeftRoom { room: room(), current: Some("#meadow".into()) },
        Reply::LeftRoom { room: room(), current: None },
        Reply::Topic { room: room(), topic: Some(text()) },
        Reply::Topic { room: room(), topic: None },
        Reply::Invited { name: name(), room: room(), is_here: true },
        Reply::Invited { name: name(), room: room(), is_here: false },
        Reply::YouAreInvited { by: name(), room: room() },
        Reply::RoomPassword { room: room(), is_on: true },
        Reply::RoomPassword { room: room(), is_on: false },
        Reply::MeantCommand { topic: Topic::Join },
        said_before(Some(room()), Some(3)),
        said_before(None, None),
        unread(true, 1),
        unread(true, 4711),
        unread(false, 1),
        unread(false, 4711),
        private(true, false),
        private(false, false),
        private(false, true),
        Reply::MessageLeft { name: name() },
        Reply::KeptMessages { count: 1 },
        Reply::KeptMessages { count: 4711 },
        Reply::Ignoring { name: name(), is_on: true },
        Reply::Ignoring { name: name(), is_on: false },
        Reply::Ignored { names: Box::default() },
        Reply::Ignored { names: [name(), other()].into() },
        Reply::TimeZone { zone: "Pacific/Niue".into(), now: at() },
    ]
}

fn pages() -> Vec<Reply> {
    let who = |count| {
        let people = [(name(), true), (other(), false)];
        let people = people.map(|(name, is_away)| WhoEntry { name, is_away }).into();
        Reply::Who(Box::new(WhoPage { room: room(), people, paging: paging(count) }))
    };
    let entry = |flag| RoomEntry {
        room: room(),
        people: 4711,
        is_current: flag,
        is_locked: flag,
        has_password: flag,
        is_hidden: flag,
        topic: Some(text()),
    };
    let rooms = |count| {
        let rooms = [entry(true), entry(false)].into();
        Reply::Rooms(Box::new(RoomsPage { rooms, paging: paging(count) }))
    };
    let bans = |room, count| {
        let sanctions = views().take(count).collect();
        let paging = paging(count as u64);
        Reply::Bans(Box::new(BansPage { room, sanctions, paging }))
    };
    let acted = |(action, _)| AuditEntry {
        at: at(),
        by: "brandt".into(),
        action,
        whom: Some("quill".into()),
        room: Some("#orchard".into()),
        until: Some(at()),
        reason: reason(),
    };
    let audit = |entries: Box<[AuditEntry]>| {
        let paging = paging(entries.len() as u64);
        Reply::Audit(Box::new(AuditPage { entries, paging }))
    };
    let stats = Stats {
        people: 4711,
        clients: 8150,
        rooms: 4711,
        unannounced: Some(8150),
        lines: 4711,
        deliveries: 8150,
        skipped: 4711,
        queued_bytes: 4711 << 20,
        resident_bytes: Some(8150 << 20),
        uptime: Duration::from_secs(4711 * 86_400),
    };
    let unknown = Stats { unannounced: None, resident_bytes: None, ..stats.clone() };
    vec![
        who(1),
        who(4711),
        rooms(1),
        rooms(4711),
        bans(None, 0),
        bans(None, 4),
        bans(Some(room()), 4),
        audit(Box::default()),
        audit(ModAction::ALL.map(acted).into()),
        Reply::Stats(Box::new(stats)),
        Reply::Stats(Box::new(unknown)),
        Reply::Help { page: HelpPage::Overview },
        Reply::Help { page: HelpPage::Moderation },
        Reply::Help { page: HelpPage::Keys },
        Reply::Help { page: HelpPage::Topic(Topic::Join) },
    ]
}

fn pasts() -> Vec<Past> {
    let line = |seq, manner| PastLine {
        seq,
        at: at(),
        room: Some("#meadow".into()),
        name: name(),
        manner,
        text: text(),
        deleted_by: None,
    };
    let past = |room, heading| Past {
        room,
        heading,
        is_cut: true,
        has_numbers: false,
        lines: [line(3, Manner::Said), line(9, Manner::Acted)].into(),
        gaps: [(1, 1), (4, 4714)].into(),
        end: PastEnd::More,
    };
    let headings = [
        Heading::Last { count: 1 },
        Heading::Last { count: 4711 },
        Heading::Missed,
        Heading::Period { from: at(), until: None },
        Heading::Period { from: at(), until: Some(at()) },
    ];
    let nothing = |room: Option<Arc<str>>, heading| Past {
        is_cut: false,
        has_numbers: false,
        lines: Box::default(),
        gaps: Box::default(),
        end: PastEnd::Whole,
        ..past(room, heading)
    };
    let search = Heading::Search { text: "blossoms".into() };
    let mut all: Vec<Past> =
        headings.into_iter().map(|heading| past(Some(room()), Some(heading))).collect();
    all.push(Past { end: PastEnd::Earlier, ..past(None, Some(search.clone())) });
    all.push(past(Some(room()), None));
    all.push(nothing(Some(room()), None));
    all.push(nothing(None, Some(search)));
    all.push(nothing(None, None));
    all
}

fn settings() -> Vec<Setting> {
    let mut all = vec![
        Setting::Replay(0),
        Setting::Replay(4711),
        Setting::Timestamps(None),
        Setting::Timestamps(Some("Pacific/Niue".into())),
        Setting::Zone("Pacific/Niue".into()),
        Setting::Bell(Bell::Off),
        Setting::Bell(Bell::Mentions),
        Setting::Bell(Bell::All),
    ];
    for is_on in [true, false] {
        all.push(Setting::Quiet(is_on));
        all.push(Setting::Colour(is_on));
        all.push(Setting::Edit(is_on));
        all.push(Setting::Plain(is_on));
    }
    all.extend(Lang::ALL.map(Setting::Language));
    all
}

fn replies_to_moderators() -> Vec<Reply> {
    let mut all = vec![
        Reply::Claimed,
        Reply::Moderators { owners: Box::default(), operators: Box::default() },
        Reply::Moderators { owners: [name()].into(), operators: [other()].into() },
        Reply::RankGiven { name: name(), rank: Rank::Owner },
        Reply::RankTaken { name: name() },
        Reply::YourRank { by: name(), rank: Some(Rank::Operator) },
        Reply::YourRank { by: name(), rank: None },
        Reply::Removed { name: name() },
        Reply::YouWereRemoved(Box::new(removal(None))),
        Reply::YouWereRemoved(Box::new(removal(Some(room())))),
        Reply::YouMayTalk { by: name(), room: None },
        Reply::YouMayTalk { by: name(), room: Some(room()) },
        Reply::SharedAddress { count: 1 },
        Reply::SharedAddress { count: 4711 },
        Reply::Lockdown { by: name(), is_on: true },
        Reply::Lockdown { by: name(), is_on: false },
        Reply::NotSavedYet,
        Reply::SavedNow,
        Reply::Deleted { count: 1 },
        Reply::Deleted { count: 4711 },
        Reply::NotErasedYet,
        Reply::DiskFails,
        Reply::DiskWorks { lines_lost: 4711, has_unsaved: false },
        Reply::DiskWorks { lines_lost: 4711, has_unsaved: true },
        Reply::AllSaved,
        Reply::SettingsRefused { problem: "blossoms".into() },
    ];
    for kind in [SanctionKind::Ban, SanctionKind::Mute] {
        let name: Box<str> = "quill".into();
        all.push(Reply::Lifted { kind, name: name.clone(), room: None });
        all.push(Reply::Lifted { kind, name, room: Some(room()) });
    }
    all
}

fn replies_of_connections() -> Vec<Reply> {
    vec![
        Reply::Version { version: "blossoms".into() },
        Reply::Uptime { since: at(), time: Duration::from_secs(4711 * 86_400) },
        Reply::Missed { room: None, lines: 1 },
        Reply::Missed { room: None, lines: 4711 },
        Reply::Missed { room: Some(room()), lines: 1 },
        Reply::Missed { room: Some(room()), lines: 4711 },
        Reply::Delayed { seconds: 4711 },
        Reply::Flooding { seconds: 4711 },
        Reply::ServerIsHere,
        Reply::PasswordIsShown,
        Reply::Cancelled,
        Reply::YouLeft,
        Reply::PressEnter,
        Reply::Goodbye,
    ]
}

/// Events.
pub(crate) fn events() -> Vec<Event> {
    let settings = [
        RoomSetting::Locked(true),
        RoomSetting::Locked(false),
        RoomSetting::Hidden(true),
        RoomSetting::Hidden(false),
        RoomSetting::Slow(NonZeroU32::new(4711)),
        RoomSetting::Slow(None),
        RoomSetting::GivenUp,
    ];
    let mut all = vec![
        Event::Joined,
        Event::Left,
        Event::Quit { text: None },
        Event::Quit { text: Some(text()) },
        Event::Said { text: text() },
        Event::Acted { text: text() },
        Event::Renamed { to: other() },
        Event::Topic { topic: Some(text()) },
        Event::Topic { topic: None },
        Event::Removed { removal: Box::new(removal(Some(room()))) },
        Event::Owner,
        Event::Deleted {
            deletion: Box::new(crate::model::Deletion { of: None, numbers: [4711].into() }),
        },
        Event::Deleted {
            deletion: Box::new(crate::model::Deletion {
                of: Some(other()),
                numbers: [4711, 4712].into(),
            }),
        },
    ];
    all.extend(views().map(|view| Event::Sanctioned { sanction: Box::new(view) }));
    all.extend(settings.map(Event::Setting));
    all
}

/// The names of the variants of an enum with a tag, as the error for an unknown one lists them.
pub(crate) fn codes<T: serde::de::DeserializeOwned + std::fmt::Debug>(tag: &str) -> Vec<String> {
    let unknown = format!("{{\"{tag}\":\"\"}}");
    let error = serde_json::from_str::<T>(&unknown).expect_err("no variant has this name");
    let quoted = error.to_string();
    quoted.split('`').skip(1).step_by(2).skip(1).map(str::to_owned).collect()
}

fn check_samples<T>(tag: &str, count_min: usize, samples: &[T])
where
    T: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut missing = codes::<T>(tag);
    assert!(missing.len() >= count_min, "{missing:?}");
    for sample in samples {
        let written = serde_json::to_string(sample).expect("a sample is JSON");
        let value: serde_json::Value = serde_json::from_str(&written).expect("a sample is JSON");
        missing.retain(|code| value[tag] != code.as_str());
        assert_eq!(&serde_json::from_str::<T>(&written).expect("a sample is JSON"), sample);
    }
    assert!(missing.is_empty(), "there are no samples of {missing:?}");
}

#[test]
fn there_is_a_sample_of_each_variant_and_it_survives_json() {
    check_samples("error", 100, &refusals());
    check_samples("reply", 60, &replies());
}
