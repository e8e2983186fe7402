//! What people are told by and about those who keep order, and about the server itself.

pub(super) mod en;
pub(super) mod zh;

/// These texts in one language. Each field says what may stand in it.
#[derive(Debug)]
pub struct OrderTexts {
    /// When something ends: `{time}`.
    pub until: &'static str,
    /// It ends when it is lifted.
    pub without_end: &'static str,
    /// Behind what was done: `{reason}`.
    pub because: &'static str,
    /// What an operator is.
    pub operator: &'static str,
    /// What an owner is.
    pub owner: &'static str,
    /// Somebody has become the owner.
    pub claimed: &'static str,
    /// A wrong token.
    pub claim_is_wrong: &'static str,
    /// A guest claims.
    pub claim_needs_account: &'static str,
    /// The server has an owner.
    pub has_owner: &'static str,
    /// An operator's command by somebody else.
    pub only_operators: &'static str,
    /// An owner's command by somebody else.
    pub only_owners: &'static str,
    /// Somebody who is neither keeps order in `{room}` of `{owner}`.
    pub only_owner_here: &'static str,
    /// `{name}` is `{rank}`.
    pub outranked: &'static str,
    /// Somebody means themselves.
    pub oneself: &'static str,
    /// `{names}` are owners.
    pub owners_are: &'static str,
    /// `{names}` are operators.
    pub operators_are: &'static str,
    /// Nobody has a rank.
    pub nobody_has_rank: &'static str,
    /// `{name}` is a guest.
    pub needs_account: &'static str,
    /// `{name}` is `{rank}` now.
    pub made: &'static str,
    /// To who is `{rank}` now, by `{by}`.
    pub you_are_made: &'static str,
    /// `{name}` is `{rank}`.
    pub is_that_already: &'static str,
    /// `{name}` is banned or muted.
    pub is_not_free: &'static str,
    /// `{name}` has no rank any more.
    pub has_no_rank_now: &'static str,
    /// To who has none any more, by `{by}`.
    pub you_have_no_rank_now: &'static str,
    /// `{name}` has no rank.
    pub had_no_rank: &'static str,
    /// The last owner would be none.
    pub last_owner: &'static str,
    /// `{by}` has removed one from the server; `{because}`.
    pub kicked: &'static str,
    /// The same of `{room}`.
    pub kicked_from: &'static str,
    /// To a room: `{by}` has removed `{name}`; `{because}`.
    pub was_removed: &'static str,
    /// `{name}` has been removed.
    pub removed: &'static str,
    /// `{name}` is not in `{room}`.
    pub not_in_it: &'static str,
    /// `{room}` is the room of `{name}`.
    pub owns_it: &'static str,
    /// To who is banned: `{by}`, `{until}`, `{because}`.
    pub you_are_banned: &'static str,
    /// The same of `{room}`.
    pub you_are_banned_from: &'static str,
    /// To a room: `{by}` has banned `{name}`, `{until}`, `{because}`.
    pub was_banned: &'static str,
    /// `{name}` is banned `{until}`.
    pub banned: &'static str,
    /// The same, and guests who come from `{networks}`.
    pub banned_with_guests: &'static str,
    /// `{name}` is banned from `{room}` `{until}`.
    pub banned_from: &'static str,
    /// To who wants to come in, or log in: `{until}`, `{because}`.
    pub banned_here: &'static str,
    /// Below that, to who comes from a banned network.
    pub banned_may_log_in: &'static str,
    /// To who wants to enter `{room}`: `{until}`, `{because}`.
    pub banned_from_room: &'static str,
    /// To a guest from where none may talk: `{until}`, `{because}`.
    pub guests_banned: &'static str,
    /// `{network}` holds one's own address.
    pub ban_of_own_address: &'static str,
    /// In `{network}` is `{name}`, who is `{rank}`.
    pub ban_of_operator: &'static str,
    /// `{network}` is this machine, or nearly everybody.
    pub network_is_no_one: &'static str,
    /// Addresses are banned from the whole server, by operators.
    pub networks_are_of_server: &'static str,
    /// There are `{max}` bans and mutes.
    pub too_many_sanctions: &'static str,
    /// `{name}` is not banned any more.
    pub unbanned: &'static str,
    /// The same of `{room}`.
    pub unbanned_from: &'static str,
    /// `{name}` is not banned.
    pub not_banned: &'static str,
    /// `{name}` is not banned from `{room}`.
    pub not_banned_from: &'static str,
    /// To who is muted: `{by}`, `{until}`, `{because}`.
    pub you_are_muted: &'static str,
    /// The same in `{room}`.
    pub you_are_muted_in: &'static str,
    /// To a room: `{by}` has muted `{name}`, `{until}`, `{because}`.
    pub was_muted: &'static str,
    /// `{name}` is muted `{until}`.
    pub muted: &'static str,
    /// The same, and guests who come from `{networks}`.
    pub muted_with_guests: &'static str,
    /// Below a ban or a mute: somebody else is here from there.
    pub shared_address_one: &'static str,
    /// The same of `{count}` people.
    pub shared_address: &'static str,
    /// The same in `{room}`.
    pub muted_in: &'static str,
    /// To who talks and is muted: `{until}`, `{because}`.
    pub not_said_muted: &'static str,
    /// The same in `{room}`.
    pub not_said_muted_in: &'static str,
    /// `{name}` is not muted any more.
    pub unmuted: &'static str,
    /// The same in `{room}`.
    pub unmuted_in: &'static str,
    /// To who is not muted any more: `{by}`.
    pub you_are_unmuted: &'static str,
    /// The same in `{room}`.
    pub you_are_unmuted_in: &'static str,
    /// `{name}` is not muted.
    pub not_muted: &'static str,
    /// The same in `{room}`.
    pub not_muted_in: &'static str,
    /// Who is muted or banned gives up their name.
    pub name_is_kept: &'static str,
    /// Above `{count}` bans and mutes of the server.
    pub sanctions_heading: &'static str,
    /// The same of `{room}`.
    pub sanctions_heading_in: &'static str,
    /// Nobody is banned or muted.
    pub no_sanctions: &'static str,
    /// A row of that list: `{name}`, `{until}`, `{by}`, `{date}`, `{because}`.
    pub sanction_ban: &'static str,
    /// A row of that list: `{name}`, `{until}`, `{by}`, `{date}`, `{because}`.
    pub sanction_mute: &'static str,
    /// Above `{count}` deeds.
    pub audit_heading: &'static str,
    /// Nothing has been done.
    pub audit_is_empty: &'static str,
    /// Behind a deed: `{room}`.
    pub in_room: &'static str,
    /// `{by}` claimed the server.
    pub did_claim: &'static str,
    /// `{by}` made `{whom}` an owner.
    pub did_make_owner: &'static str,
    /// `{by}` made `{whom}` an operator.
    pub did_op: &'static str,
    /// `{by}` took the rank of `{whom}`.
    pub did_deop: &'static str,
    /// `{by}` removed `{whom}`.
    pub did_kick: &'static str,
    /// `{by}` banned `{whom}`.
    pub did_ban: &'static str,
    /// `{by}` ended the ban of `{whom}`.
    pub did_unban: &'static str,
    /// `{by}` muted `{whom}`.
    pub did_mute: &'static str,
    /// `{by}` ended the mute of `{whom}`.
    pub did_unmute: &'static str,
    /// `{by}` began a lockdown.
    pub did_lockdown: &'static str,
    /// `{by}` ended the lockdown.
    pub did_unlock: &'static str,
    /// `{by}` changed the room.
    pub did_room: &'static str,
    /// To everybody: `{by}` has begun it.
    pub lockdown_on: &'static str,
    /// To everybody: `{by}` has ended it.
    pub lockdown_off: &'static str,
    /// It has begun already.
    pub lockdown_is_on: &'static str,
    /// There is none.
    pub lockdown_is_off: &'static str,
    /// To a guest, while only registered people can talk.
    pub guests_wait: &'static str,
    /// To operators: the disk does not take what is to be kept.
    pub disk_fails: &'static str,
    /// To operators: it takes it again, `{lines}` lines are lost.
    pub disk_works: &'static str,
    /// The same while what was changed is not saved yet.
    pub history_works: &'static str,
    /// Everything that was changed is saved, too.
    pub changes_saved: &'static str,
    /// To operators: `{problem}`, which is in English, as in the log.
    pub alert: &'static str,
    /// There is no message of the day.
    pub no_motd: &'static str,
    /// `{version}` of the program.
    pub version: &'static str,
    /// It has been running for `{time}`, since `{date}`.
    pub uptime: &'static str,
    /// `{people}` people from `{clients}` clients in `{rooms}` rooms.
    pub stats_people: &'static str,
    /// Clients that the others do not know of yet: `{count}`.
    pub stats_unannounced: &'static str,
    /// `{lines}` lines said, `{deliveries}` delivered, `{skipped}` skipped.
    pub stats_lines: &'static str,
    /// `{bytes}` wait for slow readers.
    pub stats_queued: &'static str,
    /// `{bytes}` of memory.
    pub stats_memory: &'static str,
    /// It has been running for `{time}`.
    pub stats_uptime: &'static str,
    /// What the system does not tell.
    pub unknown_amount: &'static str,
    /// For operators: comes from `{address}`.
    pub whois_address: &'static str,
    /// Of somebody who is `{rank}`.
    pub whois_rank: &'static str,
}
