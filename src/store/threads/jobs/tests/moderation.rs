//! Moderation changes, and measuring memory.

use super::*;
use crate::model::id::SanctionId;
use crate::model::moderation::{
    AuditEntry, Deed, KeptOrder, LobbyRules, Rank, Sanction, SanctionKind, Subject,
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

fn entry(deed: Deed) -> AuditEntry {
    let (by, whom) = ("Amy".into(), Some("Bob".into()));
    AuditEntry { at: now(), by, deed, whom, room: None, until: None, reason: None }
}

#[test]
fn moderation_changes_are_stored_without_an_outcome_for_a_client() {
    let mut office = Office::new();
    let amy = office.registers("Amy");
    let lobby = LobbyRules { topic: Some("roses".into()), slow: 30.try_into().ok() };
    for (change, entry) in [
        (
            Some(OrderChange::Rank { account: amy.id, rank: Some(Rank::Owner) }),
            Some(entry(Deed::Claim)),
        ),
        (Some(OrderChange::impose(ban(1))), Some(entry(Deed::Ban))),
        (Some(OrderChange::impose(ban(2))), None),
        (Some(OrderChange::Lift(vec![SanctionId(2)])), None),
        (Some(OrderChange::Lockdown(true)), None),
        (Some(OrderChange::Lobby(lobby.clone())), None),
        (None, Some(entry(Deed::Kick))),
    ] {
        office.jobs.keep(Update::Order { change, entry }).unwrap();
        office.saved();
    }
    let (outcomes, kept) = office.ends();
    assert_eq!(outcomes, []);
    let expected = KeptOrder {
        ranks: vec![(amy.id, Rank::Owner)],
        sanctions: vec![ban(1)],
        last_sanction: SanctionId(2),
        audit: vec![entry(Deed::Claim), entry(Deed::Ban), entry(Deed::Kick)],
        lockdown: true,
        lobby,
    };
    assert_eq!(kept.order, expected);
}

#[test]
fn a_disk_that_rejects_moderation_changes_is_reported() {
    let mut office = Office::new();
    let vandal = rusqlite::Connection::open(office.folder.path().join("hobnob.db")).unwrap();
    vandal.execute_batch("DROP TABLE audit").unwrap();
    let change = Some(OrderChange::impose(ban(1)));
    let entry = Some(entry(Deed::Ban));
    office.jobs.keep(Update::Order { change, entry }).unwrap();
    let outcome = office.outcome();
    let Outcome::NotKept { problem } = outcome else {
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
    let Outcome::Measured { asker: ASKER, resident_bytes } =
        office.asks(Job::Measure { asker: ASKER })
    else {
        panic!("it was not measured");
    };
    // No test process uses less.
    assert!(resident_bytes > Some(1024 * 1024), "{resident_bytes:?}");
}
