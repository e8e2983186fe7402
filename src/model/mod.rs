//! The plain data that all other folders share: events, replies, ids, records, settings, jobs.
//!
//! Nothing here needs a thread, a file or a socket. Never imports anything but `base` and `text`.

pub mod delivery;
pub mod event;
pub mod frame;
pub mod history;
pub mod id;
pub mod job;
pub mod language;
pub mod moderation;
pub mod motd;
pub mod newcomer;
pub mod password;
pub mod presentation;
pub mod prompt;
pub mod records;
pub mod refusal;
pub mod removal;
pub mod reply;
pub mod settings;
pub mod time;
pub mod topic;
pub mod traffic;

pub use self::delivery::{CloseReason, Delivery, Disconnection, Held, Kept, Promise, PromiseKind};
pub use self::event::{Author, Batch, ClientIndex, Event, OrderedLine, Proposal, RoomSetting};
pub use self::frame::{Frame, FrameBuilder, FrameLine, LineKind};
pub use self::history::{Finds, HistoryAnswer, HistoryQuery, HistoryRequest, HistoryResult, Span};
pub use self::id::{AccountId, ClientId, LOBBY, LineId, MessageId, PersonId, RoomId, SanctionId};
pub use self::job::{AccountWork, Busy, Job, JobOutcome, Verdict, Work, WorkResult};
pub use self::language::Lang;
pub use self::moderation::{
    AuditEntry, LobbyRules, ModAction, ModerationChange, Network, OwnerToken, Rank, Removal,
    Sanction, SanctionKind, SanctionTerm, SanctionView, StoredModeration, Subject,
};
pub use self::motd::Motd;
pub use self::newcomer::{Naming, Newcomer};
pub use self::password::{Cost, Password, PasswordError, PasswordHash};
pub use self::presentation::{ClientTraits, ClockOffset, Presentation, Terminal, View, Wire};
pub use self::prompt::{
    CommandVerdict, PasswordPurpose, PasswordRequest, Question, QuestionFault, QuestionKind,
};
pub use self::records::{
    Account, Found, HistoryEntry, HistoryPage, LastIds, PrivateMessage, ReadMarker, RoomHistory,
    RoomRecord, StoredLine, StoredState, Update,
};
pub use self::refusal::Refusal;
pub use self::removal::{Deletion, ERASED_NAME, ErasedPerson, Erasure, LineAuthor};
pub use self::reply::{
    AuditPage, BansPage, Heading, HelpPage, NotSaid, Paging, Past, PastEnd, PastLine, PrivateLine,
    Reply, RoomEntry, RoomsPage, SaidBefore, Setting, Stats, WhoEntry, WhoPage, Whois, WhoisAway,
    WhoisHere,
};
pub use self::settings::{Bell, Settings};
pub use self::time::Timestamp;
pub use self::topic::{Group, Topic};
pub use self::traffic::Traffic;
