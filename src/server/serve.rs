//! Starting and stopping the server: its threads and the channels between them.
//!
//! This module owns the order of starting and stopping. The caller owns the signal handler, the
//! command line and the binding of sockets.
//!
//! # Shutdown
//!
//! 1. The listener ends. It hands over the clients that have connected by then, and drops its
//!    channels to the connection threads.
//! 2. Each connection thread sees that, reads nothing more, and drops its three senders.
//! 3. The broadcaster handles what is queued, ends at the disconnection, and drops the clients'
//!    senders and its channel to the accounts worker.
//! 4. Each connection thread sees its inbox end, says goodbye to its clients, writes, and closes.
//!    The accounts worker and the history writer write what they were given, as far as the disk
//!    accepts it in time.
//! 5. All threads are joined.
//!
//! A thread that fails begins the same shutdown, as far as that is still possible, so that no
//! client is left in half a server.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use mio::Poll;
use threadpool::ThreadPool;

use crate::base::clock::{ChatTime, Clock};
use crate::chat::state::Chat;
use crate::limits;
use crate::model::{Cost, HistoryAnswer, JobOutcome, LastIds, OwnerToken, Traffic};
use crate::net::admission::Admission;
use crate::net::connection::ConnectionOptions;
use crate::net::gate::{Gate, Waker, WorkerHandle};
use crate::net::listener::{Listener, ListenerCounters, Listening, WorkerIntake};
use crate::net::uplink;
use crate::net::worker::{Ends, WAKER, Worker};
use crate::server::broadcaster::{Broadcaster, BroadcasterCounters, Mail, Sources};
use crate::server::config::{Config, ConfigError};
use crate::server::reload::{OptionsSender, ServerChange};
use crate::server::sequencer::Local;
use crate::store::archive::Archive;
use crate::store::error::ArchiveError;
use crate::store::threads::history;
use crate::store::threads::history_reader::HistoryReader;
use crate::store::threads::jobs::{AccountsHandle, AccountsWorker};
use crate::store::threads::recorder::{HistoryHandle, RetentionPolicy};
use crate::text::guest_names::GuestNames;

/// Why the server could not start, or did not end cleanly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings are invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The stored state cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The machine did not provide what is needed.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
    /// The machine provides no more threads.
    #[error("cannot start {threads} connection threads (--threads sets how many)")]
    Threads {
        /// How many were requested.
        threads: usize,
    },
    /// The disk did not accept everything in time. Its error is in the log.
    #[error("some messages and changes could not be written to disk, so they are lost")]
    NotWritten,
    /// A thread ended unexpectedly. Its error is in the log.
    #[error("the {thread} thread failed, so the server has stopped")]
    ThreadFailed {
        /// The thread.
        thread: &'static str,
    },
}

/// Why the server has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StopReason {
    Requested,
    ThreadFailed(&'static str),
}

/// Tells a server to stop; passed to [`serve`].
#[derive(Debug)]
pub struct Shutdown {
    sender: Sender<StopReason>,
    receiver: Receiver<StopReason>,
}

impl Default for Shutdown {
    fn default() -> Self {
        // Only the first reason counts.
        let (sender, receiver) = bounded(1);
        Self { sender, receiver }
    }
}

impl Shutdown {
    /// A handle that can request the shutdown from any thread.
    pub fn requester(&self) -> ShutdownRequester {
        ShutdownRequester(self.sender.clone())
    }
}

/// Requests the shutdown of a server.
#[derive(Clone, Debug)]
pub struct ShutdownRequester(Sender<StopReason>);

impl ShutdownRequester {
    /// Requests the shutdown without waiting. More than one request has no further effect.
    pub fn request(&self) {
        let _ = self.0.try_send(StopReason::Requested);
    }

    fn report_failure(&self, thread: &'static str) {
        let _ = self.0.try_send(StopReason::ThreadFailed(thread));
    }
}

/// The final counters of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Of all connection threads together.
    pub connections: Traffic,
    /// Of the listener.
    pub listener: ListenerCounters,
    /// Connections refused.
    pub refused_total: u64,
    /// Of the broadcaster.
    pub broadcaster: BroadcasterCounters,
}

/// Serves until a shutdown is requested and all clients have been told goodbye.
///
/// `archive` holds what is stored already. If the server has no owner, a user can claim ownership
/// with the token. `changes` are those of the settings while the server runs.
///
/// # Errors
/// When the server cannot start, or one of its threads has failed.
pub fn serve(
    listening: Vec<Listening>,
    archive: Archive,
    owner_token: Option<OwnerToken>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    changes: Receiver<ServerChange>,
    config: &Config,
) -> Result<Totals, ServeError> {
    config.check()?;
    let (chat, last_ids) = chat(&archive, owner_token, &clock, config)?;
    let watch = ThreadGuard(shutdown.requester());
    let stored = (archive, last_ids);
    let threads = start_all(listening, stored, chat, changes, clock, &watch, config)?;
    // It cannot be disconnected, because `shutdown` itself holds a sender.
    let stop = shutdown.receiver.recv().unwrap_or(StopReason::Requested);
    tracing::info!("shutting down");
    let (totals, is_written) = threads.stop();
    // A thread may have failed during the shutdown.
    for stop in std::iter::once(stop).chain(shutdown.receiver.try_recv()) {
        if let StopReason::ThreadFailed(thread) = stop {
            return Err(ServeError::ThreadFailed { thread });
        }
    }
    if !is_written {
        return Err(ServeError::NotWritten);
    }
    Ok(totals)
}

/// The chat without clients, as the archive has it, and the highest ids in it.
fn chat(
    archive: &Archive,
    owner_token: Option<OwnerToken>,
    clock: &Arc<dyn Clock>,
    config: &Config,
) -> Result<(Chat, LastIds), ArchiveError> {
    // Without a history, the history writer still has to remove what was stored before.
    let is_kept = config.history.lines_per_room != Some(0);
    let kept = archive.load(if is_kept { config.recent_lines_max() } else { 0 })?;
    let last_ids = kept.last_ids;
    let mut chat = Chat::new(config.chat_options(is_kept), kept, ChatTime::beginning(clock.wall()));
    chat.set_motd(config.motd.clone());
    if let Some(token) = owner_token {
        chat.set_owner_token(token);
    }
    Ok((chat, last_ids))
}

/// The running threads, and the means of stopping them.
struct Threads {
    listener: RunningThread<ListenerCounters>,
    /// The listener ends when this has been dropped and its waker used.
    stop_listener: Sender<()>,
    listener_bell: Waker,
    admission: Arc<Admission>,
    pool: ThreadPool,
    workers: Arc<[Arc<WorkerHandle>]>,
    /// The final counters of each connection thread that has ended.
    reports: Receiver<Traffic>,
    broadcaster: RunningThread<BroadcasterCounters>,
    store: StoreThreads,
}

/// The threads that use the archive. They end by themselves once the broadcaster has, which has the
/// only channels to them.
struct StoreThreads {
    accounts_worker: RunningThread<bool>,
    history_writer: RunningThread<bool>,
    readers: [RunningThread<()>; 2],
}

/// Starts all threads, beginning with those that the others need.
fn start_all(
    listening: Vec<Listening>,
    stored: (Archive, LastIds),
    chat: Chat,
    changes: Receiver<ServerChange>,
    clock: Arc<dyn Clock>,
    watch: &ThreadGuard,
    config: &Config,
) -> Result<Threads, ServeError> {
    let (uplink, receivers) = uplink::uplink();
    let parts = WorkerParts::new(config.threads)?;
    let workers: Arc<[Arc<WorkerHandle>]> = parts.workers.into();
    let gate = Gate::new(workers.clone());
    let (stop_listener, stop) = bounded(0);
    let admission = Admission::new(config.clients_max, config.clients_per_address_max);
    let user_timeout = config.user_timeout();
    let (listener, listener_bell) = Listener::new(
        listening,
        parts.doors,
        admission.clone(),
        config.proxies.clone().into(),
        stop,
        user_timeout,
        clock.clone(),
    )?;
    let pool = start_pool(config.threads)?;
    // The pool gets its jobs last: if one of these threads cannot be started, nothing has begun,
    // and the others end by themselves because their channels have no senders.
    let (answers_sender, answers) = bounded(limits::HISTORY_ANSWERS_QUEUED_MAX);
    let (outcomes_sender, outcomes) = bounded(limits::OUTCOMES_QUEUED_MAX);
    let (store, jobs, history) =
        start_store(stored, config.history, answers_sender, outcomes_sender, &clock, watch)?;
    let options = config.connection_options();
    let broadcaster = Broadcaster::new(
        Sources { receivers, outcomes, answers, changes },
        (chat, Local, GuestNames::with_seed(config.seed)),
        Mail::new(gate.clone(), config.notice_run_max, jobs, Some(history)),
        OptionsSender::new(parts.options_sender),
        options.clone(),
        clock.clone(),
    );
    let broadcaster = start("broadcaster", watch, move || Ok(broadcaster.run()))?;
    let listener = start("listener", watch, move || listener.run())?;
    let options = Arc::new(options);
    let threads = parts.threads.into_iter().enumerate().map(|(index, ends)| {
        let (uplink, options) = (uplink.clone(), options.clone());
        Worker::new(index, ends, uplink, gate.clone(), options, clock.clone())
    });
    let reports = run_workers(&pool, threads, &workers, watch);
    // From now on only the connection threads hold these senders. When they have ended, the
    // broadcaster notices that its channels are disconnected.
    Ok(Threads {
        listener,
        stop_listener,
        listener_bell,
        admission,
        pool,
        workers,
        reports,
        broadcaster,
        store,
    })
}

/// Starts the threads that use the archive, and returns the handles for sending work to them.
fn start_store(
    (archive, last_ids): (Archive, LastIds),
    retention: RetentionPolicy,
    answers: Sender<HistoryAnswer>,
    outcomes: Sender<JobOutcome>,
    clock: &Arc<dyn Clock>,
    watch: &ThreadGuard,
) -> io::Result<(StoreThreads, AccountsHandle, HistoryHandle)> {
    let (history, history_writer, readers) =
        history::open(&archive, archive.reader(), retention, answers, clock.clone());
    let history_writer = start("history-writer", watch, move || Ok(history_writer.run()))?;
    let start_reader = |reader: HistoryReader| {
        start("reader", watch, move || {
            reader.run();
            Ok(())
        })
    };
    let [pages, searches] = readers.map(start_reader);
    let readers = [pages?, searches?];
    let (accounts_worker, jobs) = AccountsWorker::new(archive, last_ids, Cost::STANDARD, outcomes);
    let accounts_worker = start("accounts-worker", watch, move || Ok(accounts_worker.run()))?;
    Ok((StoreThreads { accounts_worker, history_writer, readers }, jobs, history))
}

/// Gives the pool the connection threads. Each reports what it has done, once it has ended.
fn run_workers(
    pool: &ThreadPool,
    threads: impl Iterator<Item = Worker>,
    workers: &[Arc<WorkerHandle>],
    watch: &ThreadGuard,
) -> Receiver<Traffic> {
    let (report, reports) = bounded(workers.len());
    for (thread, worker) in threads.zip(workers) {
        let (watch, report, worker) = (watch.clone(), report.clone(), worker.clone());
        pool.execute(move || {
            if let Some(counters) = watch.over("connection", || thread.run()) {
                let _ = report.send(counters);
            }
            worker.retire();
        });
    }
    reports
}

impl Threads {
    /// Stops all threads in order. Also returns whether everything has been written.
    fn stop(self) -> (Totals, bool) {
        let deadline = Instant::now() + limits::SHUTDOWN_TIMEOUT;
        drop(self.stop_listener);
        self.listener_bell.wake();
        let listener = self.listener.join().unwrap_or_default();
        for worker in self.workers.iter() {
            worker.waker.wake();
        }
        self.pool.join();
        let broadcaster = self.broadcaster.join().unwrap_or_default();
        let is_written = self.store.join_until(deadline);
        let connections = self.reports.iter().fold(Traffic::default(), Traffic::plus);
        let refused_total = self.admission.refused_total();
        (Totals { connections, listener, refused_total, broadcaster }, is_written)
    }
}

impl StoreThreads {
    fn join_until(self, deadline: Instant) -> bool {
        // These end by themselves, since the broadcaster had the only channels to them. A disk that
        // does not respond delays the shutdown no longer than a client that does not.
        let mut is_written = self.accounts_worker.join_until(deadline) == Some(true);
        is_written &= self.history_writer.join_until(deadline) == Some(true);
        for reader in self.readers {
            reader.join_until(deadline);
        }
        is_written
    }
}

/// The parts of all connection threads before they are started.
#[derive(Default)]
struct WorkerParts {
    workers: Vec<Arc<WorkerHandle>>,
    doors: Vec<WorkerIntake>,
    threads: Vec<Ends>,
    options_sender: Vec<(Sender<Arc<ConnectionOptions>>, Arc<WorkerHandle>)>,
}

impl WorkerParts {
    fn new(count: usize) -> io::Result<Self> {
        let mut parts = Self::default();
        for _ in 0..count {
            parts.add()?;
        }
        Ok(parts)
    }

    fn add(&mut self) -> io::Result<()> {
        let poll = Poll::new()?;
        let worker = Arc::new(WorkerHandle::new(Waker::new(&poll, WAKER)?));
        // None of these has a capacity, which would be allocated up front. Entries of the first
        // hold a permit each, the gate bounds the second, and the third is filled only when an
        // administrator changes settings.
        let (hand_over_sender, hand_over) = unbounded();
        let (inbox_sender, inbox) = unbounded();
        let (options_sender, new_options) = unbounded();
        self.options_sender.push((options_sender, worker.clone()));
        self.doors.push(WorkerIntake { worker: worker.clone(), hand_over: hand_over_sender });
        self.threads.push(Ends { poll, hand_over, inbox, inbox_sender, new_options });
        self.workers.push(worker);
        Ok(())
    }
}

/// The pool starts all of its threads at once, and panics if it cannot.
fn start_pool(threads: usize) -> Result<ThreadPool, ServeError> {
    let builder = threadpool::Builder::new().num_threads(threads).thread_name("connection".into());
    catch_unwind(AssertUnwindSafe(|| builder.build())).map_err(|_| ServeError::Threads { threads })
}

fn start<T: Send + 'static>(
    name: &'static str,
    watch: &ThreadGuard,
    run: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<RunningThread<T>> {
    let watch = watch.clone();
    let (result_sender, result) = bounded(1);
    let run = move || {
        if let Some(value) = watch.over(name, run) {
            let _ = result_sender.send(value);
        }
    };
    let handle = thread::Builder::new().name(name.to_owned()).spawn(run)?;
    Ok(RunningThread { handle, result })
}

struct RunningThread<T> {
    handle: JoinHandle<()>,
    result: Receiver<T>,
}

impl<T> RunningThread<T> {
    /// Waits for the thread to end. `None` if it has failed.
    fn join(self) -> Option<T> {
        let result = self.result.recv().ok();
        // A panic has been caught and reported inside the thread.
        let _ = self.handle.join();
        result
    }

    /// Waits for the thread to end until the deadline. `None` if it has failed or still runs.
    fn join_until(self, deadline: Instant) -> Option<T> {
        let result = self.result.recv_deadline(deadline);
        if !matches!(result, Err(RecvTimeoutError::Timeout)) {
            let _ = self.handle.join();
        }
        result.ok()
    }
}

/// Stops the server if a thread ends too early.
#[derive(Clone)]
struct ThreadGuard(ShutdownRequester);

impl ThreadGuard {
    fn over<T>(&self, name: &'static str, run: impl FnOnce() -> io::Result<T>) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(result)) => return Some(result),
            Ok(Err(error)) => tracing::error!(thread = name, %error, "a thread failed"),
            // The panic hook has reported the panic where it happened.
            Err(_) => {}
        }
        self.0.report_failure(name);
        None
    }
}
