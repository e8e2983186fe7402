//! Every limit that is not a setting, in one place: what it bounds, its unit, and why it is so.
//!
//! Settings and the relations between all limits are in [`crate::server::config`]. Nothing here knows
//! who uses it.

use std::time::Duration;

/// Bytes of memory (see [`crate::model::frame::Frame::charge_bytes`]) after which a batch is handed out.
///
/// Large enough that a flood costs one vectored write per client and some thousand lines, small
/// enough that two of them fit any SendQ and that the first line of a batch waits for well under
/// a millisecond.
pub const BATCH_BYTES_MAX: usize = 64 * 1024;

/// Memory of lines waiting for the broadcaster, in bytes, beyond which no input is taken: about a
/// batch, so that it finds a full one whenever it looks.
pub const WAITING_BYTES_MAX: usize = 64 * 1024;

/// What a command counts as while it waits for the broadcaster, in bytes: its answer is preceded by
/// what its rooms have gathered, so few of them wait at a time.
pub const COMMAND_CHARGE_BYTES: usize = 4 * 1024;

/// Bundles waiting for the broadcaster in each of its channels, in items. A connection thread sends
/// one for each round of its loop; one that has to wait for room loses nothing.
pub const BUNDLES_QUEUED_MAX: usize = 64;

/// Bytes taken from one socket in one turn. It is also the most that is kept for a client that is
/// held back by flood control.
pub const READ_TURN_BYTES_MAX: usize = 16 * 1024;

/// Turns that a connection thread gives in one round of its loop: most find nothing to read, and it
/// is what may come in at once when very many join or leave.
pub const TURNS_PER_ROUND_MAX: usize = 1024;

/// Of those turns, the ones that have read something and may read more: after that many, what the
/// thread has in its inbox comes first.
pub const READS_PER_ROUND_MAX: usize = 64;

/// Parcels that a connection thread takes from its inbox before it writes, in items: a batch for
/// each of many thousand clients, and not so many that writing waits for long.
pub const PARCELS_PER_LOOP_MAX: usize = 32 * 1024;

/// Events taken from the kernel in one poll, in items.
pub const EVENTS_PER_POLL_MAX: usize = 1024;

/// Buffers in one vectored write. Linux takes up to 1,024; a SendQ rarely holds more than these.
pub const WRITE_SLICES_MAX: usize = 32;

/// Batches that a thread may have before it without the gate closing: no thread takes input while
/// any is this far behind, so what the server has accepted is what it can hand out.
pub const GATE_BATCHES_MAX: u64 = 2;

/// Batches that may be on their way to a client and in no SendQ yet, in items: those of the gate,
/// the one that waited for the broadcaster, and what each thread's turn at that moment added to it.
pub const BATCHES_ON_THEIR_WAY_MAX: usize = GATE_BATCHES_MAX as usize + 2;

/// How long a connection thread waits before it looks at a closed gate again.
pub const GATE_RECHECK: Duration = Duration::from_millis(1);

/// Kernel send buffer of each client's socket, in bytes. Left to itself the kernel swallowed 4.3 MB
/// for one stalled reader.
pub const SOCKET_SEND_BUFFER_BYTES: usize = 128 * 1024;

/// Kernel receive buffer of each client's socket, in bytes. A client that is held back fills it,
/// and left to itself the kernel lets it grow to 6 MB.
pub const SOCKET_RECEIVE_BUFFER_BYTES: usize = 64 * 1024;

/// Silence after which the kernel asks whether the peer is still there.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(120);

/// Time between two such questions.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// Added to the stall timeout for TCP_USER_TIMEOUT, by which the kernel ends peers that are gone
/// (it takes the place of the keepalive's own count) and also peers whose window is shut. It begins
/// to count when the window shuts, long before the buffers are full and the server's own rule can
/// say why: who stops the screen in a quiet room for a while must not be cut off by it, and the
/// name of who is gone should not stay for long.
pub const USER_TIMEOUT_MARGIN: Duration = Duration::from_secs(300);

/// Connections that the kernel completes before they are accepted: as many as Linux allows by
/// default (net.core.somaxconn). std's own listener asks for 128, and a burst beyond that waits a
/// second for its SYN to be sent again; with 1,024, so did some of 2,000 that came at once to a
/// busy machine.
pub const LISTEN_BACKLOG: i32 = 4096;

/// Connections accepted from one listening socket before the others get their turn.
pub const ACCEPTS_PER_TURN_MAX: usize = 64;

/// First pause after `accept` found no descriptor or memory; each further one is twice as long.
pub const ACCEPT_BACKOFF_MIN: Duration = Duration::from_millis(5);

/// Longest such pause.
pub const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);

/// Refusals, accept errors and lines that are lost are logged at most once in this time.
pub const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Refused connections that are told why and closed in order at one time; any more are just closed.
pub const REFUSALS_LINGERING_MAX: usize = 64;

/// Descriptors kept back from clients: standard streams, listeners, polls, wakers, refusals, and
/// what a library may open for a moment.
pub const DESCRIPTORS_RESERVED: usize = REFUSALS_LINGERING_MAX + 32;

/// Connections that one address (IPv6: one /64) may open at once before it is slowed down: as many
/// as may be here from it by default, so that all of a class can come back after a restart.
pub const CONNECT_BURST: u32 = 64;

/// Connections a minute that one address may open after its burst.
pub const CONNECT_PER_MINUTE: u32 = 30;

/// Addresses remembered for counting, beside one for each client that may be here. Those that have
/// nobody here and have been quiet are forgotten first; beyond this a new address is refused until
/// some are.
pub const ADDRESSES_REMEMBERED_MAX: usize = 16 * 1024;

/// Time from being accepted to having entered: for doors that ask something first.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(20);

/// Time from being asked for the server's password to knowing it: people look it up, and type it
/// three times.
pub const DOOR_PASSWORD_TIMEOUT: Duration = Duration::from_secs(60);

/// Passwords that one connection may try before it has entered: a slip of the finger, and another.
/// How often somebody may connect again is limited by address.
pub const DOOR_PASSWORD_TRIES: u32 = 3;

/// Passwords that may be wrong, or no fit ones, before a command's prompt ends: as at the door.
pub const PROMPT_TRIES: u32 = 3;

/// How long after a prompt has ended without success a line may still be an answer, of somebody who
/// has not seen that: time to type a password and press Enter.
pub const DOUBT_TIME: Duration = Duration::from_secs(10);

/// Lines sent that soon after one that was held back have been sent without having seen that.
pub const DOUBT_PAUSE: Duration = Duration::from_secs(1);

/// How long somebody who does nothing has been here before the others are told: long enough that
/// browsers, scanners and health checks, which connect and go, are never mentioned, and that
/// people have a name by then; short enough that nobody talks behind a newcomer's back for long.
pub const ARRIVAL_TIME: Duration = Duration::from_secs(2);

/// How long a newcomer whose first line was `/login` may take for its password before it goes on as
/// a guest: as long as somebody who is asked for the server's password.
pub const INTRODUCTION_TIME: Duration = DOOR_PASSWORD_TIMEOUT;

/// Names that a newcomer is told of people who are there, in names; one more if that is all.
pub const FIRST_NAMES_MAX: usize = 2;

/// Lines of the past in which those names are looked for, so that it costs the same however many
/// people and lines there are.
pub const FIRST_NAMES_LINES_MAX: usize = 16;

/// How long a door waits for a newcomer's first words before it lets it in without any. Browsers,
/// TLS clients and scanners speak first, and their first bytes come right behind the connection
/// itself, so that they are recognised and nobody is told of them; people do not notice.
pub const FIRST_WORDS_PATIENCE: Duration = Duration::from_millis(30);

/// After the last byte has been sent, how long the end of the peer's input is awaited. Closing with
/// unread input resets the connection and loses what was on its way.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(2);

/// From the beginning of a shutdown to the end of the last connection.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Answers to telnet requests and the like that a client gets at once, in answers.
pub const ANSWER_BURST: u32 = 64;

/// Such answers a second after that; beyond it the client's input waits.
pub const ANSWERS_PER_SECOND: u32 = 8;

/// How long a client may take to answer whether it sends each key: all that know of it answer at
/// once, and the others should not be told anything later than need be.
pub const OFFER_PATIENCE: Duration = Duration::from_secs(1);

/// How long a terminal that has agreed to tell its type may take to do so before the first prompt is
/// drawn on it: one round trip, also to the other end of the world. A terminal that cannot move its
/// cursor would show the prompt as rubbish.
pub const TERMINAL_TYPE_PATIENCE: Duration = Duration::from_millis(300);

/// The least time between two redrawings of what stands below the lines, for the sake of the lines:
/// twenty a second are more than anybody reads.
pub const REDRAW_INTERVAL: Duration = Duration::from_millis(50);

/// Keys that are taken of one client before the others have their turn, in bytes: one may move over
/// all of a long line.
pub const KEYS_PER_TURN_BYTES_MAX: usize = 64;

/// Such turns that a client has at once: two of the longest pastes.
pub const KEY_TURNS_BURST: u32 = 512;

/// Such turns a second after that, which nobody's hands are faster than; beyond it the client's
/// input waits.
pub const KEY_TURNS_PER_SECOND: u32 = 64;

/// Words that are completed for a client at once, in words. For each the hall looks at everybody.
pub const COMPLETION_BURST: u32 = 10;

/// Such words a second after that; beyond it the client's input waits.
pub const COMPLETIONS_PER_SECOND: u32 = 2;

/// Times that what stands below the lines is redrawn at once, because of what was typed; after that,
/// as often as for lines that arrive. Nobody types so fast for longer.
pub const REDRAW_BURST: u32 = 40;

/// Lines of a block that is pasted into a line edited here: as many as may be said at once.
pub const BLOCK_LINES_MAX: usize = PASTE_LINES_MAX as usize;

/// The least time between two times that the hall is told how wide somebody's terminal is.
pub const TERMINAL_TOLD_INTERVAL: Duration = Duration::from_millis(250);

/// What waits for such a redrawing at most, in bytes of memory: many screens. Beyond it the lines go
/// out without one.
pub const REDRAW_HELD_BYTES_MAX: usize = 32 * 1024;

/// Lines that somebody has sent from a line edited here, which the arrow keys bring back.
pub const RECALL_ENTRIES_MAX: usize = 50;

/// The same, in bytes: two of the longest lines, or many usual ones.
pub const RECALL_BYTES_MAX: usize = 2 * 1024;

/// What a word may be completed to, in words: nobody goes through more by one key.
pub const COMPLETIONS_MAX: usize = 20;

/// Lines that come within this time of each other have come together, as those of a paste do: a
/// terminal sends them one by one, within some milliseconds.
pub const PASTE_GAP: Duration = Duration::from_millis(100);

/// Lines of a paste that pass at once beside those that a client may say at once anyway: a listing
/// of two screens. One such block is paid back in as many lines of the steady rate, so who does
/// nothing but paste says twice as much as `--flood` allows, by default ten lines a second.
pub const PASTE_LINES_MAX: u32 = 100;

/// How long who talks too fast is held back without a word: long enough that nobody learns of it
/// who was only quick once.
pub const FLOOD_TOLD_AFTER: Duration = Duration::from_secs(2);

/// How long until it is silenced, if it never lets what it has said be heard meanwhile.
pub const FLOOD_SILENCED_AFTER: Duration = Duration::from_secs(10);

/// And for how long: enough to be noticed by a person, and to stop a program that looks at nothing.
pub const FLOOD_SILENCE: Duration = Duration::from_secs(10);

/// Blanks in a row that somebody may say between words, in columns: as wide as a tab. By more, what
/// follows could be moved to the beginning of the next row of a terminal that does not break lines
/// at words, and read as said by somebody else.
pub const BLANK_COLUMNS_MAX: usize = 8;

/// The same before the first word: five levels of code, by four. What may stand before them (a time,
/// the longest names of a room and of a person, and their signs) takes 59 columns, so that together
/// they do not fill a row of 80.
pub const LEADING_BLANK_COLUMNS_MAX: usize = 20;

/// Characters of a word that is not understood that are told back to who typed it: more than the
/// name of any command has, as many as most addresses, and not a line's worth.
pub const WORD_SHOWN_CHARS_MAX: usize = 24;

/// Longest time that a room may ask people to wait between two of their lines, in seconds: beyond
/// an hour it would better be locked.
pub const SLOW_MODE_SECONDS_MAX: u32 = 3600;

/// Arrivals (or departures) in a row that are told one by one; a longer run in one batch becomes
/// one line, or a thousand people joining would each be told of a thousand others.
pub const NOTICE_RUN_MAX: usize = 4;

/// Charged to a SendQ for each piece in it beside its bytes: the queue's entry, twice because the
/// queue grows by doubling, the counts and lengths of a frame, what the allocator adds.
pub const PIECE_CHARGE_BYTES: usize = 192;

/// Log lines waiting for a slow standard error; any more are dropped and counted.
pub const LOG_LINES_QUEUED_MAX: usize = 4 * 1024;

/// Longest name, in bytes: an IPv6 address with its scope and port, or a guest name with its
/// number.
pub const NAME_BYTES_MAX: usize = 80;

/// Rooms at one time, each some hundred bytes while nobody talks in it.
pub const ROOMS_MAX: usize = 10_000;

/// Rooms whose changes wait for the disk at most: those that there are, and as many that are no
/// more. Beyond it changes of other rooms are refused, or wait in their rooms.
pub const UNSAVED_ROOMS_MAX: usize = 2 * ROOMS_MAX;

/// Rooms that one person may own.
pub const ROOMS_OWNED_MAX: usize = 16;

/// Rooms that one client may be in: what it is told is preceded by what each of them has gathered.
pub const ROOMS_PER_CLIENT_MAX: usize = 32;

/// People that may be invited into one room.
pub const INVITED_MAX: usize = 1_000;

/// People that one person may ignore.
pub const IGNORED_MAX: usize = 200;

/// People of whom a slow room remembers when they last said something, before it looks whom it may
/// forget.
pub const SLOW_SPEAKERS_REMEMBERED_MAX: usize = 1_024;

/// Registered names: all of them are kept in memory, at about half a KiB each.
pub const ACCOUNTS_MAX: usize = 100_000;

/// Passwords that one address may try at once, right or wrong: all of a class behind one router log
/// in after a restart.
pub const PASSWORDS_PER_ADDRESS_BURST: u32 = 64;

/// Time after which an address may try one more: a hash takes the registrar some tens of
/// milliseconds.
pub const PASSWORD_PER_ADDRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Wrong passwords that one address may give at once for the same account or room.
pub const WRONG_PASSWORDS_FROM_ADDRESS_BURST: u32 = 10;

/// Time after which it may give one more.
pub const WRONG_PASSWORD_FROM_ADDRESS_INTERVAL: Duration = Duration::from_secs(30);

/// Wrong passwords for one account or room at once, from wherever. Fewer would let anybody with
/// some addresses keep its owner out.
pub const WRONG_PASSWORDS_BURST: u32 = 100;

/// Time after which one more may be given.
pub const WRONG_PASSWORD_INTERVAL: Duration = Duration::from_secs(10);

/// Clients that one account may be used from at once: what its owner chooses concerns all of them.
pub const CLIENTS_PER_ACCOUNT_MAX: usize = 16;

/// Changes of name that one client may make at once: each is told to everybody who is with it.
pub const RENAMES_BURST: u32 = 10;

/// Time after which it may make one more.
pub const RENAME_INTERVAL: Duration = Duration::from_secs(20);

/// Names that may be registered from one address at once: those of a class.
pub const REGISTRATIONS_PER_ADDRESS_BURST: u32 = 64;

/// Time after which one more name may be registered from an address.
pub const REGISTRATION_PER_ADDRESS_INTERVAL: Duration = Duration::from_secs(60);

/// Outcomes of slow work waiting for the broadcaster, in items; the registrar waits for room.
pub const OUTCOMES_QUEUED_MAX: usize = 64;

/// Shortest new password, in characters. NIST SP 800-63B asks for eight where much depends on it;
/// a name in a chat is worth less, and each try costs the guesser a slow hash.
pub const PASSWORD_CHARS_MIN: usize = 6;

/// Longest password, in bytes after its preparation: room for a sentence, and a bound on the work.
pub const PASSWORD_BYTES_MAX: usize = 128;

/// Private messages kept for one person who is away: a few screens, read in one go on coming back.
pub const PRIVATE_MESSAGES_KEPT_MAX: u32 = 100;

/// Of those, the ones from one sender, so that nobody alone fills another's mailbox.
pub const PRIVATE_MESSAGES_PER_SENDER_MAX: u32 = 20;

/// Jobs waiting for the registrar. A password takes it some tens of milliseconds, so that the last
/// of so many waits for a few seconds; who comes then is better told that the server is busy.
pub const REGISTRAR_JOBS_MAX: usize = 256;
/// Longest name that a person or a room may choose, in columns of a terminal (UAX #11): room for
/// every given name and for most full ones (a Chinese character takes two), and what somebody says
/// still begins in the first third of a line of 80.
pub const NICK_COLUMNS_MAX: usize = 24;

/// Characters of a word by which it is found: more than the longest word of any dictionary. What is
/// longer is a link's code or a hand on the keyboard, and would only make the index large.
pub const SEARCH_WORD_CHARS_MAX: usize = 64;

/// Parts between spaces that one may look for at once; the rest is ignored. Nobody remembers more
/// of a line, and each costs the index a look-up.
pub const SEARCH_PARTS_MAX: usize = 16;

/// Words in all these parts together: a part in Chinese has one for each character.
pub const SEARCH_WORDS_MAX: usize = 64;

/// Characters from which on a word is also found by its beginning: fewer begin too many words.
pub const SEARCH_PREFIX_CHARS_MIN: usize = 3;

/// How long a search may take, while others who search wait. Most take some milliseconds; a
/// beginning that 1.6 million words have in common took 0.4 s.
pub const SEARCH_TIME_MAX: Duration = Duration::from_secs(1);

/// Steps of SQLite's virtual machine between two looks at the time that a search has left. It is
/// time that is limited and not steps, because these differ too much: one took 0.25 µs where lines
/// were looked through, and 33 µs where the index gathered all words with the same beginning.
pub const SEARCH_STEPS_PER_LOOK: i32 = 50;

/// Lines that have not been indexed yet which a search looks through one by one, the latest first:
/// some tens of milliseconds of work.
pub const SEARCH_NOT_INDEXED_LINES_MAX: usize = 50_000;

/// What may wait to be written into the history, in bytes of memory: at fifty lines a second half
/// an hour of a disk that does not answer, and of a flood more than a second. Beyond it lines are
/// not kept.
pub const HISTORY_BACKLOG_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How long a line waits for others that are to be written with it, and the least between two
/// commits of which neither has anybody waiting.
pub const HISTORY_COMMIT_INTERVAL: Duration = Duration::from_millis(20);

/// Lines that are written without waiting for more, where the last commit is long enough ago.
pub const HISTORY_COMMIT_LINES: usize = 500;

/// What is written in one transaction at most, in bytes of memory: it takes some milliseconds.
pub const HISTORY_COMMIT_BYTES_MAX: usize = 1024 * 1024;

/// Lines that are indexed with those that are written in one transaction.
pub const HISTORY_INDEXED_AT_ONCE_LINES: usize = 500;

/// How long the historian may be at one piece of what is not urgent, in which time who has
/// something to write waits: by this it learns how many lines a piece may have.
pub const HISTORY_CHORE_TIME: Duration = Duration::from_millis(10);

/// The fewest lines of such a piece: each is a transaction, and waits for the disk.
pub const HISTORY_CHORE_LINES_MIN: usize = 50;

/// The most.
pub const HISTORY_CHORE_LINES_MAX: usize = 4_000;

/// How often what is too old is looked for.
pub const HISTORY_PRUNE_INTERVAL: Duration = Duration::from_secs(15 * 60);

/// How far the clock may be ahead of what the newest line and the time since the start say, before
/// the age of lines no longer follows it: more than clocks are set by in summer, or drift.
pub const HISTORY_CLOCK_AHEAD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Lines that a room keeps where all of them are in memory: a long evening of many.
pub const MEMORY_LINES_PER_ROOM_MAX: u64 = 10_000;

/// What the whole archive takes in memory, in bytes: some hundred thousand usual lines.
pub const MEMORY_ARCHIVE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often rooms are looked through there for lines that are too many.
pub const MEMORY_PRUNE_INTERVAL: Duration = Duration::from_secs(60);

/// Lines that are removed there at once, the oldest, when all of it becomes too large.
pub const MEMORY_PIECE_LINES: usize = 100;

/// How long a disk that does not take what is said or changed is left alone before it is tried
/// again, at first; each further time is twice as long.
pub const DISK_RETRY_MIN: Duration = Duration::from_millis(100);

/// Longest such time.
pub const DISK_RETRY_MAX: Duration = Duration::from_secs(2);

/// How long a disk that fails is tried when the server ends, before what is left is given up.
pub const DISK_LAST_TRIES: Duration = Duration::from_secs(2);

/// A write that takes longer than this is told in the log.
pub const HISTORY_STALL_TOLD_AFTER: Duration = Duration::from_secs(5);

/// Answers about the history waiting for the broadcaster, in items; who reads waits for room.
pub const HISTORY_ANSWERS_QUEUED_MAX: usize = 16;

/// What a room has at hand of what was said in it, in bytes of memory, however many lines that is.
pub const RECENT_BYTES_MAX: usize = 16 * 1024;

/// Lines of the past that somebody who joins a room is shown at most: some pages to scroll back.
/// They are at hand, as far as [`RECENT_BYTES_MAX`] allows.
pub const REPLAY_LINES_MAX: usize = 200;

/// Lines about the past that are shown at once: all of it is on a screen of 24.
pub const HISTORY_PAGE_LINES: usize = 20;

/// Lines that an export reads at once. Between these pieces it reads nothing, however slow whoever
/// takes the lines is: a long reader would make the write-ahead log grow.
pub const EXPORT_PIECE_LINES: usize = 500;

/// Of how many people in how many rooms it is remembered how far they have read, each at some 50
/// bytes. Who comes to one more room is shown its last lines there, as guests are.
pub const MARKS_MAX: usize = 1_000_000;

/// Bans and mutes of the whole server at one time, which operators alone impose.
pub const SANCTIONS_MAX: usize = 10_000;

/// Bans and mutes of one room, which anybody may own.
pub const ROOM_SANCTIONS_MAX: usize = 200;

/// Bans and mutes of all rooms together: some hundred bytes each.
pub const ROOMS_SANCTIONS_MAX: usize = 20_000;

/// Addresses from which guests are taken for somebody who was banned or muted: as many as they may
/// be here from at once.
pub const ORIGINS_OF_SANCTION_MAX: usize = CLIENTS_PER_ACCOUNT_MAX;

/// Bans and mutes of one room, or of the server, up to which a guest whom one concerns by their
/// address has one of their own after they have registered a name: half of what a room may have, or
/// somebody banned could leave its owner no place by names that they register.
pub const SANCTIONS_FOLLOWED_MAX: usize = ROOM_SANCTIONS_MAX / 2;

/// Bans and mutes that wait for the disk at most, with those that have been lifted since, of which
/// half may be of rooms: each some hundred bytes. Beyond it none can be imposed.
pub const UNSAVED_SANCTIONS_MAX: usize = 4 * (SANCTIONS_MAX + ROOMS_SANCTIONS_MAX);

/// Guests who have gone that are remembered, so that who says something and leaves can still be
/// banned.
pub const GONE_GUESTS_MAX: usize = 500;

/// How often operators are told at most that the disk does not take what is to be kept.
pub const DISK_TOLD_INTERVAL: Duration = Duration::from_secs(60);

/// Of the registrar's places, those that are kept for those who wait for the outcome, as who logs in
/// does: the others may be filled by anybody who leaves messages, at the pace of the disk.
pub const REGISTRAR_JOBS_RESERVED: usize = 64;

/// Longest time that a ban or a mute may be limited to. Who means more means for good.
pub const SANCTION_TIME_MAX: Duration = Duration::from_secs(3650 * 24 * 60 * 60);

/// How long somebody who comes has to log in, where guests may not take part.
pub const LOGIN_TIME: Duration = Duration::from_secs(120);

/// How long somebody from a banned network has to log in, where they may: to type a password.
pub const OUTSIDE_LOGIN_TIME: Duration = Duration::from_secs(60);

/// Clients from banned networks that may do so at one time. Beyond it the one that has waited for
/// longest goes: a banned network does not fill the server, and keeps nobody else out either.
pub const OUTSIDE_MAX: usize = 32;

/// Deeds of operators that are remembered, the last ones, in memory and on disk: some hundred bytes
/// each.
pub const AUDIT_ENTRIES_MAX: usize = 2_000;

/// Lines of the message of the day: more would push the room off any screen.
pub const MOTD_LINES_MAX: usize = 50;

/// The message of the day, in bytes: full lines of some 160 columns, and a bound on what each
/// newcomer is sent before anything else.
pub const MOTD_BYTES_MAX: usize = 8 * 1024;
