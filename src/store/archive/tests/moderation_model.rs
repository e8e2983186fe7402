//! Whatever the changes and their order, the stored moderation state matches a plain model.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::base::address_block::AddressBlock;
use crate::model::{
    LobbyRules, ModAction, Rank, Sanction, SanctionId, SanctionKind, StoredModeration, Subject,
    Timestamp,
};
use crate::properties::cases;

const ACCOUNTS: i64 = 4;
const ROOMS: u32 = 3;

#[derive(Clone, Debug)]
enum Step {
    Keep(Box<(Option<ModerationChange>, Option<AuditEntry>)>),
    SaveRoom(RoomId, AccountId),
    RemoveRoom(RoomId),
    EndRoom(RoomId),
    RemoveAccount(AccountId),
    Restart,
}

/// The expected state.
#[derive(Debug, Default)]
struct ModerationModel {
    accounts: BTreeSet<AccountId>,
    rooms: BTreeMap<RoomId, AccountId>,
    order: StoredModeration,
    last_sanction: SanctionId,
}

impl ModerationModel {
    fn new() -> Self {
        Self { accounts: (1..=ACCOUNTS).map(AccountId).collect(), ..Self::default() }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Keep(kept) => {
                let (change, entry) = &**kept;
                if let Some(change) = change {
                    self.change(change.clone());
                }
                self.order.audit.extend(entry.clone().map(|entry| AuditEntry {
                    at: whole(entry.at.0).into(),
                    until: entry.until.map(|at| whole(at.0).into()),
                    ..entry
                }));
            }
            Step::SaveRoom(room, owner) => {
                self.rooms.remove(room);
                if self.accounts.contains(owner) {
                    self.rooms.insert(*room, *owner);
                }
            }
            Step::RemoveRoom(room) => {
                self.rooms.remove(room);
                self.end(*room);
            }
            Step::EndRoom(room) => self.end(*room),
            Step::RemoveAccount(account) => self.remove_account(*account),
            Step::Restart => {
                let rooms = &self.rooms;
                self.order.sanctions.retain(|sanction| {
                    sanction.room.is_none_or(|room| room == LOBBY || rooms.contains_key(&room))
                });
            }
        }
    }

    fn change(&mut self, change: ModerationChange) {
        let StoredModeration { ranks, sanctions, lockdown, lobby, .. } = &mut self.order;
        match change {
            ModerationChange::Rank { account, rank } => {
                ranks.retain(|(other, _)| *other != account);
                if self.accounts.contains(&account) {
                    ranks.extend(rank.map(|rank| (account, rank)));
                }
                ranks.sort();
            }
            ModerationChange::Impose { mut sanction, replaced } => {
                self.last_sanction.0 += 1;
                sanction.id = self.last_sanction;
                sanction.at = whole(sanction.at);
                sanction.until = sanction.until.map(whole);
                sanctions.retain(|one| !replaced.contains(&one.id));
                sanctions.push(sanction);
                self.forget_who_is_gone();
            }
            ModerationChange::Remove(ids) => {
                sanctions.retain(|sanction| !ids.contains(&sanction.id))
            }
            ModerationChange::Lockdown(is_locked) => *lockdown = is_locked,
            ModerationChange::Lobby(rules) => *lobby = rules,
        }
    }

    fn end(&mut self, ended: RoomId) {
        self.order.sanctions.retain(|sanction| sanction.room != Some(ended));
    }

    fn remove_account(&mut self, gone: AccountId) {
        self.accounts.remove(&gone);
        for room in (1..=ROOMS).map(RoomId) {
            if self.rooms.get(&room) == Some(&gone) {
                // Its bans stay until the next start finds that the room is gone.
                self.rooms.remove(&room);
            }
        }
        self.order.ranks.retain(|(account, _)| *account != gone);
        self.forget_who_is_gone();
    }

    fn forget_who_is_gone(&mut self) {
        self.order.sanctions.retain_mut(|sanction| match &mut sanction.subject {
            Subject::Network(_) => true,
            Subject::Person { account, origins } => {
                *account = account.filter(|account| self.accounts.contains(account));
                account.is_some() || !origins.is_empty()
            }
        });
    }
}

/// Applies the step to the archive. Sanctions have the numbers that the model gives them.
fn take(disk: &mut Disk, step: &Step, model: &ModerationModel) {
    let key = |room: RoomId| format!("room-{}", room.0);
    match step {
        Step::Keep(kept) => {
            let (mut change, entry) = (**kept).clone();
            if let Some(ModerationChange::Impose { sanction, .. }) = &mut change {
                sanction.id = model.last_sanction;
            }
            disk.archive().moderate(change.as_ref(), entry.as_ref()).unwrap();
        }
        Step::SaveRoom(room, owner) => {
            let record = RoomRecord { id: *room, ..garden(*owner) };
            disk.archive().save_room(&key(*room), &record).unwrap();
        }
        Step::RemoveRoom(room) => disk.archive().remove_room(*room).unwrap(),
        Step::EndRoom(room) => write(disk.archive(), &[HistoryEntry::Ended { room: *room }]),
        Step::RemoveAccount(account) => disk.archive().remove_account(*account).unwrap(),
        Step::Restart => drop(disk.reopened().load(0).unwrap()),
    }
}

/// A time rounded to what is stored.
fn whole(time: SystemTime) -> SystemTime {
    at(time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
}

fn text() -> impl Strategy<Value = Box<str>> {
    "\\PC{0,12}".prop_map(|text| CleanText::from_bytes(text.as_bytes()).as_str().into())
}

fn time() -> impl Strategy<Value = SystemTime> {
    (0..5_000_000_000_000_u64).prop_map(at_ms)
}

fn account() -> impl Strategy<Value = AccountId> {
    (1..=ACCOUNTS + 1).prop_map(AccountId)
}

fn room() -> impl Strategy<Value = RoomId> {
    (1..=ROOMS).prop_map(RoomId)
}

fn subject() -> impl Strategy<Value = Subject> {
    let origins =
        proptest::collection::vec(any::<std::net::IpAddr>().prop_map(AddressBlock::of), 0..3);
    let network = (any::<std::net::IpAddr>(), 0..=128_u8).prop_map(|(address, bits)| {
        let bits = if address.is_ipv4() { bits % 33 } else { bits };
        Subject::Network(format!("{address}/{bits}").parse().unwrap())
    });
    prop_oneof![
        network,
        (proptest::option::of(account()), origins)
            .prop_map(|(account, origins)| Subject::Person { account, origins }),
    ]
}

fn sanction() -> impl Strategy<Value = Sanction> {
    let kind = prop_oneof![Just(SanctionKind::Ban), Just(SanctionKind::Mute)];
    let room = proptest::option::of((0..=ROOMS).prop_map(RoomId));
    let (until, reason) = (proptest::option::of(time()), proptest::option::of(text()));
    (kind, room, subject(), text(), text(), time(), until, reason).prop_map(
        |(kind, room, subject, name, by, at, until, reason)| {
            let id = SanctionId::default();
            Sanction { id, kind, room, subject, name, by, at, until, reason }
        },
    )
}

fn change() -> impl Strategy<Value = ModerationChange> {
    let rank = prop_oneof![Just(None), Just(Some(Rank::Operator)), Just(Some(Rank::Owner))];
    let lifted = || proptest::collection::vec((0..12_i64).prop_map(SanctionId), 0..3);
    let lobby = (proptest::option::of(text()), any::<u32>())
        .prop_map(|(topic, slow)| LobbyRules { topic, slow: slow.try_into().ok() });
    prop_oneof![
        2 => (account(), rank).prop_map(|(account, rank)| ModerationChange::Rank { account, rank }),
        4 => (sanction(), lifted())
            .prop_map(|(sanction, replaced)| ModerationChange::Impose { sanction, replaced }),
        1 => lifted().prop_map(ModerationChange::Remove),
        1 => any::<bool>().prop_map(ModerationChange::Lockdown),
        1 => lobby.prop_map(ModerationChange::Lobby),
    ]
}

fn entry() -> impl Strategy<Value = AuditEntry> {
    let action = proptest::sample::select(ModAction::ALL.map(|(action, _)| action).to_vec());
    let (whom, room) = (proptest::option::of(text()), proptest::option::of(text()));
    let (until, reason) = (proptest::option::of(time()), proptest::option::of(text()));
    (time(), text(), action, whom, room, until, reason).prop_map(
        |(at, by, action, whom, room, until, reason)| AuditEntry {
            at: at.into(),
            by,
            action,
            whom,
            room,
            until: until.map(Timestamp),
            reason,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (proptest::option::of(change()), proptest::option::of(entry()))
            .prop_map(|kept| Step::Keep(Box::new(kept))),
        2 => (room(), account()).prop_map(|(room, owner)| Step::SaveRoom(room, owner)),
        1 => room().prop_map(Step::RemoveRoom),
        1 => room().prop_map(Step::EndRoom),
        1 => account().prop_map(Step::RemoveAccount),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn the_moderation_state_is_what_was_decided(steps in proptest::collection::vec(step(), 0..40)) {
        let mut disk = Disk::new();
        for name in ["amy", "bob", "cat", "dan"] {
            disk.add(name);
        }
        let mut model = ModerationModel::new();
        for step in steps.iter().chain([&Step::Restart]) {
            model.take(step);
            take(&mut disk, step, &model);
            if matches!(step, Step::Restart) {
                prop_assert_eq!(&disk.archive().load(0).unwrap().moderation, &model.order);
            }
        }
        let has_owner = model.order.ranks.iter().any(|(_, rank)| *rank == Rank::Owner);
        prop_assert_eq!(disk.archive().has_owner().unwrap(), has_owner);
    }
}
