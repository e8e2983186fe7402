//! Every limit that is not a setting, in one place: what it bounds, its unit, and the reason for
//! its value.
//!
//! Settings and the relations between all limits are in [`crate::server::config`]. This module does
//! not know who uses the limits.

use std::time::Duration;

/// Bytes of memory (see [`crate::model::frame::Frame::charge_bytes`]) after which a batch is handed
/// out.
///
/// Large enough that a flood costs one vectored write per client and some thousand lines; small
/// enough that two batches fit into any SendQ, and that the first line of a batch waits for well
/// under a millisecond.
pub const BATCH_BYTES_MAX: usize = 64 * 1024;

/// Memory of lines waiting for the broadcaster, in bytes, beyond which no input is accepted. About
/// a batch, so that the broadcaster always finds a full one.
pub const WAITING_BYTES_MAX: usize = 64 * 1024;

/// The charge for a command waiting for the broadcaster, in bytes. Before a command is answered,
/// the open batches of the client's rooms are handed out, so only a few commands may wait at a
/// time.
pub const COMMAND_CHARGE_BYTES: usize = 4 * 1024;

/// Bundles waiting for the broadcaster in each of its channels. A connection thread sends one per
/// round of its loop; a thread that has to wait for space loses nothing.
pub const BUNDLES_QUEUED_MAX: usize = 64;

/// Bytes read from one socket in one turn. Also the most that is buffered for a client that flood
/// control holds back.
pub const READ_TURN_BYTES_MAX: usize = 16 * 1024;

/// Turns that a connection thread gives in one round of its loop. Most turns find nothing to read.
/// This is also the most that may arrive at once when very many clients join or leave.
pub const TURNS_PER_ROUND_MAX: usize = 1024;

/// Of those turns, the ones that have read something and may read more. After this many, the thread
/// handles its inbox first.
pub const READS_PER_ROUND_MAX: usize = 64;

/// Parcels that a connection thread takes from its inbox before it writes: a batch for each of many
/// thousand clients, but not so many that writing is delayed for long.
pub const PARCELS_PER_LOOP_MAX: usize = 32 * 1024;

/// Events taken from the kernel in one poll.
pub const EVENTS_PER_POLL_MAX: usize = 1024;

/// Buffers in one vectored write. Linux accepts up to 1,024; a SendQ rarely has more than this.
pub const WRITE_SLICES_MAX: usize = 32;

/// Batches that a thread may have in its inbox without closing the gate. No thread accepts input
/// while any thread is this far behind, so the server accepts no more than it can hand out.
pub const GATE_BATCHES_MAX: u64 = 2;

/// Batches that may be on their way to a client but not in any SendQ yet: those that the gate
/// allows, the one that was waiting for the broadcaster, and what each thread's current turn added
/// to it.
pub const BATCHES_ON_THEIR_WAY_MAX: usize = GATE_BATCHES_MAX as usize + 2;

/// How long a connection thread waits before it checks a closed gate again.
pub const GATE_RECHECK: Duration = Duration::from_millis(1);

/// Kernel send buffer of each client's socket, in bytes. By default, the kernel buffered 4.3 MB for
/// one stalled reader.
pub const SOCKET_SEND_BUFFER_BYTES: usize = 128 * 1024;

/// Kernel receive buffer of each client's socket, in bytes. A client that is held back fills it,
/// and by default the kernel lets it grow to 6 MB.
pub const SOCKET_RECEIVE_BUFFER_BYTES: usize = 64 * 1024;

/// Silence after which the kernel probes whether the peer is still there.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(120);

/// Time between two probes.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);

/// Added to the stall timeout for TCP_USER_TIMEOUT. With it the kernel closes connections to peers
/// that are gone (it replaces the keepalive's own count) and also to peers whose window is closed.
/// It starts to count when the window closes, long before the buffers are full and the server's own
/// rule can give the reason. So a user who pauses the screen in a quiet room must not be cut off by
/// it, but the name of a user who is gone should not stay for long.
pub const USER_TIMEOUT_MARGIN: Duration = Duration::from_secs(300);

/// Connections that the kernel completes before they are accepted: the maximum that Linux allows by
/// default (net.core.somaxconn). std's own listener asks for 128, and in a larger burst some
/// clients wait a second to resend their SYN; with 1,024, so did some of 2,000 clients that
/// connected at once to a busy machine.
pub const LISTEN_BACKLOG: i32 = 4096;

/// Connections accepted from one listening socket before the other sockets get their turn.
pub const ACCEPTS_PER_TURN_MAX: usize = 64;

/// First pause after `accept` ran out of descriptors or memory; each further one is twice as long.
pub const ACCEPT_BACKOFF_MIN: Duration = Duration::from_millis(5);

/// Longest such pause.
pub const ACCEPT_BACKOFF_MAX: Duration = Duration::from_secs(1);

/// Minimum time between two log lines about refusals, accept errors, or lost lines.
pub const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Refused connections that are told the reason and closed gracefully at the same time; any more
/// are closed immediately.
pub const REFUSED_MAX: usize = 64;

/// Connections at the same time that are not recognised yet, or in their TLS handshake. More wait
/// in the kernel's backlog.
pub const UNKNOWN_MAX: usize = 2_048;

/// Of these, the ones from one address (IPv6: one /64): a class that connects at the same moment.
pub const UNKNOWN_PER_ADDRESS_MAX: usize = 64;

/// Bytes that such a connection may send before it is recognised: more than a ClientHello and a
/// PROXY header take together.
pub const UNKNOWN_BYTES_MAX: usize = 16 * 1024;

/// How long the listener waits before it checks whether there is room for another one.
pub const UNKNOWN_RECHECK: Duration = Duration::from_millis(10);

/// HTTP requests at the same time, with the silent connections that browsers open beside them. They
/// take no places of clients.
pub const VISITS_MAX: usize = 1_024;

/// Of these, the ones from one address (IPv6: one /64): a class in which everyone opens the page.
pub const VISITS_PER_ADDRESS_MAX: usize = 128;

/// Connections for HTTP that one address may open at once before it is slowed down.
pub const VISIT_BURST: u32 = 256;

/// Connections for HTTP per minute that one address may open after its burst.
pub const VISITS_PER_MINUTE: u32 = 120;

/// How long before or after an HTTP request a silent connection from the same address is taken for
/// the one that browsers open ahead. Chromium opens it together with the first.
pub const SPARE_WINDOW: Duration = Duration::from_secs(2);

/// How long such a connection may stay silent. Browsers open another one if they need it.
pub const SPARE_TIMEOUT: Duration = Duration::from_secs(60);

/// Limits a kind of connection that is not a client, on a server that allows this many clients. There
/// are at most as many of them as clients, so that a low limit on descriptors leaves room for
/// clients, but always enough for a class.
pub fn callers_max(most: usize, clients_max: usize) -> usize {
    most.min(clients_max.max(UNKNOWN_PER_ADDRESS_MAX))
}

/// Descriptors reserved for other uses than connections: standard streams, listeners, polls,
/// wakers, and whatever a library opens for a moment; and for refused connections.
pub const DESCRIPTORS_RESERVED: usize = REFUSED_MAX + 32;

/// Connections that one address (IPv6: one /64) may open at once before it is slowed down: as many
/// as it may have by default, so that a whole class can reconnect after a restart.
pub const CONNECT_BURST: u32 = 64;

/// Connections per minute that one address may open after its burst.
pub const CONNECT_PER_MINUTE: u32 = 30;

/// Addresses remembered for counting, in addition to one for each possible client. Quiet addresses
/// without clients are forgotten first; beyond this limit a new address is refused until some have
/// been.
pub const ADDRESSES_REMEMBERED_MAX: usize = 16 * 1024;

/// How long a connection may take to be recognised, handshakes included, and a client after that to
/// join.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Time from the request for the server's password to the right answer: people look it up, and type
/// it up to three times.
pub const DOOR_PASSWORD_TIMEOUT: Duration = Duration::from_secs(60);

/// Passwords that one connection may try before it joins: room for two typing mistakes. How often a
/// client may reconnect is limited by address.
pub const DOOR_PASSWORD_TRIES: u32 = 3;

/// Wrong or invalid passwords before a command's prompt ends; the same as for the server's
/// password.
pub const PROMPT_TRIES: u32 = 3;

/// How long after a failed prompt a line may still be an answer from a user who has not seen the
/// failure: time to type a password and press Enter.
pub const DOUBT_TIME: Duration = Duration::from_secs(10);

/// Lines sent this soon after a line that was held back were sent without having seen that.
pub const DOUBT_PAUSE: Duration = Duration::from_secs(1);

/// How long a client must have been connected before its silent arrival is announced. Long enough
/// that browsers, scanners and health checks, which connect and disconnect, are never mentioned,
/// and that people have chosen a name by then; short enough that nobody talks behind a newcomer's
/// back for long.
pub const ARRIVAL_TIME: Duration = Duration::from_secs(2);

/// How long what is due by time, such as the announcement of new clients, waits for the gate to
/// open. Not longer, since under a flood the gate may seldom be found open. Not shorter, since the
/// announcements of many thousand clients would pile up in the inboxes of the connection threads,
/// and the allocator keeps that memory.
pub const DEADLINE_HOLD_MAX: Duration = Duration::from_secs(1);

/// Deadlines of clients of one kind that a tick handles. As many announcements nearly fill a batch;
/// more would be two, and the gate could not hold the second one back.
pub const DUE_AT_ONCE_MAX: usize = 400;

/// How often the gate is checked meanwhile.
pub const GATE_POLL: Duration = Duration::from_millis(5);

/// How long a newcomer whose first line was `/login` may take to enter the password before
/// continuing as a guest: as long as for the server's password.
pub const INTRODUCTION_TIME: Duration = DOOR_PASSWORD_TIMEOUT;

/// Names of people present that a newcomer is told; one more if that is all of them.
pub const FIRST_NAMES_MAX: usize = 2;

/// Recent lines searched for those names, so that the cost does not depend on the number of people
/// and lines.
pub const FIRST_NAMES_LINES_MAX: usize = 16;

/// How long the server waits for the first bytes of a caller from this machine or a private network
/// before it greets a silent one. Programs that speak first are recognised in that time: on a busy
/// machine, Chromium sent its request 142 ms after the connection was accepted.
pub const PATIENCE_NEAR: Duration = Duration::from_millis(300);

/// The same for a caller from elsewhere. A lost segment is sent again after 200 ms and a round trip
/// (RFC 6298), and a proxy tells its client only then that it is connected.
pub const PATIENCE_FAR: Duration = Duration::from_secs(1);

/// How long a client that has just been offered something at a telnet:// address has to answer
/// before it joins, so that its first lines are shown in the width of its terminal.
pub const GREETING_PATIENCE: Duration = Duration::from_millis(30);

/// How long to wait for the end of the peer's input after the last byte has been sent. Closing a
/// socket with unread input resets the connection and loses data in transit.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(2);

/// From the beginning of a shutdown to the end of the last connection.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Answers to telnet requests and similar that a client gets at once.
pub const ANSWER_BURST: u32 = 64;

/// Such answers per second after the burst; beyond that the client's input waits.
pub const ANSWERS_PER_SECOND: u32 = 8;

/// How long a client may take to answer whether it will send single keys. Clients that support this
/// answer at once, and the others should not wait longer than necessary.
pub const OFFER_PATIENCE: Duration = Duration::from_secs(1);

/// How long a terminal that has agreed to send its type may take before the first prompt is drawn:
/// one round trip to the other side of the world. A terminal without cursor movement would show the
/// prompt as garbage.
pub const TERMINAL_TYPE_PATIENCE: Duration = Duration::from_millis(300);

/// Minimum time between two redraws of the input line, for the benefit of the lines above it:
/// twenty per second are more than anyone can read.
pub const REDRAW_INTERVAL: Duration = Duration::from_millis(50);

/// Bytes of keys processed for one client before the others get their turn: a single key may move
/// across a whole long line.
pub const KEYS_PER_TURN_BYTES_MAX: usize = 64;

/// Such turns that a client has at once: enough for two of the longest pastes.
pub const KEY_TURNS_BURST: u32 = 512;

/// Such turns per second after the burst, faster than anyone can type; beyond that the client's
/// input waits.
pub const KEY_TURNS_PER_SECOND: u32 = 64;

/// Words completed for a client at once. Each completion scans everyone connected.
pub const COMPLETION_BURST: u32 = 10;

/// Such words per second after the burst; beyond that the client's input waits.
pub const COMPLETIONS_PER_SECOND: u32 = 2;

/// Redraws of the input line that typing triggers at once; after that, it is redrawn as often as
/// for arriving lines. Nobody types that fast for longer.
pub const REDRAW_BURST: u32 = 40;

/// Lines of a block pasted into a line that the server edits: as many as may be said at once.
pub const BLOCK_LINES_MAX: usize = PASTE_LINES_MAX as usize;

/// Minimum time between two reports of a terminal's width to the chat.
pub const TERMINAL_TOLD_INTERVAL: Duration = Duration::from_millis(250);

/// Memory of output that waits for a redraw, in bytes: many screens. Beyond this limit lines are
/// sent without one.
pub const REDRAW_HELD_BYTES_MAX: usize = 32 * 1024;

/// Sent lines that the arrow keys can recall in a line that the server edits.
pub const RECALL_ENTRIES_MAX: usize = 50;

/// The same in bytes: two of the longest lines, or many ordinary ones.
pub const RECALL_BYTES_MAX: usize = 2 * 1024;

/// Completions offered for a word: nobody steps through more with a single key.
pub const COMPLETIONS_MAX: usize = 20;

/// Lines that arrive within this time of each other arrived together, as in a paste: a terminal
/// sends them one by one, a few milliseconds apart.
pub const PASTE_GAP: Duration = Duration::from_millis(100);

/// Lines of a paste that are accepted at once, in addition to those that a client may say at once
/// anyway: a listing of two screens. One such block is paid back with the same number of lines at
/// the steady rate, so a client that does nothing but paste says twice as much as `--flood` allows,
/// by default ten lines per second.
pub const PASTE_LINES_MAX: u32 = 100;

/// How long a client that sends too fast is held back before it is told: long enough that a user
/// who was quick just once never learns of it.
pub const FLOOD_TOLD_AFTER: Duration = Duration::from_secs(2);

/// How long until such a client is muted, if its held-back lines are never all processed in the
/// meantime.
pub const FLOOD_SILENCED_AFTER: Duration = Duration::from_secs(10);

/// How long it stays muted: enough for a person to notice, and to stop a program that ignores
/// everything.
pub const FLOOD_SILENCE: Duration = Duration::from_secs(10);

/// Consecutive blanks allowed between words, in columns: as wide as a tab. More could push the
/// following text to the beginning of the next row of a terminal that does not wrap at words, where
/// it could pass as another user's line.
pub const BLANK_COLUMNS_MAX: usize = 8;

/// The same before the first word: five levels of code, indented by four. What may precede it (a
/// time, the longest names of a room and of a person, and their punctuation) takes 59 columns, so
/// that together they do not fill a row of 80.
pub const LEADING_BLANK_COLUMNS_MAX: usize = 20;

/// Characters of an unknown word that are quoted back to the user: more than any command's name
/// has, enough for most addresses, and less than a line.
pub const WORD_SHOWN_CHARS_MAX: usize = 24;

/// Longest delay in seconds that a room may require between two lines of one person. Beyond an hour
/// the room should rather be locked.
pub const SLOW_MODE_SECONDS_MAX: u32 = 3600;

/// Consecutive arrivals (or departures) that are announced individually. A longer run in one batch
/// becomes one line; otherwise a thousand people joining would each see a thousand notices.
pub const NOTICE_RUN_MAX: usize = 4;

/// Charged to a SendQ for each piece in addition to its bytes: the queue entry, twice because the
/// queue grows by doubling, the counts and lengths of a frame, and the allocator's overhead.
pub const PIECE_CHARGE_BYTES: usize = 192;

/// Log lines waiting for a slow standard error; any more are dropped and counted.
pub const LOG_LINES_QUEUED_MAX: usize = 4 * 1024;

/// Longest name, in bytes: an IPv6 address with its scope and port, or a guest name with its
/// number.
pub const NAME_BYTES_MAX: usize = 80;

/// Rooms at the same time. A room in which nobody talks takes some hundred bytes.
pub const ROOMS_MAX: usize = 10_000;

/// Messages with an id that are remembered of one user, in case a client sends them again after a
/// broken connection. Also the most that our own client sends again.
pub const MESSAGE_IDS_PER_USER_MAX: usize = 64;

/// The same for all guests of one address (IPv6: one /64), who cannot be told apart once they have
/// reconnected: the share of 16 users.
pub const MESSAGE_IDS_PER_ADDRESS_MAX: usize = 16 * MESSAGE_IDS_PER_USER_MAX;

/// The same for all users together, at a few hundred bytes each. When there are more, the oldest
/// are forgotten: where a thousand messages are said per second, the last minute is remembered.
pub const MESSAGE_IDS_MAX: usize = 64 * MESSAGE_IDS_PER_ADDRESS_MAX;

/// How long they are remembered: longer than a router takes to restart, or the kernel to give up a
/// dead connection.
pub const MESSAGE_ID_TIME: Duration = Duration::from_secs(15 * 60);

/// Rooms that one person may own.
pub const ROOMS_OWNED_MAX: usize = 16;

/// Rooms that one client may be in: before each reply to it, the open batches of all its rooms are
/// handed out.
pub const ROOMS_PER_CLIENT_MAX: usize = 32;

/// Members of other rooms that are remembered as having seen an event, so that they see it once.
/// Where there are more, each room sees it: thousands of clients may disconnect at the same time.
pub const SEEN_BY_MAX: usize = 512;

/// People who may be invited to one room.
pub const INVITED_MAX: usize = 1_000;

/// People whom one person may ignore.
pub const IGNORED_MAX: usize = 200;

/// Times of last lines that a room in slow mode remembers before it checks which ones it may
/// forget.
pub const SLOW_SPEAKERS_REMEMBERED_MAX: usize = 1_024;

/// Registered accounts: all of them are kept in memory, at about half a KiB each.
pub const ACCOUNTS_MAX: usize = 100_000;

/// Passwords that one address may try at once, right or wrong: a whole class behind one router logs
/// in after a restart.
pub const PASSWORDS_PER_ADDRESS_BURST: u32 = 64;

/// Time after which an address may try another one: a hash takes the accounts worker some tens of
/// milliseconds.
pub const PASSWORD_PER_ADDRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Wrong passwords that one address may send at once for the same account or room.
pub const WRONG_PASSWORDS_FROM_ADDRESS_BURST: u32 = 10;

/// Time after which it may send another one.
pub const WRONG_PASSWORD_FROM_ADDRESS_INTERVAL: Duration = Duration::from_secs(30);

/// Wrong passwords for one account or room at once, from all addresses. With a lower limit, anyone
/// with a few addresses could keep the owner out.
pub const WRONG_PASSWORDS_BURST: u32 = 100;

/// Time after which another one may be sent.
pub const WRONG_PASSWORD_INTERVAL: Duration = Duration::from_secs(10);

/// Clients that may use one account at the same time: each change of its settings affects all of
/// them.
pub const CLIENTS_PER_ACCOUNT_MAX: usize = 16;

/// Name changes that one client may make at once: each is announced to everyone who shares a room
/// with it.
pub const RENAMES_BURST: u32 = 10;

/// Time after which it may make another one.
pub const RENAME_INTERVAL: Duration = Duration::from_secs(20);

/// Accounts that one address may register at once: those of a class.
pub const REGISTRATIONS_PER_ADDRESS_BURST: u32 = 64;

/// Time after which an address may register another account.
pub const REGISTRATION_PER_ADDRESS_INTERVAL: Duration = Duration::from_secs(60);

/// Outcomes of slow work waiting for the broadcaster; beyond this limit the accounts worker waits.
pub const OUTCOMES_QUEUED_MAX: usize = 64;

/// Minimum length of a new password, in characters. NIST SP 800-63B requires eight where much
/// depends on it; a name in a chat is worth less, and each guess costs a slow hash.
pub const PASSWORD_CHARS_MIN: usize = 6;

/// Maximum length of a password, in bytes after preparation: enough for a sentence, and a bound on
/// the work.
pub const PASSWORD_BYTES_MAX: usize = 128;

/// Private messages stored for one person who is away: a few screens, read at once on return.
pub const PRIVATE_MESSAGES_KEPT_MAX: usize = 100;

/// Of those, messages from one sender, so that nobody alone can fill another user's mailbox.
pub const PRIVATE_MESSAGES_PER_SENDER_MAX: usize = 20;

/// Size of all waiting private messages together, in bytes. They are in memory: this is room for
/// half a million short messages.
pub const PRIVATE_MESSAGES_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Jobs waiting for the accounts worker. A password takes it some tens of milliseconds, so the last
/// of this many waits for a few seconds. It is better to tell further clients that the server is
/// busy.
pub const REGISTRAR_JOBS_MAX: usize = 256;
/// Maximum width of a name that a person or a room may choose, in terminal columns (UAX #11).
/// Enough for every given name and for most full names (a Chinese character takes two columns), and
/// messages still begin in the first third of a line of 80.
pub const NICK_COLUMNS_MAX: usize = 24;

/// Characters by which a word is indexed: more than the longest word in any dictionary. Longer
/// words are codes in links or a hand resting on the keyboard, and would only bloat the index.
pub const SEARCH_WORD_CHARS_MAX: usize = 64;

/// Terms separated by spaces in one search; the rest is ignored. Nobody remembers more of a line,
/// and each costs an index lookup.
pub const SEARCH_PARTS_MAX: usize = 16;

/// Words in all these terms together: a Chinese term has one word per character.
pub const SEARCH_WORDS_MAX: usize = 64;

/// Minimum length for matching words by prefix, in characters: shorter prefixes match too many
/// words.
pub const SEARCH_PREFIX_CHARS_MIN: usize = 3;

/// How long a search may take while other searches wait. Most take a few milliseconds; a prefix
/// shared by 1.6 million words took 0.4 s.
pub const SEARCH_TIME_MAX: Duration = Duration::from_secs(1);

/// Steps of SQLite's virtual machine between two checks of a search's time limit. Time is limited
/// rather than steps, because steps differ too much: one took 0.25 µs when scanning lines, and 33
/// µs when the index collected all words with the same prefix.
pub const SEARCH_STEPS_PER_LOOK: i32 = 50;

/// Lines without an index entry that a search scans one by one, newest first: some tens of
/// milliseconds of work.
pub const SEARCH_NOT_INDEXED_LINES_MAX: usize = 50_000;

/// Memory of entries waiting to be written to the history, in bytes. At fifty lines per second this
/// lasts for half an hour of an unresponsive disk; in a flood, for more than a second. Beyond this
/// limit lines are lost.
pub const HISTORY_BACKLOG_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How long a line waits for others to be written with it, and the minimum time between two commits
/// that no question waits for.
pub const HISTORY_COMMIT_INTERVAL: Duration = Duration::from_millis(20);

/// Lines that are committed without waiting for more, if the last commit is long enough ago.
pub const HISTORY_COMMIT_LINES: usize = 500;

/// Maximum size of one transaction, in bytes of memory: it takes a few milliseconds.
pub const HISTORY_COMMIT_BYTES_MAX: usize = 1024 * 1024;

/// Lines that are indexed in the transaction that writes new ones.
pub const HISTORY_INDEXED_AT_ONCE_LINES: usize = 500;

/// Target time for one piece of the history writer's background work, while writers wait. The
/// history writer adjusts the number of lines per piece to it.
pub const HISTORY_CHORE_TIME: Duration = Duration::from_millis(10);

/// Messages that one command deletes.
pub const DELETED_AT_ONCE_MAX: usize = 1_000;

/// Lines of a room, from the last one, among which the history looks for those of an author.
pub const DELETE_LOOK_BACK_LINES_MAX: usize = 100_000;

/// Pause before the next attempt to truncate the write-ahead log after a deletion, if somebody reads
/// the database.
pub const PURGE_RETRY: Duration = Duration::from_millis(100);

/// How long the end of the server waits for deleted lines to be overwritten. What is left is
/// overwritten after the next start.
pub const PURGE_AT_END_MAX: Duration = Duration::from_secs(2);

/// How long the next overwriting of deleted messages waits, as a multiple of the time that the last
/// one took.
pub const PURGE_REST: u32 = 4;

/// Minimum number of lines per piece: each piece is a transaction, and waits for the disk.
pub const HISTORY_CHORE_LINES_MIN: usize = 50;

/// Maximum number of lines per piece.
pub const HISTORY_CHORE_LINES_MAX: usize = 4_000;

/// How often to look for expired lines.
pub const HISTORY_PRUNE_INTERVAL: Duration = Duration::from_secs(15 * 60);

/// How far the clock may be ahead of the newest line plus the time since startup before line ages
/// stop following it: more than clocks are adjusted for daylight saving, or drift.
pub const HISTORY_CLOCK_AHEAD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Lines per room if the whole history is in memory: a long evening with many people.
pub const MEMORY_LINES_PER_ROOM_MAX: u64 = 10_000;

/// Maximum size of an archive in memory, in bytes: some hundred thousand ordinary lines.
pub const MEMORY_ARCHIVE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often to look for surplus lines in an archive in memory.
pub const MEMORY_PRUNE_INTERVAL: Duration = Duration::from_secs(60);

/// Lines removed at once, oldest first, when an archive in memory becomes too large.
pub const MEMORY_PIECE_LINES: usize = 100;

/// Pause before the first retry after the disk has rejected a write; each further pause is twice as
/// long.
pub const DISK_RETRY_MIN: Duration = Duration::from_millis(100);

/// Longest such pause.
pub const DISK_RETRY_MAX: Duration = Duration::from_secs(2);

/// How long a failing disk is retried during shutdown before the remaining data is given up.
pub const DISK_LAST_TRIES: Duration = Duration::from_secs(2);

/// A write that takes longer than this is logged.
pub const HISTORY_STALL_TOLD_AFTER: Duration = Duration::from_secs(5);

/// Answers about the history waiting for the broadcaster; beyond this limit readers wait.
pub const HISTORY_ANSWERS_QUEUED_MAX: usize = 16;

/// Memory of a room's recent lines, in bytes, however many lines that is.
pub const RECENT_BYTES_MAX: usize = 16 * 1024;

/// Maximum number of recent lines shown on joining a room: a few pages to scroll back. They are
/// kept in memory, as far as [`RECENT_BYTES_MAX`] allows.
pub const REPLAY_LINES_MAX: usize = 200;

/// Lines of history shown at once: all of them fit on a screen of 24.
pub const HISTORY_PAGE_LINES: usize = 20;

/// Lines that an export reads at once. It holds no read transaction between these pieces, however
/// slow its consumer is: a long one would make the write-ahead log grow.
pub const EXPORT_PIECE_LINES: usize = 500;

/// Read markers, one per user and room, at about 50 bytes each. Beyond this limit a user who joins
/// another room sees its last lines, as guests do.
pub const MARKS_MAX: usize = 1_000_000;

/// Bans and mutes for the whole server at the same time, which only operators can impose.
pub const SANCTIONS_MAX: usize = 10_000;

/// Bans and mutes in one room, which anyone may own.
pub const ROOM_SANCTIONS_MAX: usize = 200;

/// Bans and mutes in all rooms together: some hundred bytes each.
pub const ROOMS_SANCTIONS_MAX: usize = 20_000;

/// Addresses at which guests count as a banned or muted person: as many as one account may be used
/// from at once.
pub const ORIGINS_OF_SANCTION_MAX: usize = CLIENTS_PER_ACCOUNT_MAX;

/// When a guest who is banned or muted by address registers a name, the new account gets a sanction
/// of its own only while the room, or the server, has fewer than this many: half of a room's limit.
/// Without this limit a banned person could use up the owner's share by registering names.
pub const SANCTIONS_FOLLOWED_MAX: usize = ROOM_SANCTIONS_MAX / 2;

/// Guests remembered after they have left, so that a guest who says something and leaves can still
/// be banned.
pub const GONE_GUESTS_MAX: usize = 500;

/// Minimum time between two reports to operators that the disk rejects changes.
pub const DISK_TOLD_INTERVAL: Duration = Duration::from_secs(60);

/// How long a client waits for the confirmation that its command is stored, before it is told that
/// this takes longer. A working disk takes milliseconds.
pub const PROMISE_TIME: Duration = Duration::from_secs(2);

/// Confirmations that wait for the disk. While it fails, a client that has been told so may go on
/// and wait for more of them; beyond this limit it is not told when they are stored.
pub const PROMISES_HELD_MAX: usize = 4_096;

/// Longest duration of a temporary ban or mute. Longer ones might as well be permanent.
pub const SANCTION_TIME_MAX: Duration = Duration::from_secs(3650 * 24 * 60 * 60);

/// How long a new client has to log in if guests may not take part.
pub const LOGIN_TIME: Duration = Duration::from_secs(120);

/// How long a client from a banned network has to log in, if it may: time to type a password.
pub const OUTSIDE_LOGIN_TIME: Duration = Duration::from_secs(60);

/// Clients from banned networks that may be logging in at the same time. Beyond this limit the one
/// that has waited longest is disconnected: a banned network does not fill the server, and does not
/// keep anyone else out.
pub const OUTSIDE_MAX: usize = 32;

/// Entries of the audit log, in memory and on disk: some hundred bytes each. Only the latest are
/// kept.
pub const AUDIT_ENTRIES_MAX: usize = 2_000;

/// Lines of the message of the day: more would push the room off any screen.
pub const MOTD_LINES_MAX: usize = 50;

/// Size of the message of the day, in bytes: full lines of about 160 columns, and a bound on what
/// each newcomer is sent first.
pub const MOTD_BYTES_MAX: usize = 8 * 1024;
