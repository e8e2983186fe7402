//! The accounts worker's guarantees.

mod moderation;
mod unsaved;

use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, bounded, unbounded};
use tempfile::TempDir;

use super::*;
use crate::joined::Joined;
use crate::model::{
    Account, AccountId, ClientId, MessageId, ModerationChange, Password, PrivateMessage, Refusal,
    RoomId, RoomRecord, Settings, StoredState,
};
use crate::text::CleanText;
use crate::text::nick::RoomName;

/// A limit for every wait here; reached only if something hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// A running accounts worker with an archive on disk.
struct Office {
    archive: Archive,
    jobs: AccountsHandle,
    outcomes: Receiver<JobOutcome>,
    /// Ends when the fields above are dropped.
    thread: Joined<bool>,
    folder: TempDir,
}

impl Office {
    fn new() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let (sender, outcomes) = unbounded();
        let (accounts_worker, jobs) =
            AccountsWorker::new(archive.clone(), LastIds::default(), Cost::LEAST, sender);
        Office { archive, jobs, outcomes, thread: Joined::spawn(|| accounts_worker.run()), folder }
    }

    /// The next outcome that a client would get.
    fn outcome(&mut self) -> JobOutcome {
        loop {
            match self.outcomes.recv_timeout(DEADLINE).unwrap() {
                JobOutcome::Kept => _ = self.jobs.has_kept(),
                outcome => return outcome,
            }
        }
    }

    /// Waits until all updates are stored.
    fn saved(&mut self) {
        while self.outcomes.recv_timeout(DEADLINE).unwrap() != JobOutcome::Kept
            || !self.jobs.has_kept().is_all
        {}
    }

    /// Submits a job and waits for its outcome.
    fn asks(&mut self, work: Work) -> WorkResult {
        self.jobs.submit(asked(work)).unwrap();
        result_of(self.outcome())
    }

    /// Stores an account with the next number.
    fn registers(&mut self, name: &str) -> Account {
        let hash = PasswordHash::new(&password("correct horse"), &Hasher::new(Cost::LEAST));
        self.archive.add_account(&name.to_lowercase(), name, &hash.unwrap(), now())
    }

    /// Ends the accounts worker. Returns the last outcomes and the stored state.
    fn ends(self) -> (Vec<JobOutcome>, StoredState) {
        drop((self.jobs, self.archive));
        let rest = self.outcomes.iter().collect();
        assert!(self.thread.join());
        (rest, Archive::open(self.folder.path()).unwrap().load(0).unwrap())
    }
}

impl AccountsHandle {
    /// Stores the update of a command that has no other.
    fn keeps(&mut self, update: Update) {
        self.keep(update);
        self.hand_over();
    }
}

const ASKER: ClientId = ClientId(7);
const ROOM: RoomId = RoomId(3);

fn asked(work: Work) -> Job {
    Job { asker: ASKER, work }
}

fn result_of(outcome: JobOutcome) -> WorkResult {
    match outcome {
        JobOutcome::Done { asker: ASKER, result } => result,
        other => panic!("{other:?}"),
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000)
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn register() -> Work {
    Work::Register { password: password("correct horse") }
}

fn login(account: &Account, typed: &str) -> Work {
    let (account, hash) = (account.id, account.password.clone());
    let (if_wrong, then) = (Refusal::WrongPassword, AccountWork::Login);
    Work::OfAccount { account, hash, password: password(typed), if_wrong, then }
}

fn change_password(account: &Account, old: &str, new: &str) -> Work {
    let (account, hash) = (account.id, account.password.clone());
    let (if_wrong, new) = (Refusal::WrongOwnPassword, password(new));
    let then = AccountWork::ChangePassword { new };
    Work::OfAccount { account, hash, password: password(old), if_wrong, then }
}

fn unregister(account: &Account, typed: &str) -> Work {
    let (account, hash) = (account.id, account.password.clone());
    let (if_wrong, then) = (Refusal::WrongOwnPassword, AccountWork::Unregister { erases: true });
    Work::OfAccount { account, hash, password: password(typed), if_wrong, then }
}

fn garden(owner: AccountId) -> RoomRecord {
    RoomRecord {
        id: ROOM,
        name: "#garden".into(),
        owner,
        topic: None,
        locked: false,
        password: None,
        slow: None,
        hidden: false,
        invited: vec![owner],
    }
}

/// One job of each kind.
fn all_jobs(account: &Account) -> Vec<Work> {
    let hash = account.password.clone();
    let right = password("correct horse");
    vec![
        register(),
        login(account, "correct horse"),
        change_password(account, "correct horse", "battery staple"),
        Work::CheckRoomPassword {
            room: ROOM,
            hash,
            password: right.clone(),
            if_wrong: Refusal::WrongToken,
        },
        Work::MakeRoom { name: RoomName::parse("#den").unwrap(), password: right.clone() },
        Work::SetRoomPassword { room: ROOM, password: right },
        Work::Measure,
        unregister(account, "correct horse"),
    ]
}

/// One update of each kind.
fn all_updates(account: &Account) -> Vec<Update> {
    let other = Account { id: AccountId(account.id.0 + 1), ..account.clone() };
    let hash = account.password.clone();
    let account = account.id;
    let message = PrivateMessage {
        id: MessageId(1),
        from: "Bob".into(),
        sender: other.id,
        text: CleanText::from_bytes(b"hello"),
        at: now(),
    };
    vec![
        Update::Registered { key: "bob".into(), account: other },
        Update::Password { account, hash },
        Update::Settings { account, settings: Settings::default() },
        Update::Seen { account, at: now() },
        Update::Name { account, name: "AMY".into() },
        Update::Room { key: "garden".into(), room: garden(account) },
        Update::RoomRemoved { room: RoomId(9) },
        Update::RoomNumber(RoomId(9)),
        Update::Moderation { change: Some(ModerationChange::Lockdown(true)), entry: None },
        Update::Message { to: account, message },
        Update::MessagesSeen { account, up_to: MessageId(1) },
    ]
}

#[test]
fn a_right_password_says_which_hash_it_matched() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let (account, hash) = (amy.id, amy.password.clone());
    let login = office.asks(login(&amy, "correct horse"));
    assert_eq!(login, WorkResult::Right(Verdict::LogIn { account, hash: hash.clone() }));
    let gone = office.asks(unregister(&amy, "correct horse"));
    assert_eq!(
        gone,
        WorkResult::Right(Verdict::Unregister { account, hash: hash.clone(), erases: true })
    );
    let changed = office.asks(change_password(&amy, "correct horse", "battery staple"));
    let WorkResult::Right(Verdict::ChangePassword { account: of, before, after }) = changed else {
        panic!("{changed:?}");
    };
    assert_eq!((of, before), (account, hash));
    assert!(after.verify(&password("battery staple"), &Hasher::new(Cost::LEAST)));
    let WorkResult::Right(Verdict::Register { hash }) = office.asks(register()) else {
        panic!("no hash");
    };
    assert!(hash.verify(&password("correct horse"), &Hasher::new(Cost::LEAST)));
    // None of this changes anything.
    assert_eq!(office.ends().1.accounts, [("amy".into(), amy)]);
}

#[test]
fn a_wrong_password_is_reported() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    for (job, refusal) in [
        (login(&amy, "wrong horse"), Refusal::WrongPassword),
        (change_password(&amy, "wrong horse", "battery staple"), Refusal::WrongOwnPassword),
        (unregister(&amy, "wrong horse"), Refusal::WrongOwnPassword),
    ] {
        assert_eq!(office.asks(job), WorkResult::WrongPassword(refusal));
    }
}

#[test]
fn a_room_password_is_checked() {
    let mut office = Office::new();
    let set = Work::SetRoomPassword { room: ROOM, password: password("open sesame") };
    let WorkResult::Right(Verdict::SetRoomPassword { room: ROOM, hash }) = office.asks(set) else {
        panic!("the password was not set");
    };
    let mut check = |typed| {
        let (hash, password) = (hash.clone(), password(typed));
        let if_wrong = Refusal::WrongPassword;
        office.asks(Work::CheckRoomPassword { room: ROOM, hash, password, if_wrong })
    };
    let (right, wrong) = (check("open sesame"), check("open barley"));
    let joins = WorkResult::Right(Verdict::Join { room: ROOM, hash: Some(hash) });
    assert_eq!((right, wrong), (joins, WorkResult::WrongPassword(Refusal::WrongPassword)));
}

#[test]
fn updates_are_stored_without_an_outcome_for_a_client() {
    let mut office = Office::new();
    let mut amy = office.registers("Amy");
    amy.settings.quiet = true;
    amy.name = "AMY".into();
    amy.seen_at = now() + Duration::from_secs(60);
    let den = RoomRecord { id: RoomId(9), ..garden(amy.id) };
    for update in [
        Update::Settings { account: amy.id, settings: amy.settings.clone() },
        Update::Name { account: amy.id, name: amy.name.clone() },
        Update::Seen { account: amy.id, at: amy.seen_at },
        Update::Room { key: "den".into(), room: den },
        Update::Room { key: "garden".into(), room: garden(amy.id) },
        Update::RoomRemoved { room: RoomId(9) },
    ] {
        office.jobs.keeps(update);
    }
    let (outcomes, kept) = office.ends();
    assert!(outcomes.iter().all(|outcome| *outcome == JobOutcome::Kept), "{outcomes:?}");
    assert_eq!(kept.accounts, [("amy".into(), amy.clone())]);
    assert_eq!(kept.rooms, [("garden".into(), garden(amy.id))]);
}

/// A server may be killed after each transaction.
#[test]
fn updates_that_are_handed_over_together_are_stored_together() {
    let mut office = Office::new();
    for room in [3, 5] {
        office.jobs.keep(Update::RoomNumber(RoomId(room)));
        let change = Some(ModerationChange::Lockdown(true));
        office.jobs.keep(Update::Moderation { change, entry: None });
        assert_eq!(office.outcomes.try_recv().ok(), None);
        office.jobs.hand_over();
        assert_eq!(office.outcomes.recv_timeout(DEADLINE), Ok(JobOutcome::Kept));
        assert!(office.jobs.has_kept().is_all, "some of it was left for another transaction");
    }
    assert_eq!(office.ends().0, []);
}

#[test]
fn every_job_gets_one_outcome() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let count = all_jobs(&amy).len();
    for job in all_jobs(&amy) {
        office.jobs.submit(asked(job)).unwrap();
    }
    let (outcomes, _) = office.ends();
    assert_eq!(outcomes.len(), count, "{outcomes:?}");
    for outcome in outcomes {
        let result = result_of(outcome);
        assert_ne!(result, WorkResult::Failed);
    }
}

#[test]
fn outcomes_come_in_the_order_of_their_jobs() {
    let office = Office::new();
    let numbers = 0..100;
    for number in numbers.clone() {
        let room = RoomId(number);
        let password = password("open sesame");
        office.jobs.submit(asked(Work::SetRoomPassword { room, password })).unwrap();
    }
    let (outcomes, _) = office.ends();
    let rooms: Vec<u32> = outcomes
        .into_iter()
        .map(|outcome| match result_of(outcome) {
            WorkResult::Right(Verdict::SetRoomPassword { room, .. }) => room.0,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(rooms, numbers.collect::<Vec<_>>());
}

#[test]
fn changes_are_stored_even_if_nobody_listens() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, outcomes) = bounded(0);
    let archive = Archive::open(folder.path()).unwrap();
    let (accounts_worker, mut jobs) =
        AccountsWorker::new(archive, LastIds::default(), Cost::LEAST, sender);
    drop(outcomes);
    jobs.submit(asked(register())).unwrap();
    let change = Some(ModerationChange::Lockdown(true));
    jobs.keeps(Update::Moderation { change, entry: None });
    jobs.keeps(Update::RoomNumber(RoomId(9)));
    drop(jobs);
    assert!(accounts_worker.run());
    let kept = Archive::open(folder.path()).unwrap().load(0).unwrap();
    assert!(kept.moderation.lockdown);
    assert_eq!(kept.last_ids.room, RoomId(9));
}

#[test]
fn jobs_are_skipped_if_nobody_listens() {
    let (sender, outcomes) = bounded(0);
    let archive = Archive::in_memory().unwrap();
    let (accounts_worker, jobs) =
        AccountsWorker::new(archive, LastIds::default(), Cost::LEAST, sender);
    for _ in 0..limits::REGISTRAR_JOBS_MAX {
        jobs.submit(asked(register())).unwrap();
    }
    drop((outcomes, jobs));
    let (begun, hasher) = (Instant::now(), Hasher::new(Cost::LEAST));
    PasswordHash::new(&password("correct horse"), &hasher).unwrap();
    let one = begun.elapsed();
    let begun = Instant::now();
    assert!(accounts_worker.run());
    assert!(begun.elapsed() < one * limits::REGISTRAR_JOBS_MAX as u32 / 4);
}

#[test]
fn an_accounts_worker_that_is_gone_does_no_more_jobs() {
    let (sender, _outcomes) = unbounded();
    let (accounts_worker, jobs) =
        AccountsWorker::new(Archive::in_memory().unwrap(), LastIds::default(), Cost::LEAST, sender);
    drop(accounts_worker);
    assert_eq!(jobs.submit(asked(register())), Err(Busy));
}

#[test]
fn debug_output_of_a_job_hides_secrets() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    for job in all_jobs(&amy) {
        let shown = format!("{job:?}");
        assert!(!shown.contains("correct horse") && !shown.contains("argon2"), "{shown}");
    }
}
