//! Moderation changes, and measuring memory.

use super::*;
use crate::model::{
    AuditEntry, LobbyRules, ModAction, Rank, Sanction, SanctionId, SanctionKind, StoredModeration,
    Subject,
};

fn ban(number: i64) -> Sanction {
    Sanction {
        id: SanctionId(number),
        kind: SanctionKind::Ban,
        room: None,
        subject: Subject::Network("192.0.2.0/24".parse().unwrap()),
        name: "192.0.2.0/24".into(),
        by: "Amy".into(),
        at: now(),
        until: Some(now() + Duration::from_secs(60)),
        reason: Some("flood".into()),
    }
}

fn entry(action: ModAction) -> AuditEntry {
    let (by, whom) = ("Amy".into(), Some("Bob".into()));
    AuditEntry { at: now().into(), by, action, whom, room: None, until: None, reason: None }
}

#[test]
fn moderation_changes_are_stored_without_an_outcome_for_a_client() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let lobby = LobbyRules { topic: Some("roses".into()), slow: 30.try_into().ok() };
    for (change, entry) in [
        (
            Some(ModerationChange::Rank { account: amy.id, rank: Some(Rank::Owner) }),
            Some(entry(ModAction::Claim)),
        ),
        (Some(ModerationChange::impose(ban(1))), Some(entry(ModAction::Ban))),
        (Some(ModerationChange::impose(ban(2))), None),
        (Some(ModerationChange::Remove(vec![SanctionId(2)])), None),
        (Some(ModerationChange::Lockdown(true)), None),
        (Some(ModerationChange::Lobby(lobby.clone())), None),
        (None, Some(entry(ModAction::Kick))),
    ] {
        office.jobs.keeps(Update::Moderation { change, entry });
        office.saved();
    }
    let (outcomes, kept) = office.ends();
    assert_eq!(outcomes, []);
    let expected = StoredModeration {
        ranks: vec![(amy.id, Rank::Owner)],
        sanctions: vec![ban(1)],
        audit: vec![entry(ModAction::Claim), entry(ModAction::Ban), entry(ModAction::Kick)],
        lockdown: true,
        lobby,
    };
    assert_eq!((kept.moderation, kept.last_ids.sanction), (expected, SanctionId(2)));
}

#[test]
fn a_disk_that_rejects_moderation_changes_is_reported() {
    let mut office = Office::new();
    let vandal = rusqlite::Connection::open(office.folder.path().join("hobnob.db")).unwrap();
    vandal.execute_batch("DROP TABLE audit").unwrap();
    let change = Some(ModerationChange::impose(ban(1)));
    let entry = Some(entry(ModAction::Ban));
    office.jobs.keeps(Update::Moderation { change, entry });
    let outcome = office.outcome();
    let JobOutcome::NotKept { problem } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(problem.contains("no such table"), "{problem}");
    assert!(!problem.contains("192.0.2") && !problem.contains("flood"), "{problem}");
    let bans: i64 =
        vandal.query_one("SELECT count(*) FROM sanction", [], |row| row.get(0)).unwrap();
    assert_eq!(bans, 0, "what is not remembered is not done");
}

#[test]
fn the_memory_of_the_server_is_measured() {
    let mut office = Office::new();
    let WorkResult::Measured { resident_bytes } = office.asks(Work::Measure) else {
        panic!("it was not measured");
    };
    // No test process uses less.
    assert!(resident_bytes > Some(1024 * 1024), "{resident_bytes:?}");
}
