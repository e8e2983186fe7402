//! Texts to and about moderators, and about the server itself.

pub(super) mod en;
pub(super) mod zh;

/// These texts in one language. Each field's comment names the values of its template.
#[derive(Debug)]
pub struct ModerationTexts {
    /// A sanction ends at `{time}`.
    pub until: &'static str,
    /// A sanction ends when it is lifted.
    pub without_end: &'static str,
    /// Follows an action: its `{reason}`.
    pub because: &'static str,
    /// The rank of an operator.
    pub operator: &'static str,
    /// The rank of an owner.
    pub owner: &'static str,
    /// The user has become the owner.
    pub claimed: &'static str,
    /// The token is wrong.
    pub claim_is_wrong: &'static str,
    /// A guest tries to claim the server.
    pub claim_needs_account: &'static str,
    /// The server has an owner already.
    pub has_owner: &'static str,
    /// A command for operators, from someone else.
    pub only_operators: &'static str,
    /// A command for owners, from someone else.
    pub only_owners: &'static str,
    /// A command for operators and `{owner}`, who owns `{room}`, from someone else.
    pub only_owner_here: &'static str,
    /// `{name}` cannot be moderated: they are `{rank}`.
    pub outranked: &'static str,
    /// The user targets themselves.
    pub oneself: &'static str,
    /// The owners are `{names}`.
    pub owners_are: &'static str,
    /// The operators are `{names}`.
    pub operators_are: &'static str,
    /// Nobody has a rank.
    pub nobody_has_rank: &'static str,
    /// `{name}` is a guest.
    pub needs_account: &'static str,
    /// `{name}` is now `{rank}`.
    pub made: &'static str,
    /// To a user whom `{by}` has made `{rank}`.
    pub you_are_made: &'static str,
    /// `{name}` is `{rank}` already.
    pub is_that_already: &'static str,
    /// `{name}` is banned or muted.
    pub is_not_free: &'static str,
    /// `{name}` no longer has a rank.
    pub has_no_rank_now: &'static str,
    /// To a user whose rank `{by}` has taken away.
    pub you_have_no_rank_now: &'static str,
    /// `{name}` has no rank.
    pub had_no_rank: &'static str,
    /// The last owner cannot step down.
    pub last_owner: &'static str,
    /// To a user whom `{by}` has removed from the server; `{because}`.
    pub kicked: &'static str,
    /// The same for `{room}`.
    pub kicked_from: &'static str,
    /// To a room: `{by}` has removed `{name}`; `{because}`.
    pub was_removed: &'static str,
    /// `{name}` has been removed.
    pub removed: &'static str,
    /// `{name}` is not in `{room}`.
    pub not_in_it: &'static str,
    /// `{name}` owns `{room}`.
    pub owns_it: &'static str,
    /// To a user who is being banned from the server: `{by}`, `{until}`, `{because}`.
    pub you_are_banned: &'static str,
    /// The same for `{room}`.
    pub you_are_banned_from: &'static str,
    /// To a room: `{by}` has banned `{name}`, `{until}`, `{because}`.
    pub was_banned: &'static str,
    /// `{name}` is banned `{until}`.
    pub banned: &'static str,
    /// The same, and guests from `{networks}` are banned, too.
    pub banned_with_guests: &'static str,
    /// `{name}` is banned from `{room}` `{until}`.
    pub banned_from: &'static str,
    /// To a banned user who connects or logs in: `{until}`, `{because}`.
    pub banned_here: &'static str,
    /// Below that, to a user from a banned network.
    pub banned_may_log_in: &'static str,
    /// To a banned user who wants to join `{room}`: `{until}`, `{because}`.
    pub banned_from_room: &'static str,
    /// To a guest from a network whose guests may not talk: `{until}`, `{because}`.
    pub guests_banned: &'static str,
    /// `{network}` contains the user's own address.
    pub ban_of_own_address: &'static str,
    /// `{name}`, who is `{rank}`, is connected from `{network}`.
    pub ban_of_operator: &'static str,
    /// `{network}` is this machine, or nearly everyone.
    pub network_is_no_one: &'static str,
    /// Only operators can ban addresses, and only from the whole server.
    pub networks_are_of_server: &'static str,
    /// There are `{max}` bans and mutes, which is the limit.
    pub too_many_sanctions: &'static str,
    /// `{name}` is no longer banned.
    pub unbanned: &'static str,
    /// The same for `{room}`.
    pub unbanned_from: &'static str,
    /// `{name}` is not banned.
    pub not_banned: &'static str,
    /// `{name}` is not banned from `{room}`.
    pub not_banned_from: &'static str,
    /// To a user who is being muted: `{by}`, `{until}`, `{because}`.
    pub you_are_muted: &'static str,
    /// The same for `{room}`.
    pub you_are_muted_in: &'static str,
    /// To a room: `{by}` has muted `{name}`, `{until}`, `{because}`.
    pub was_muted: &'static str,
    /// `{name}` is muted `{until}`.
    pub muted: &'static str,
    /// The same, and guests from `{networks}` are muted, too.
    pub muted_with_guests: &'static str,
    /// Below a ban or a mute: one other person here has the same address.
    pub shared_address_one: &'static str,
    /// The same for `{count}` people.
    pub shared_address: &'static str,
    /// `{name}` is muted in `{room}` `{until}`.
    pub muted_in: &'static str,
    /// To a muted user who talks: `{until}`, `{because}`.
    pub not_said_muted: &'static str,
    /// The same for `{room}`.
    pub not_said_muted_in: &'static str,
    /// `{name}` is no longer muted.
    pub unmuted: &'static str,
    /// The same for `{room}`.
    pub unmuted_in: &'static str,
    /// To a user whose mute `{by}` has lifted.
    pub you_are_unmuted: &'static str,
    /// The same for `{room}`.
    pub you_are_unmuted_in: &'static str,
    /// `{name}` is not muted.
    pub not_muted: &'static str,
    /// The same for `{room}`.
    pub not_muted_in: &'static str,
    /// A muted or banned user tries to give up their name.
    pub name_is_kept: &'static str,
    /// Above a list: the `{count}` bans and mutes of the server.
    pub sanctions_heading: &'static str,
    /// The same for `{room}`.
    pub sanctions_heading_in: &'static str,
    /// Nobody is banned or muted.
    pub no_sanctions: &'static str,
    /// A ban in that list: `{name}`, `{until}`, `{by}`, `{date}`, `{because}`.
    pub sanction_ban: &'static str,
    /// A mute in that list: `{name}`, `{until}`, `{by}`, `{date}`, `{because}`.
    pub sanction_mute: &'static str,
    /// Above the `{count}` entries of the moderation log.
    pub audit_heading: &'static str,
    /// The moderation log is empty.
    pub audit_is_empty: &'static str,
    /// Follows an entry of the moderation log: `{room}`.
    pub in_room: &'static str,
    /// `{by}` claimed the server.
    pub did_claim: &'static str,
    /// `{by}` made `{whom}` an owner.
    pub did_make_owner: &'static str,
    /// `{by}` made `{whom}` an operator.
    pub did_op: &'static str,
    /// `{by}` took away the rank of `{whom}`.
    pub did_deop: &'static str,
    /// `{by}` removed `{whom}`.
    pub did_kick: &'static str,
    /// `{by}` banned `{whom}`.
    pub did_ban: &'static str,
    /// `{by}` lifted the ban of `{whom}`.
    pub did_unban: &'static str,
    /// `{by}` muted `{whom}`.
    pub did_mute: &'static str,
    /// `{by}` lifted the mute of `{whom}`.
    pub did_unmute: &'static str,
    /// `{by}` began a lockdown.
    pub did_lockdown: &'static str,
    /// `{by}` ended the lockdown.
    pub did_unlock: &'static str,
    /// `{by}` changed the room.
    pub did_room: &'static str,
    /// To everyone: `{by}` has begun a lockdown.
    pub lockdown_on: &'static str,
    /// To everyone: `{by}` has ended the lockdown.
    pub lockdown_off: &'static str,
    /// A lockdown is already in effect.
    pub lockdown_is_on: &'static str,
    /// The lockdown is off already.
    pub lockdown_is_off: &'static str,
    /// To a guest during a lockdown.
    pub guests_wait: &'static str,
    /// To operators: writing to the disk fails.
    pub disk_fails: &'static str,
    /// To operators: writing to the disk works again, and `{lines}` lines are lost.
    pub disk_works: &'static str,
    /// The same while some changes have not been saved.
    pub history_works: &'static str,
    /// To operators: all changes have been saved.
    pub changes_saved: &'static str,
    /// To operators: `{problem}`, in English as in the log.
    pub alert: &'static str,
    /// There is no message of the day.
    pub no_motd: &'static str,
    /// The `{version}` of the program.
    pub version: &'static str,
    /// The server has been running for `{time}`, since `{date}`.
    pub uptime: &'static str,
    /// `{people}` people from `{clients}` clients in `{rooms}` rooms.
    pub stats_people: &'static str,
    /// `{count}` clients have not been announced yet.
    pub stats_unannounced: &'static str,
    /// `{lines}` lines said, `{deliveries}` delivered, `{skipped}` skipped.
    pub stats_lines: &'static str,
    /// `{bytes}` are waiting for slow readers.
    pub stats_queued: &'static str,
    /// `{bytes}` of memory are in use.
    pub stats_memory: &'static str,
    /// The server has been running for `{time}`.
    pub stats_uptime: &'static str,
    /// An amount that the system does not report.
    pub unknown_amount: &'static str,
    /// To operators: the user is connected from `{address}`.
    pub whois_address: &'static str,
    /// The user is `{rank}`.
    pub whois_rank: &'static str,
}
