//! Updates are stored, whatever the disk does in the meantime and however many there are.

use super::*;
use crate::model::{AuditEntry, ModAction, Rank};
use crate::store::archive::tests::execute;

const READ_ONLY: &str = "PRAGMA query_only = 1";
const WRITABLE: &str = "PRAGMA query_only = 0";

fn chosen(account: AccountId, timestamps: bool) -> Update {
    Update::Settings { account, settings: Settings { timestamps, ..Settings::default() } }
}

fn lockdown(is_locked: bool) -> Update {
    let by = "Amy".into();
    let (action, whom, room, until, reason) = (ModAction::Lockdown, None, None, None, None);
    let entry = Some(AuditEntry { at: now().into(), by, action, whom, room, until, reason });
    Update::Moderation { change: Some(ModerationChange::Lockdown(is_locked)), entry }
}

fn rank(account: AccountId, rank: Option<Rank>) -> Update {
    Update::Moderation { change: Some(ModerationChange::Rank { account, rank }), entry: None }
}

#[test]
fn a_flood_of_settings_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path()).unwrap();
    let hash = PasswordHash::new(&password("correct horse"), &Hasher::new(Cost::LEAST)).unwrap();
    let accounts =
        ["amy", "bob", "cat", "dan"].map(|name| archive.add_account(name, name, &hash, now()));
    // The accounts worker does not run, as if the disk did not respond.
    let (sender, outcomes) = unbounded();
    let (accounts_worker, mut jobs) =
        AccountsWorker::new(archive, LastIds::default(), Cost::LEAST, sender);
    for round in 0..100 {
        for client in 0..64 {
            jobs.keeps(chosen(accounts[client % 4].id, round % 2 == 0));
        }
    }
    jobs.keeps(chosen(accounts[3].id, true));
    // The settings themselves occupy one place.
    let logins = limits::REGISTRAR_JOBS_MAX - 1;
    for number in 0..logins {
        jobs.submit(asked(login(&accounts[number % 4], "correct horse"))).unwrap();
    }
    assert_eq!(jobs.submit(asked(login(&accounts[0], "correct horse"))), Err(Busy));
    jobs.keeps(lockdown(true));
    drop(jobs);
    assert!(accounts_worker.run());
    let is_login = |outcome: &JobOutcome| {
        matches!(outcome, JobOutcome::Done { result: WorkResult::Right(Verdict::LogIn { .. }), .. })
    };
    assert_eq!(outcomes.iter().filter(is_login).count(), logins);
    let kept = Archive::open(folder.path()).unwrap().load(0).unwrap();
    let timestamps = kept.accounts.iter().map(|(_, account)| account.settings.timestamps);
    assert_eq!(timestamps.collect::<Vec<_>>(), [false, false, false, true]);
    assert!(kept.moderation.lockdown);
}

#[test]
fn rejected_updates_are_stored_once_the_disk_recovers() {
    let mut office = Office::new();
    let (amy, bob) = (office.registers("Amy"), office.registers("Bob"));
    let archive = office.archive.clone();
    execute(&archive, READ_ONLY);
    office.jobs.keeps(lockdown(true));
    office.jobs.keeps(rank(amy.id, Some(Rank::Owner)));
    let told = office.outcome();
    assert!(matches!(told, JobOutcome::NotKept { .. }), "{told:?}");
    // These changes are made while the disk fails, and come after the earlier ones.
    let room = garden(bob.id);
    office.jobs.keeps(Update::Room { key: "garden".into(), room });
    office.jobs.keeps(rank(bob.id, Some(Rank::Operator)));
    office.jobs.keeps(rank(bob.id, None));
    office.jobs.keeps(chosen(bob.id, true));
    office.jobs.keeps(lockdown(false));
    // Other jobs do not have to wait for the disk.
    let measured = office.asks(Work::Measure);
    assert!(matches!(measured, WorkResult::Measured { .. }), "{measured:?}");
    execute(&archive, WRITABLE);
    office.saved();
    let kept = archive.load(0).unwrap();
    assert_eq!(kept.moderation.ranks, [(amy.id, Rank::Owner)]);
    assert_eq!(kept.moderation.audit.len(), 2);
    assert!(!kept.moderation.lockdown);
    assert_eq!(kept.rooms, [("garden".into(), garden(bob.id))]);
    assert!(kept.accounts[1].1.settings.timestamps);
    drop(archive);
    assert_eq!(office.ends().0, []);
}

#[test]
fn incomplete_updates_are_not_reported_as_stored() {
    let (sender, outcomes) = unbounded();
    let archive = Archive::in_memory().unwrap();
    let (accounts_worker, mut jobs) =
        AccountsWorker::new(archive, LastIds::default(), Cost::LEAST, sender);
    jobs.keeps(lockdown(true));
    jobs.keeps(lockdown(false));
    let thread = Joined::spawn(|| accounts_worker.run());
    let kept = || assert_eq!(outcomes.recv_timeout(DEADLINE).unwrap(), JobOutcome::Kept);
    kept();
    assert!(!jobs.has_kept().is_all);
    kept();
    assert!(jobs.has_kept().is_all);
    drop(jobs);
    assert!(thread.join());
}

#[test]
fn a_disk_that_comes_back_at_the_end_gets_everything() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let archive = office.archive.clone();
    execute(&archive, READ_ONLY);
    office.jobs.keeps(lockdown(true));
    let told = office.outcome();
    assert!(matches!(told, JobOutcome::NotKept { .. }), "{told:?}");
    office.jobs.keeps(chosen(amy.id, true));
    let Office { archive: other, jobs, outcomes, thread, folder } = office;
    drop((jobs, outcomes, other));
    execute(&archive, WRITABLE);
    drop(archive);
    assert!(thread.join());
    let kept = Archive::open(folder.path()).unwrap().load(0).unwrap();
    assert!(kept.moderation.lockdown && kept.accounts[0].1.settings.timestamps);
}

#[test]
fn a_disk_that_fails_at_the_end_is_given_up() {
    let mut office = Office::new();
    execute(&office.archive, READ_ONLY);
    office.jobs.keeps(lockdown(true));
    let start = Instant::now();
    drop(office.jobs);
    assert!(!office.thread.join());
    let most = limits::DISK_LAST_TRIES + Duration::from_secs(20);
    assert!(start.elapsed() < most, "it took {:?}", start.elapsed());
}

#[test]
fn an_update_that_the_tables_refuse_holds_nothing_up() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let sql = "CREATE TRIGGER no_den BEFORE INSERT ON room WHEN new.key = 'den'
         BEGIN SELECT RAISE(ABORT, 'no den'); END";
    execute(&office.archive, sql);
    let den = RoomRecord { id: RoomId(9), ..garden(amy.id) };
    office.jobs.keeps(Update::Room { key: "den".into(), room: den });
    office.jobs.keeps(Update::Room { key: "garden".into(), room: garden(amy.id) });
    office.jobs.keeps(lockdown(true));
    office.saved();
    let kept = office.archive.load(0).unwrap();
    assert_eq!(kept.rooms, [("garden".into(), garden(amy.id))]);
    assert!(kept.moderation.lockdown);
    drop(office.jobs);
    assert!(!office.thread.join(), "it is said at the end that some is lost");
}

#[test]
fn a_failing_disk_is_reported_once_without_secrets() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    execute(&office.archive, "ALTER TABLE room RENAME TO away; DROP TABLE setting");
    for update in all_updates(&amy) {
        office.jobs.keeps(update);
    }
    let told = office.outcome();
    let JobOutcome::NotKept { problem } = told else { panic!("{told:?}") };
    assert!(problem.contains("no such table"), "{problem}");
    let measured = office.asks(Work::Measure);
    assert!(matches!(measured, WorkResult::Measured { .. }), "{measured:?}");
    drop(office.jobs);
    assert!(!office.thread.join());
    assert_eq!(office.outcomes.iter().count(), 0);
}
