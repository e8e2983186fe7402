//! The accounts worker's guarantees.

mod moderation;
mod unsaved;

use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, bounded, unbounded};
use tempfile::TempDir;

use super::*;
use crate::joined::Joined;
use crate::model::{
    Account, AccountId, ClientId, ModerationChange, Password, RoomId, RoomRecord, Settings,
    StoredState,
};

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
        let (accounts_worker, jobs) = AccountsWorker::new(archive.clone(), Cost::LEAST, sender);
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
            || !self.jobs.has_kept()
        {}
    }

    /// Submits a job and waits for its outcome.
    fn asks(&mut self, work: Work) -> WorkResult {
        self.jobs.submit(asked(work)).unwrap();
        result_of(self.outcome())
    }

    fn registers(&mut self, name: &str) -> Account {
        match self.asks(register(name)) {
            WorkResult::Registered { account } => account,
            other => panic!("{other:?}"),
        }
    }

    /// Ends the accounts worker. Returns the last outcomes and the stored state.
    fn ends(self) -> (Vec<JobOutcome>, StoredState) {
        drop((self.jobs, self.archive));
        let rest = self.outcomes.iter().collect();
        assert!(self.thread.join());
        (rest, Archive::open(self.folder.path()).unwrap().load(0).unwrap())
    }
}

const ASKER: ClientId = ClientId(7);
const ROOM: RoomId = RoomId(3);

fn asked(work: Work) -> Job {
    Job { asker: ASKER, work }
}

fn result_of(outcome: JobOutcome) -> WorkResult {
    match outcome {
        JobOutcome::Done { asker: ASKER, result, .. } => result,
        other => panic!("{other:?}"),
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000)
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn register(name: &str) -> Work {
    let (key, name) = (name.to_lowercase().into(), name.into());
    Work::Register { key, name, password: password("correct horse"), at: now() }
}

fn login(account: &Account, typed: &str) -> Work {
    login_at(account, typed, now())
}

fn login_at(account: &Account, typed: &str, at: SystemTime) -> Work {
    let (account, hash) = (account.id, account.password.clone());
    let (if_wrong, then) = (Refusal::WrongPassword, AccountWork::Login { at });
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
    let (if_wrong, then) = (Refusal::WrongOwnPassword, AccountWork::Unregister);
    Work::OfAccount { account, hash, password: password(typed), if_wrong, then }
}

fn leave_message(to: &Account, sender: &Account, text: &str) -> Work {
    Work::LeaveMessage {
        to: to.id,
        to_name: to.name.clone(),
        sender: sender.id,
        from: sender.name.clone(),
        text: text.into(),
        at: now(),
    }
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
        register("Newcomer"),
        login(account, "correct horse"),
        change_password(account, "correct horse", "battery staple"),
        Work::CheckRoomPassword { room: ROOM, hash, password: right.clone() },
        Work::SetRoomPassword { room: ROOM, password: right },
        leave_message(account, account, "hello"),
        Work::Measure,
        unregister(account, "correct horse"),
    ]
}

/// One update of each kind.
fn all_updates(account: &Account) -> Vec<Update> {
    let account = account.id;
    vec![
        Update::Settings { account, settings: Settings::default() },
        Update::Seen { account, at: now() },
        Update::Name { account, name: "AMY".into() },
        Update::Room { key: "garden".into(), room: Some(garden(account)) },
        Update::Room { key: "den".into(), room: None },
        Update::Moderation { change: Some(ModerationChange::Lockdown(true)), entry: None },
        Update::MessagesSeen { account, up_to: 1 },
    ]
}

#[test]
fn a_name_is_registered_once() {
    let mut office = Office::new();
    let account = office.registers("Amy");
    assert_eq!((&*account.name, account.registered_at), ("Amy", now()));
    assert!(account.password.verify(&password("correct horse"), &Hasher::new(Cost::LEAST)));
    let taken = Refusal::NameRegistered { name: "AMY".into() };
    assert_eq!(office.asks(register("AMY")), WorkResult::Refused(taken));
    assert_eq!(office.ends().1.accounts, [("amy".into(), account)]);
}

#[test]
fn a_login_delivers_waiting_messages() {
    let mut office = Office::new();
    let (amy, bob) = (office.registers("Amy"), office.registers("Bob"));
    let left = office.asks(leave_message(&amy, &bob, "roses are red"));
    assert_eq!(left, WorkResult::MessageLeft { to_name: "Amy".into() });
    let WorkResult::LoggedIn { account, messages } = office.asks(login(&amy, "correct horse"))
    else {
        panic!("the right password was refused");
    };
    assert_eq!((account, &*messages[0].text, messages.len()), (amy.id, "roses are red", 1));
    office.jobs.keep(Update::MessagesSeen { account, up_to: messages[0].id }).unwrap();
    let nothing = WorkResult::LoggedIn { account, messages: Vec::new() };
    assert_eq!(office.asks(login(&amy, "correct horse")), nothing);
}

#[test]
fn a_wrong_password_changes_nothing() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    for (job, refusal) in [
        (login(&amy, "wrong horse"), Refusal::WrongPassword),
        (change_password(&amy, "wrong horse", "battery staple"), Refusal::WrongOwnPassword),
        (unregister(&amy, "wrong horse"), Refusal::WrongOwnPassword),
    ] {
        assert_eq!(office.asks(job), WorkResult::WrongPassword(refusal));
    }
    assert_eq!(office.ends().1.accounts, [("amy".into(), amy)]);
}

#[test]
fn a_job_with_a_replaced_password_is_refused() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    office.asks(change_password(&amy, "correct horse", "battery staple"));
    for (job, refusal) in [
        (login(&amy, "correct horse"), Refusal::WrongPassword),
        (change_password(&amy, "correct horse", "another one"), Refusal::WrongOwnPassword),
        (unregister(&amy, "correct horse"), Refusal::WrongOwnPassword),
    ] {
        assert_eq!(office.asks(job), WorkResult::WrongPassword(refusal));
    }
}

#[test]
fn a_changed_password_is_the_one_that_counts() {
    let mut office = Office::new();
    let mut amy = office.registers("Amy");
    match office.asks(change_password(&amy, "correct horse", "battery staple")) {
        WorkResult::PasswordChanged { account, hash } if account == amy.id => {
            amy.password = hash;
        }
        other => panic!("{other:?}"),
    }
    let old = office.asks(login(&amy, "correct horse"));
    assert!(matches!(old, WorkResult::WrongPassword { .. }), "{old:?}");
    let new = office.asks(login(&amy, "battery staple"));
    assert!(matches!(new, WorkResult::LoggedIn { .. }), "{new:?}");
    assert_eq!(office.ends().1.accounts[0].1.password, amy.password);
}

#[test]
fn a_removed_account_is_reported() {
    let mut office = Office::new();
    let (amy, bob) = (office.registers("Amy"), office.registers("Bob"));
    for _ in 0..2 {
        let gone = WorkResult::Unregistered { account: amy.id };
        assert_eq!(office.asks(unregister(&amy, "correct horse")), gone);
    }
    let gone = WorkResult::Refused(Refusal::AccountGone);
    assert_eq!(office.asks(login(&amy, "correct horse")), gone);
    assert_eq!(office.asks(change_password(&amy, "correct horse", "battery staple")), gone);
    let gone = WorkResult::Refused(Refusal::NoSuchPerson { name: "Amy".into(), nearest: None });
    assert_eq!(office.asks(leave_message(&amy, &bob, "hello?")), gone);
    assert_eq!(office.ends().1.accounts, [("bob".into(), bob)]);
}

#[test]
fn a_room_password_is_checked() {
    let mut office = Office::new();
    let set = Work::SetRoomPassword { room: ROOM, password: password("open sesame") };
    let WorkResult::RoomPasswordSet { room: ROOM, hash } = office.asks(set) else {
        panic!("the password was not set");
    };
    let mut check = |typed| {
        let (hash, password) = (hash.clone(), password(typed));
        office.asks(Work::CheckRoomPassword { room: ROOM, hash, password })
    };
    let (right, wrong) = (check("open sesame"), check("open barley"));
    let checked = |matched| WorkResult::RoomPasswordChecked { room: ROOM, matched };
    assert_eq!((right, wrong), (checked(Some(hash)), checked(None)));
}

#[test]
fn a_full_mailbox_is_reported() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    for _ in 0..limits::PRIVATE_MESSAGES_PER_SENDER_MAX {
        let left = office.asks(leave_message(&amy, &amy, "hello"));
        assert!(matches!(left, WorkResult::MessageLeft { .. }), "{left:?}");
    }
    let full = WorkResult::Refused(Refusal::MailboxFull { name: "Amy".into() });
    assert_eq!(office.asks(leave_message(&amy, &amy, "hello")), full);
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
        Update::Room { key: "den".into(), room: Some(den) },
        Update::Room { key: "garden".into(), room: Some(garden(amy.id)) },
        Update::Room { key: "den".into(), room: None },
    ] {
        office.jobs.keep(update).unwrap();
    }
    let (outcomes, kept) = office.ends();
    assert!(outcomes.iter().all(|outcome| *outcome == JobOutcome::Kept), "{outcomes:?}");
    assert_eq!(kept.accounts, [("amy".into(), amy.clone())]);
    assert_eq!(kept.rooms, [("garden".into(), garden(amy.id))]);
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
        assert!(!matches!(result, WorkResult::Failed { .. }), "{result:?}");
    }
}

#[test]
fn every_job_gets_one_outcome_even_if_the_disk_fails() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let file = office.folder.path().join("hobnob.db");
    let vandal = rusqlite::Connection::open(file).unwrap();
    vandal
        .execute_batch(
            "DROP TABLE message; DROP TABLE invitation; DROP TABLE room; DROP TABLE ignored;
             DROP TABLE setting; DROP TABLE rule; DROP TABLE account",
        )
        .unwrap();
    let (mut failed, mut done) = (0, 0);
    for work in all_jobs(&amy) {
        let kind = format!("{work:?}");
        let is_message = matches!(work, Work::LeaveMessage { .. });
        office.jobs.submit(asked(work)).unwrap();
        let outcome = office.outcome();
        let JobOutcome::Done { asker: ASKER, is_awaited, result } = outcome else {
            panic!("{kind}: {outcome:?}");
        };
        assert_eq!(is_awaited, !is_message, "{kind}");
        match result {
            WorkResult::Failed { problem } => {
                assert!(problem.contains("no such table"), "{problem}");
                for secret in ["argon2", "hello", "Newcomer"] {
                    assert!(!problem.contains(secret), "{problem}");
                }
                failed += 1;
            }
            // These do not depend on the disk.
            WorkResult::RoomPasswordChecked { matched: Some(_), .. }
            | WorkResult::RoomPasswordSet { .. }
            | WorkResult::Measured { .. } => done += 1,
            other => panic!("{kind}: {other:?}"),
        }
    }
    assert_eq!((failed, done), (5, 3));
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
            WorkResult::RoomPasswordSet { room, .. } => room.0,
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
    let (accounts_worker, jobs) = AccountsWorker::new(archive, Cost::LEAST, sender);
    drop(outcomes);
    jobs.submit(asked(register("Amy"))).unwrap();
    jobs.submit(asked(register("Bob"))).unwrap();
    drop(jobs);
    assert!(accounts_worker.run());
    assert_eq!(Archive::open(folder.path()).unwrap().load(0).unwrap().accounts.len(), 2);
}

/// A login also records when the owner was here, which shows whether it was processed.
#[test]
fn questions_are_skipped_if_nobody_listens() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    drop(office.outcomes);
    let later = |seconds| now() + Duration::from_secs(seconds);
    for seconds in 1..4 {
        let login = login_at(&amy, "correct horse", later(seconds));
        office.jobs.submit(asked(login)).unwrap();
    }
    drop((office.jobs, office.archive));
    assert!(office.thread.join());
    let kept = Archive::open(office.folder.path()).unwrap().load(0).unwrap();
    assert_eq!(kept.accounts[0].1.seen_at, later(1), "the first showed that nobody listens");
}

#[test]
fn an_accounts_worker_that_is_gone_does_no_more_jobs() {
    let (sender, _outcomes) = unbounded();
    let (accounts_worker, jobs) =
        AccountsWorker::new(Archive::in_memory().unwrap(), Cost::LEAST, sender);
    drop(accounts_worker);
    assert_eq!(jobs.submit(asked(register("Amy"))), Err(Busy));
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
