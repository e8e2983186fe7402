//! Every limit that is not a setting, in one place: what it bounds, its unit, and why it is so.
//!
//! Settings and the relations between all limits are in [`crate::config`]. Nothing here knows
//! who uses it.

use std::time::Duration;

/// Bytes of memory (see [`crate::frame::Frame::charge_bytes`]) after which a batch is handed out.
///
/// Large enough that a flood costs one vectored write per client and some thousand lines, small
/// enough that two of them fit any SendQ and that the first line of a batch waits for well under
/// a millisecond.
pub const BATCH_BYTES_MAX: usize = 64 * 1024;

/// Memory of lines waiting for the broadcaster, in bytes, beyond which no input is taken: about a
/// batch, so that it finds a full one whenever it looks.
pub const WAITING_BYTES_MAX: usize = 64 * 1024;

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

/// Added to the stall timeout for TCP_USER_TIMEOUT, by which the kernel ends peers that are gone (it
/// takes the place of the keepalive's own count) and also peers whose window is shut. It begins to
/// count when the window shuts, long before the buffers are full and the server's own rule can say
/// why: who stops the screen in a quiet room for a while must not be cut off by it, and the name of
/// who is gone should not stay for long.
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

/// Refusals and accept errors are logged at most once in this time, with how many there were.
pub const REFUSAL_LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Refused connections that are told why and closed in order at one time; any more are just closed.
pub const REFUSALS_LINGERING_MAX: usize = 64;

/// Descriptors kept back from clients: standard streams, listeners, polls, wakers, refusals, and
/// what a library may open for a moment.
pub const DESCRIPTORS_RESERVED: usize = REFUSALS_LINGERING_MAX + 32;

/// Connections that one address (IPv6: one /64) may open at once before it is slowed down: as many as
/// may be here from it by default, so that all of a class can come back after a restart.
pub const CONNECT_BURST: u32 = 64;

/// Connections a minute that one address may open after its burst.
pub const CONNECT_PER_MINUTE: u32 = 30;

/// Addresses remembered for counting, beside one for each client that may be here. Those that have
/// nobody here and have been quiet are forgotten first; beyond this a new address is refused until
/// some are.
pub const ADDRESSES_REMEMBERED_MAX: usize = 16 * 1024;

/// Time from being accepted to having entered: for doors that ask something first.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(20);

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

/// Arrivals (or departures) in a row that are told one by one; a longer run in one batch becomes
/// one line, or a thousand people joining would each be told of a thousand others.
pub const NOTICE_RUN_MAX: usize = 4;

/// Charged to a SendQ for each piece in it beside its bytes: the queue's entry, the counts and
/// lengths of a frame, what the allocator adds.
pub const PIECE_CHARGE_BYTES: usize = 160;

/// Log lines waiting for a slow standard error; any more are dropped and counted.
pub const LOG_LINES_QUEUED_MAX: usize = 4 * 1024;

/// Longest name, in bytes: an IPv6 address with its scope and port, or a guest name with its
/// number.
pub const NAME_BYTES_MAX: usize = 80;
