//! The data shared by the broadcaster and the connection threads: parcels, wakers and the gate.
//!
//! This module owns the protocol between them (rules 6 and 9 of "What always holds" in
//! `docs/architecture.md`). It knows nothing of the contents of parcels or of sockets. Nothing here
//! blocks, and there is no lock.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crossbeam_channel::Sender;

use crate::limits;
use crate::model::{ClientId, Delivery, Traffic};

/// Something for one client, on its way to the thread that serves it.
#[derive(Debug)]
pub struct Parcel {
    /// The recipient.
    pub to: WorkerSlot,
    /// The content.
    pub content: Delivery,
}

/// A client's place on its thread. The index alone is reused; together with the client it never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkerSlot {
    /// Its index there.
    pub index: u32,
    /// The client.
    pub client: ClientId,
}

/// The sender for one client: the inbox of its thread, and the client's place there.
///
/// One inbox for all clients of a thread costs no memory per client, keeps the order in which the
/// broadcaster sends, and lets one wake serve a whole batch.
#[derive(Clone, Debug)]
pub struct ClientSender {
    inbox: Sender<Parcel>,
    slot: WorkerSlot,
    thread: usize,
}

impl ClientSender {
    /// The sender for the client at `slot` of the thread with this inbox.
    pub fn new(inbox: Sender<Parcel>, slot: WorkerSlot, thread: usize) -> Self {
        Self { inbox, slot, thread }
    }

    /// The thread's index.
    pub fn thread(&self) -> usize {
        self.thread
    }

    /// Sends something to the client. The inbox has no limit of its own, so this never waits; the
    /// [`Gate`] bounds it. If the thread is gone, the parcel is not needed.
    pub fn send(&self, content: Delivery) {
        let _ = self.inbox.send(Parcel { to: self.slot, content });
    }
}

/// Wakes a thread that sleeps in its poll.
#[derive(Debug)]
pub struct Waker {
    is_woken: AtomicBool,
    waker: mio::Waker,
}

impl Waker {
    /// Creates a waker for the thread that polls `poll`, which will see an event with `token`.
    pub fn new(poll: &mio::Poll, token: mio::Token) -> io::Result<Self> {
        let waker = mio::Waker::new(poll.registry(), token)?;
        Ok(Self { is_woken: AtomicBool::new(false), waker })
    }

    /// Wakes the thread, once for everything that is sent to it until it looks.
    pub fn wake(&self) {
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            // A wake can fail only if the poll is gone, and then no thread sleeps in it.
            let _ = self.waker.wake();
        }
    }

    /// Called by the thread *before* it drains its inbox: anything sent after this call wakes it
    /// again, and anything sent before is seen when draining.
    pub fn clear(&self) {
        self.is_woken.swap(false, Ordering::AcqRel);
    }
}

/// One connection thread, as other threads see it.
#[derive(Debug)]
pub struct WorkerHandle {
    /// Wakes the thread.
    pub waker: Waker,
    /// The number of batches that the broadcaster has ever sent it.
    handed: AtomicU64,
    /// How many of those it has offered to the kernel.
    written: AtomicU64,
    clients: AtomicUsize,
    /// In the order of the fields of [`Traffic`].
    traffic: [AtomicU64; 6],
}

impl WorkerHandle {
    /// A thread that has nothing to do yet.
    pub fn new(waker: Waker) -> Self {
        Self {
            waker,
            handed: AtomicU64::new(0),
            written: AtomicU64::new(0),
            clients: AtomicUsize::new(0),
            traffic: Default::default(),
        }
    }

    /// Called by the broadcaster when it has put a batch into the inbox.
    pub fn hand_over_batch(&self) {
        self.handed.fetch_add(1, Ordering::Release);
        self.waker.wake();
    }

    /// The number of batches that are certainly in the inbox. To be read before draining.
    pub fn handed(&self) -> u64 {
        self.handed.load(Ordering::Acquire)
    }

    /// Notes that all batches up to this count have been offered to the kernel.
    pub fn publish_written(&self, count: u64) {
        self.written.store(count, Ordering::Release);
    }

    /// Notes that the thread has ended, so that nothing waits for it any more.
    pub fn retire(&self) {
        self.publish_written(u64::MAX);
    }

    /// The number of clients that the thread serves or is about to serve.
    pub fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// Publishes the thread's counters, and how many bytes its clients' sockets have refused by
    /// now.
    pub fn publish_traffic(&self, traffic: Traffic) {
        let Traffic {
            connections,
            lines_received,
            deliveries,
            lines_skipped,
            panics,
            queued_bytes,
        } = traffic;
        let counts = [connections, lines_received, deliveries, lines_skipped, panics, queued_bytes];
        for (published, count) in self.traffic.iter().zip(counts) {
            published.store(count, Ordering::Relaxed);
        }
    }

    /// The counters as published last. The values may come from two different rounds.
    pub fn traffic(&self) -> Traffic {
        let [connections, lines_received, deliveries, lines_skipped, panics, queued_bytes] =
            self.traffic.each_ref().map(|published| published.load(Ordering::Relaxed));
        Traffic { connections, lines_received, deliveries, lines_skipped, panics, queued_bytes }
    }

    fn behind(&self) -> u64 {
        self.handed().saturating_sub(self.written.load(Ordering::Acquire))
    }
}

/// One client's share of a thread's load, given back when dropped.
#[derive(Debug)]
pub struct Load(Arc<WorkerHandle>);

impl Load {
    /// Counts one more client.
    pub fn on(worker: &Arc<WorkerHandle>) -> Self {
        worker.clients.fetch_add(1, Ordering::Relaxed);
        Self(worker.clone())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Closed while the server has accepted more input than it should before handing it out: while any
/// thread is [`limits::GATE_BATCHES_MAX`] batches behind, or a whole batch of lines waits for the
/// broadcaster.
///
/// So an inbox holds at most those batches, the one that waited, and what each thread's current
/// turn still proposed. That is the inbox's limit: a channel with a fixed capacity would allocate
/// all of it up front.
#[derive(Clone, Debug)]
pub struct Gate {
    workers: Arc<[Arc<WorkerHandle>]>,
    /// The bytes that wait for the broadcaster; its channels count only bundles.
    waiting_bytes: Arc<AtomicUsize>,
    is_open_for_good: Arc<AtomicBool>,
}

impl Gate {
    /// The gate of these threads, none of which is behind.
    pub fn new(workers: Arc<[Arc<WorkerHandle>]>) -> Self {
        Self { workers, waiting_bytes: Arc::default(), is_open_for_good: Arc::default() }
    }

    /// All connection threads.
    pub fn workers(&self) -> &[Arc<WorkerHandle>] {
        &self.workers
    }

    /// Starts to count something that waits for the broadcaster, of no size yet.
    pub fn waiting(&self) -> QueuedBytes {
        QueuedBytes { all: self.waiting_bytes.clone(), bytes: 0 }
    }

    /// Opens the gate permanently: the broadcaster has ended, perhaps with input still queued, and
    /// no thread may wait for it any more.
    pub fn open_for_good(&self) {
        self.is_open_for_good.store(true, Ordering::Release);
    }

    /// The traffic of all connection threads, as each has published it at the end of its last
    /// round.
    pub fn traffic(&self) -> Traffic {
        self.workers.iter().map(|worker| worker.traffic()).fold(Traffic::default(), Traffic::plus)
    }

    /// Whether input may be read.
    pub fn is_open(&self) -> bool {
        let has_little = self.waiting_bytes.load(Ordering::Relaxed) < limits::WAITING_BYTES_MAX;
        has_little && self.workers.iter().all(|worker| worker.behind() < limits::GATE_BATCHES_MAX)
            || self.is_open_for_good.load(Ordering::Acquire)
    }
}

/// Lines that wait for the broadcaster. They stop counting when this is dropped, however they were
/// handled.
#[derive(Debug)]
pub struct QueuedBytes {
    all: Arc<AtomicUsize>,
    bytes: usize,
}

impl QueuedBytes {
    /// Counts more bytes as waiting.
    pub fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.all.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for QueuedBytes {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker() -> Arc<WorkerHandle> {
        let poll = mio::Poll::new().unwrap();
        Arc::new(WorkerHandle::new(Waker::new(&poll, mio::Token(0)).unwrap()))
    }

    #[test]
    fn the_gate_closes_while_any_thread_is_two_batches_behind() {
        let workers = [worker(), worker()];
        let gate = Gate::new(workers.to_vec().into());
        workers[0].hand_over_batch();
        workers[1].hand_over_batch();
        assert!(gate.is_open());
        workers[1].hand_over_batch();
        assert!(!gate.is_open());
        workers[1].publish_written(1);
        assert!(gate.is_open());
    }

    #[test]
    fn the_gate_closes_while_a_batch_of_lines_waits_for_the_broadcaster() {
        let gate = Gate::new([worker()].into());
        let (mut most, mut last) = (gate.waiting(), gate.waiting());
        most.add(limits::WAITING_BYTES_MAX - 1);
        assert!(gate.is_open());
        last.add(1);
        assert!(!gate.is_open());
        drop(last);
        assert!(gate.is_open());
    }

    #[test]
    fn one_wake_serves_everything_sent_until_the_thread_looks() {
        let mut poll = mio::Poll::new().unwrap();
        let bell = Waker::new(&poll, mio::Token(7)).unwrap();
        let mut wakes = |expected: usize| {
            let mut events = mio::Events::with_capacity(8);
            poll.poll(&mut events, Some(std::time::Duration::ZERO)).unwrap();
            assert_eq!(events.iter().count(), expected);
        };
        bell.wake();
        bell.wake();
        wakes(1);
        bell.wake();
        wakes(0);
        bell.clear();
        bell.wake();
        wakes(1);
    }

    #[test]
    fn the_traffic_of_all_threads_is_added_up() {
        let workers = [worker(), worker()];
        let gate = Gate::new(workers.to_vec().into());
        let traffic = Traffic {
            connections: 1,
            lines_received: 2,
            deliveries: 3,
            lines_skipped: 4,
            panics: 0,
            queued_bytes: 5,
        };
        workers[0].publish_traffic(Traffic { queued_bytes: 900, ..traffic });
        workers[0].publish_traffic(traffic);
        assert_eq!(gate.traffic(), traffic);
        workers[1].publish_traffic(traffic);
        assert_eq!(gate.traffic(), traffic.plus(traffic));
        assert_eq!(gate.traffic().queued_bytes, 10);
    }

    #[test]
    fn parcels_are_small() {
        assert_eq!(size_of::<Parcel>(), 40);
    }

    #[test]
    fn a_load_is_given_back() {
        let worker = worker();
        let loads = (Load::on(&worker), Load::on(&worker));
        assert_eq!(worker.clients(), 2);
        drop(loads);
        assert_eq!(worker.clients(), 0);
    }
}
