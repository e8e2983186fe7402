//! The replies to commands: one line each, which says what to do if something was not done.

pub(super) mod en;
pub(super) mod zh;

/// The replies in one language. Each field's comment names the values of its template.
#[derive(Debug)]
pub struct Answers {
    /// `{name}` is in use by someone here.
    pub name_in_use: &'static str,
    /// `{name}` is registered.
    pub name_registered: &'static str,
    /// `{name}` looks like `{other}`.
    pub name_resembles: &'static str,
    /// `{name}` looks like a name for guests.
    pub name_resembles_guest: &'static str,
    /// `{name}` is the user's name already.
    pub name_is_yours: &'static str,
    /// A user who is logged in as `{name}` requests another name.
    pub name_is_registered: &'static str,
    /// The requested name is empty.
    pub name_empty: &'static str,
    /// The requested name takes more than `{max}` columns.
    pub name_too_long: &'static str,
    /// The requested name contains `{character}`.
    pub name_character: &'static str,
    /// `{name}` mixes letters of several scripts.
    pub name_mixes_scripts: &'static str,
    /// `{name}` has too many marks on one letter.
    pub name_has_marks: &'static str,
    /// The requested name begins or ends with a character that it may not.
    pub name_beginning: &'static str,
    /// `{name}` would be displayed in another order.
    pub name_direction: &'static str,
    /// `{name}` is reserved for the server.
    pub name_reserved: &'static str,
    /// A user whose name cannot be registered tries to register it.
    pub choose_a_name_first: &'static str,
    /// To a room: `{name}` is now called `{to}`.
    pub renamed: &'static str,
    /// Nobody is called `{name}`.
    pub no_such_person: &'static str,
    /// Nobody is called `{name}`, but `{nearest}` was probably meant.
    pub no_such_person_but: &'static str,
    /// `{name}` is now registered.
    pub registered: &'static str,
    /// `{name}` tries to register but is logged in already.
    pub registered_already: &'static str,
    /// The user has logged in as `{name}`.
    pub logged_in: &'static str,
    /// The same, if they are connected from `{clients}` clients.
    pub logged_in_from: &'static str,
    /// A user who is logged in as `{name}` tries to log in.
    pub logged_in_already: &'static str,
    /// `{name}` is connected from `{max}` clients, which is the limit.
    pub here_from_too_many: &'static str,
    /// The user has logged out and is now called `{name}`.
    pub logged_out: &'static str,
    /// The command needs a login.
    pub not_logged_in: &'static str,
    /// `{name}` is not registered.
    pub not_registered: &'static str,
    /// The password is wrong.
    pub password_wrong: &'static str,
    /// The user's own password is wrong.
    pub own_password_wrong: &'static str,
    /// The password has fewer than `{min}` characters.
    pub password_too_short: &'static str,
    /// The password has more than `{max}` bytes.
    pub password_too_long: &'static str,
    /// The password contains a character that none may contain.
    pub password_character: &'static str,
    /// The password has been changed.
    pub password_changed: &'static str,
    /// The last line to the user's other clients after the password has been changed.
    pub password_changed_elsewhere: &'static str,
    /// `{name}` is no longer registered.
    pub unregistered: &'static str,
    /// The account has been removed in the meantime.
    pub account_is_gone: &'static str,
    /// There is no room for another account.
    pub too_many_accounts: &'static str,
    /// Too many wrong passwords, or too many registrations.
    pub too_many_attempts: &'static str,
    /// Too much slow work is waiting.
    pub too_busy: &'static str,
    /// Writing to the disk has failed.
    pub cannot_be_kept: &'static str,
    /// A question for a password.
    pub ask_password: &'static str,
    /// A question for the password of `{name}`, to log in.
    pub ask_password_of: &'static str,
    /// A question for a password to register `{name}` with: at least `{min}` characters.
    pub ask_first_password: &'static str,
    /// A question for a new password for `{name}`: at least `{min}` characters.
    pub ask_new_password: &'static str,
    /// A question for the new password once more.
    pub ask_password_again: &'static str,
    /// The question again: the password is wrong.
    pub ask_after_wrong: &'static str,
    /// The question again: the two passwords differ.
    pub ask_after_different: &'static str,
    /// The question again: the password has fewer than `{min}` characters.
    pub ask_after_too_short: &'static str,
    /// The question again: the password has more than `{max}` bytes.
    pub ask_after_too_long: &'static str,
    /// The question again: the password contains a character that none may contain.
    pub ask_after_character: &'static str,
    /// The question again: the answer is a command.
    pub ask_after_command: &'static str,
    /// The user answered a question with nothing.
    pub asking_cancelled: &'static str,
    /// `/login` has been cancelled after `{tries}` wrong passwords.
    pub login_failed: &'static str,
    /// Another command has been cancelled after `{tries}` attempts.
    pub asking_failed: &'static str,
    /// The client cannot hide the answer from people who see its screen.
    pub typing_is_seen: &'static str,
    /// A line was held back because it may be a password.
    pub may_be_password: &'static str,
    /// `/away`.
    pub now_away: &'static str,
    /// `/away` with `{text}`.
    pub now_away_with: &'static str,
    /// `/back`.
    pub now_back: &'static str,
    /// `/back` from a user who is not away.
    pub was_not_away: &'static str,
    /// `{name}` is away.
    pub is_away: &'static str,
    /// `{name}` is away: `{text}`.
    pub is_away_with: &'static str,
    /// The message is the name of a command, `/{command}`.
    pub meant_command: &'static str,
    /// A user in no room says something.
    pub in_no_room: &'static str,
    /// The user is not in `{room}`.
    pub not_in_room: &'static str,
    /// The same, if the line began with `{room}`.
    pub not_in_room_of_line: &'static str,
    /// There is no `{room}`.
    pub no_such_room: &'static str,
    /// The room has ended in the meantime.
    pub room_is_gone: &'static str,
    /// Words follow the name of `{room}`, which does not exist.
    pub room_name_is_one_word: &'static str,
    /// The name of a room begins with a character that it may not.
    pub room_name_beginning: &'static str,
    /// `{name}` looks like the room `{other}`.
    pub room_resembles: &'static str,
    /// `{name}` looks like a hidden room.
    pub room_resembles_hidden: &'static str,
    /// The user has created `{room}`.
    pub made_room: &'static str,
    /// The user has joined `{room}`, where `{people}` people are.
    pub joined_room: &'static str,
    /// The user has joined `{room}` and is alone there.
    pub joined_empty_room: &'static str,
    /// `{room}` is now the current room.
    pub talking_in: &'static str,
    /// The user has left `{room}`; `{current}` is now the current room.
    pub left_room: &'static str,
    /// The user has left `{room}` and is in no other.
    pub left_last_room: &'static str,
    /// The user is not invited to the locked `{room}`.
    pub room_is_locked: &'static str,
    /// The user gave no password for `{room}`.
    pub room_needs_password: &'static str,
    /// The user gave a wrong password for `{room}`.
    pub room_password_wrong: &'static str,
    /// The user is in `{max}` rooms, which is the limit.
    pub in_too_many_rooms: &'static str,
    /// The user owns `{max}` rooms, which is the limit.
    pub owns_too_many_rooms: &'static str,
    /// There are too many rooms for another one.
    pub too_many_rooms: &'static str,
    /// The `{topic}` of `{room}`.
    pub topic_is: &'static str,
    /// `{room}` has no topic.
    pub no_topic: &'static str,
    /// To a room: `{name}` has set the `{topic}`.
    pub topic_set: &'static str,
    /// To a room: `{name}` has removed the topic.
    pub topic_cleared: &'static str,
    /// `{room}` belongs to `{owner}`.
    pub not_owner: &'static str,
    /// `{room}` has no owner.
    pub nobody_owns: &'static str,
    /// To a room: `{name}` now owns `{room}`.
    pub owner_is_now: &'static str,
    /// `{name}` is in `{room}` already.
    pub is_in_room_already: &'static str,
    /// `{name}` has been invited to `{room}`.
    pub invited: &'static str,
    /// `{name}`, who is not here, has been invited to `{room}`.
    pub invited_absent: &'static str,
    /// `{name}` invites the user to `{room}`.
    pub you_are_invited: &'static str,
    /// There are `{max}` invitations, which is the limit.
    pub too_many_invited: &'static str,
    /// To a room: `{name}` has locked it.
    pub room_locked: &'static str,
    /// To a room: `{name}` has unlocked it.
    pub room_unlocked: &'static str,
    /// To a room: `{name}` has hidden it.
    pub room_hidden: &'static str,
    /// To a room: `{name}` has made it visible again.
    pub room_shown: &'static str,
    /// To a room: `{name}` has limited it to one line per person in `{seconds}`.
    pub room_slowed: &'static str,
    /// To a room: `{name}` has removed that limit.
    pub room_not_slow: &'static str,
    /// To a room: `{name}` no longer owns it.
    pub room_given_up: &'static str,
    /// The user has to wait `{seconds}` more in `{room}`, which is in slow mode.
    pub room_is_slow: &'static str,
    /// `{room}` now has a password.
    pub room_password_on: &'static str,
    /// `{room}` no longer has a password.
    pub room_password_off: &'static str,
    /// Above a list: `{people}` people are in `{room}`.
    pub who_heading: &'static str,
    /// Above a list: one person is in `{room}`.
    pub who_heading_one: &'static str,
    /// Above a list: there are `{count}` rooms.
    pub rooms_heading: &'static str,
    /// Above a list: there is one room.
    pub rooms_heading_one: &'static str,
    /// Below page `{page}` of `{pages}`: `{command}` shows page `{next}`.
    pub next_page: &'static str,
    /// Marks the current room in a list.
    pub mark_current: &'static str,
    /// Marks a locked room.
    pub mark_locked: &'static str,
    /// Marks a room with a password.
    pub mark_password: &'static str,
    /// Marks a hidden room.
    pub mark_hidden: &'static str,
    /// Marks a user who is away.
    pub mark_away: &'static str,
    /// `{name}` has been registered since `{date}`.
    pub whois_registered: &'static str,
    /// `{name}` is not registered.
    pub whois_guest: &'static str,
    /// The user was last connected at `{date}`.
    pub whois_last_seen: &'static str,
    /// The user has been connected for `{here}`, and silent for `{idle}`.
    pub whois_here: &'static str,
    /// The same for a user connected from `{clients}` clients.
    pub whois_here_from: &'static str,
    /// The user is in these `{rooms}`.
    pub whois_rooms: &'static str,
    /// A duration of `{seconds}`.
    pub time_seconds: &'static str,
    /// A duration of `{minutes}`.
    pub time_minutes: &'static str,
    /// A duration of `{hours}` and `{minutes}`.
    pub time_hours: &'static str,
    /// A duration of `{days}` and `{hours}`.
    pub time_days: &'static str,
    /// Above the last `{count}` lines of `{room}`.
    pub last_lines: &'static str,
    /// Above the last line of `{room}`.
    pub last_line: &'static str,
    /// The user has missed `{count}` lines since they left at `{time}`.
    pub missed_since: &'static str,
    /// The user has missed one line since they left at `{time}`.
    pub missed_one_since: &'static str,
    /// The user has missed `{count}` lines in `{room}`, which is not the current room.
    pub missed_since_in: &'static str,
    /// The user has missed one line in `{room}`, which is not the current room.
    pub missed_one_since_in: &'static str,
    /// Above the lines that the user missed in `{room}`.
    pub history_missed: &'static str,
    /// Above the lines said in `{room}` since `{from}`.
    pub history_since: &'static str,
    /// Above the lines said in `{room}` after `{from}` and before `{until}`.
    pub history_between: &'static str,
    /// Nothing has been said in `{room}` yet.
    pub history_of_nothing: &'static str,
    /// Nothing was said in `{room}` in that period.
    pub history_is_empty: &'static str,
    /// The oldest of the requested lines have been deleted.
    pub older_is_gone: &'static str,
    /// `{count}` lines are missing here.
    pub lines_lost: &'static str,
    /// One line is missing here.
    pub one_line_lost: &'static str,
    /// `/more` shows more lines.
    pub more_follows: &'static str,
    /// `/more` shows earlier lines.
    pub earlier_ones: &'static str,
    /// `/more` has nothing left to show.
    pub nothing_more: &'static str,
    /// `{text}` contains no word.
    pub nothing_to_search: &'static str,
    /// Above the lines found for `{text}`.
    pub search_heading: &'static str,
    /// Nothing was found.
    pub found_nothing: &'static str,
    /// The words occur in too many lines to be found in time.
    pub search_is_too_much: &'static str,
    /// The user is no longer in the room of the query.
    pub room_is_left: &'static str,
    /// The previous query has not been answered yet.
    pub history_is_slow: &'static str,
    /// The history cannot be read from the disk.
    pub history_failed: &'static str,
    /// Before a private message from `{name}`.
    pub private_from: &'static str,
    /// Before a private message to `{name}`.
    pub private_to: &'static str,
    /// A client that only says lines sent something else.
    pub posts_only: &'static str,
    /// The user sends a private message to themselves.
    pub message_to_oneself: &'static str,
    /// `{name}` is not here, and at least one of the two is not registered.
    pub only_registered_leave: &'static str,
    /// `{name}` will get the message at their next login.
    pub message_left: &'static str,
    /// The mailbox of `{name}` is full.
    pub mailbox_full: &'static str,
    /// Above the one message that was left for the user.
    pub kept_message: &'static str,
    /// Above the `{count}` messages that were left for the user.
    pub kept_messages: &'static str,
    /// `/reply` without a private message to reply to.
    pub nobody_to_reply_to: &'static str,
    /// `/reply` to someone who has left.
    pub replied_to_has_gone: &'static str,
    /// `{name}` is now ignored.
    pub now_ignored: &'static str,
    /// `{name}` is ignored already.
    pub ignored_already: &'static str,
    /// `{name}` is no longer ignored.
    pub no_more_ignored: &'static str,
    /// `{name}` was not ignored.
    pub was_not_ignored: &'static str,
    /// The user tries to ignore themselves.
    pub ignoring_oneself: &'static str,
    /// The user ignores `{max}` people, which is the limit.
    pub ignores_too_many: &'static str,
    /// The user ignores `{names}`.
    pub ignores: &'static str,
    /// The user ignores nobody.
    pub ignores_nobody: &'static str,
    /// `/quiet`.
    pub quiet_on: &'static str,
    /// `/quiet off`.
    pub quiet_off: &'static str,
    /// `/replay`: up to `{lines}` messages are shown.
    pub replay_is: &'static str,
    /// `/replay`: no messages are shown.
    pub replay_is_off: &'static str,
    /// `/timestamps on`, in `{zone}`.
    pub timestamps_on: &'static str,
    /// `/timestamps off`.
    pub timestamps_off: &'static str,
    /// `/tz` without a zone: it is `{time}` in `{zone}`.
    pub zone_is: &'static str,
    /// `/tz` with a `{zone}`.
    pub zone_is_now: &'static str,
    /// `{zone}` is not a time zone.
    pub no_such_zone: &'static str,
    /// `{zone}` is not a time zone, but `{nearest}` is.
    pub no_such_zone_but: &'static str,
    /// `/bell off`.
    pub bell_off: &'static str,
    /// `/bell mentions`.
    pub bell_mentions: &'static str,
    /// `/bell all`.
    pub bell_all: &'static str,
    /// `/colour on`.
    pub colour_on: &'static str,
    /// `/colour off`.
    pub colour_off: &'static str,
    /// `/edit on`.
    pub edit_on: &'static str,
    /// `/edit off`.
    pub edit_off: &'static str,
    /// `/edit on` with a program that cannot negotiate.
    pub edit_needs_telnet: &'static str,
    /// `/edit on` with a program that could be a telnet but did not answer like one.
    pub edit_unanswered: &'static str,
    /// The command needs something that plain mode switches off.
    pub plain_keeps_off: &'static str,
    /// `/plain`.
    pub plain_on: &'static str,
    /// `/plain off`.
    pub plain_off: &'static str,
}
