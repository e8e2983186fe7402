//! What people are told of what they wanted: one line each, which says what to do where something
//! was not done.

pub(super) mod en;
pub(super) mod zh;

/// The answers in one language. Each field says what may stand in it.
#[derive(Debug)]
pub struct Answers {
    /// `{name}` is somebody's who is here.
    pub name_in_use: &'static str,
    /// `{name}` is registered.
    pub name_registered: &'static str,
    /// `{name}` looks like `{other}`.
    pub name_resembles: &'static str,
    /// `{name}` looks like a name that guests are given.
    pub name_resembles_guest: &'static str,
    /// `{name}` is what one is called already.
    pub name_is_yours: &'static str,
    /// Who is logged in as `{name}` wants another name.
    pub name_is_registered: &'static str,
    /// A name without anything in it.
    pub name_empty: &'static str,
    /// A name of more than `{max}` columns.
    pub name_too_long: &'static str,
    /// A name with `{character}` in it.
    pub name_character: &'static str,
    /// `{name}` has letters of several scripts.
    pub name_mixes_scripts: &'static str,
    /// `{name}` has too many marks.
    pub name_has_marks: &'static str,
    /// A name that begins or ends wrongly.
    pub name_beginning: &'static str,
    /// `{name}` would be shown in another order.
    pub name_direction: &'static str,
    /// `{name}` is kept for the server.
    pub name_reserved: &'static str,
    /// Somebody with a name that cannot be one registers.
    pub choose_a_name_first: &'static str,
    /// To a room: `{name}` is called `{to}` now.
    pub renamed: &'static str,
    /// Nobody is called `{name}`.
    pub no_such_person: &'static str,
    /// The same where `{nearest}` was probably meant.
    pub no_such_person_but: &'static str,
    /// `{name}` is registered now.
    pub registered: &'static str,
    /// Who is `{name}` already registers.
    pub registered_already: &'static str,
    /// Who has logged in as `{name}`.
    pub logged_in: &'static str,
    /// The same, from `{clients}` clients.
    pub logged_in_from: &'static str,
    /// Who is logged in as `{name}` logs in.
    pub logged_in_already: &'static str,
    /// `{name}` is here from `{max}` clients.
    pub here_from_too_many: &'static str,
    /// Who has logged out and is `{name}` now.
    pub logged_out: &'static str,
    /// Somebody without an account.
    pub not_logged_in: &'static str,
    /// `{name}` is nobody's.
    pub not_registered: &'static str,
    /// A wrong password.
    pub password_wrong: &'static str,
    /// A wrong password of one's own.
    pub own_password_wrong: &'static str,
    /// A password of fewer than `{min}` characters.
    pub password_too_short: &'static str,
    /// A password of more than `{max}` bytes.
    pub password_too_long: &'static str,
    /// A password that holds what none may.
    pub password_character: &'static str,
    /// A new password.
    pub password_changed: &'static str,
    /// The last words to whoever else is logged in by it.
    pub password_changed_elsewhere: &'static str,
    /// Who was registered as `{name}` is no more.
    pub unregistered: &'static str,
    /// An account has been removed meanwhile.
    pub account_is_gone: &'static str,
    /// There is no room for another account.
    pub too_many_accounts: &'static str,
    /// Too many passwords were wrong, or names registered.
    pub too_many_attempts: &'static str,
    /// Too much slow work waits.
    pub too_busy: &'static str,
    /// The disk has failed.
    pub cannot_be_kept: &'static str,
    /// A question.
    pub ask_password: &'static str,
    /// A question to who logs in as `{name}`.
    pub ask_password_of: &'static str,
    /// A question to who registers `{name}`: at least `{min}` characters.
    pub ask_first_password: &'static str,
    /// A question to who changes the password of `{name}`: at least `{min}` characters.
    pub ask_new_password: &'static str,
    /// A question.
    pub ask_password_again: &'static str,
    /// The same question once more: the password is wrong.
    pub ask_after_wrong: &'static str,
    /// And here the two are not the same.
    pub ask_after_different: &'static str,
    /// It has less than `{min}` characters.
    pub ask_after_too_short: &'static str,
    /// It has more than `{max}` bytes.
    pub ask_after_too_long: &'static str,
    /// It holds a character that no password can hold.
    pub ask_after_character: &'static str,
    /// It is a command.
    pub ask_after_command: &'static str,
    /// A question was answered with nothing.
    pub asking_cancelled: &'static str,
    /// `/login` has been given up after `{tries}` wrong passwords.
    pub login_failed: &'static str,
    /// Another command has been, after so many.
    pub asking_failed: &'static str,
    /// What is typed cannot be hidden from whoever sees the client's screen.
    pub typing_is_seen: &'static str,
    /// A line that may have been meant as a password.
    pub may_be_password: &'static str,
    /// `/away`.
    pub now_away: &'static str,
    /// `/away` with `{text}`.
    pub now_away_with: &'static str,
    /// `/back`.
    pub now_back: &'static str,
    /// `/back` of somebody who is.
    pub was_not_away: &'static str,
    /// `{name}` is away.
    pub is_away: &'static str,
    /// `{name}` is away: `{text}`.
    pub is_away_with: &'static str,
    /// To who said, as a message, what is `/{command}` here.
    pub meant_command: &'static str,
    /// Somebody in no room says something.
    pub in_no_room: &'static str,
    /// Somebody is not in `{room}`.
    pub not_in_room: &'static str,
    /// The same of somebody whose line began with `{room}`.
    pub not_in_room_of_line: &'static str,
    /// There is no `{room}`.
    pub no_such_room: &'static str,
    /// The room has ended meanwhile.
    pub room_is_gone: &'static str,
    /// To who typed words behind the name of `{room}`, which there is not.
    pub room_name_is_one_word: &'static str,
    /// A room's name that is none.
    pub room_name_beginning: &'static str,
    /// `{name}` looks like `{other}`.
    pub room_resembles: &'static str,
    /// `{name}` looks like a room that is in no list.
    pub room_resembles_hidden: &'static str,
    /// Who has made `{room}`.
    pub made_room: &'static str,
    /// Who has come into `{room}`, with `{people}` there.
    pub joined_room: &'static str,
    /// The same, where one is alone.
    pub joined_empty_room: &'static str,
    /// What one says goes to `{room}` from now on.
    pub talking_in: &'static str,
    /// Who has left `{room}` and talks in `{current}` now.
    pub left_room: &'static str,
    /// Who has left `{room}` and is in no other.
    pub left_last_room: &'static str,
    /// Who is not invited into `{room}`.
    pub room_is_locked: &'static str,
    /// Who gave no password for `{room}`.
    pub room_needs_password: &'static str,
    /// Who gave a wrong one for `{room}`.
    pub room_password_wrong: &'static str,
    /// Who is in `{max}` rooms.
    pub in_too_many_rooms: &'static str,
    /// Who owns `{max}` rooms.
    pub owns_too_many_rooms: &'static str,
    /// There is no place for another room.
    pub too_many_rooms: &'static str,
    /// The `{topic}` of `{room}`.
    pub topic_is: &'static str,
    /// `{room}` has none.
    pub no_topic: &'static str,
    /// To a room: `{name}` has set the `{topic}`.
    pub topic_set: &'static str,
    /// To a room: `{name}` has removed the topic.
    pub topic_cleared: &'static str,
    /// `{room}` is `{owner}`'s.
    pub not_owner: &'static str,
    /// `{room}` is nobody's.
    pub nobody_owns: &'static str,
    /// To a room: `{name}` owns `{room}` now.
    pub owner_is_now: &'static str,
    /// `{name}` is in `{room}`.
    pub is_in_room_already: &'static str,
    /// `{name}` is invited into `{room}`.
    pub invited: &'static str,
    /// `{name}`, who is not here, is invited into `{room}`.
    pub invited_absent: &'static str,
    /// `{name}` invites one into `{room}`.
    pub you_are_invited: &'static str,
    /// There is no room for another invitation.
    pub too_many_invited: &'static str,
    /// To a room: `{name}` has locked it.
    pub room_locked: &'static str,
    /// To a room: `{name}` has unlocked it.
    pub room_unlocked: &'static str,
    /// To a room: `{name}` has hidden it.
    pub room_hidden: &'static str,
    /// To a room: `{name}` hides it no more.
    pub room_shown: &'static str,
    /// To a room: `{name}` has slowed it to a line in `{seconds}`.
    pub room_slowed: &'static str,
    /// To a room: `{name}` slows it no more.
    pub room_not_slow: &'static str,
    /// To a room: `{name}` owns it no more.
    pub room_given_up: &'static str,
    /// Who talks too fast for `{room}`: `{seconds}` more.
    pub room_is_slow: &'static str,
    /// `{room}` has a password now.
    pub room_password_on: &'static str,
    /// `{room}` has none any more.
    pub room_password_off: &'static str,
    /// In `{room}` are `{people}`.
    pub who_heading: &'static str,
    /// In `{room}` is one.
    pub who_heading_one: &'static str,
    /// There are `{count}` rooms.
    pub rooms_heading: &'static str,
    /// There is one room.
    pub rooms_heading_one: &'static str,
    /// There is more on page `{next}`: `{page}` of `{pages}`, by `{command}`.
    pub next_page: &'static str,
    /// Behind the room that one talks in.
    pub mark_current: &'static str,
    /// Behind a locked room.
    pub mark_locked: &'static str,
    /// Behind a room with a password.
    pub mark_password: &'static str,
    /// Behind a hidden room.
    pub mark_hidden: &'static str,
    /// Behind somebody who is away.
    pub mark_away: &'static str,
    /// `{name}` has been registered since `{date}`.
    pub whois_registered: &'static str,
    /// `{name}` is not registered.
    pub whois_guest: &'static str,
    /// Somebody was here last at `{date}`.
    pub whois_last_seen: &'static str,
    /// Somebody has been here for `{here}`, silent for `{idle}`.
    pub whois_here: &'static str,
    /// The same from `{clients}` clients.
    pub whois_here_from: &'static str,
    /// Somebody is in these `{rooms}`.
    pub whois_rooms: &'static str,
    /// A time of `{seconds}`.
    pub time_seconds: &'static str,
    /// A time of `{minutes}`.
    pub time_minutes: &'static str,
    /// A time of `{hours}` and `{minutes}`.
    pub time_hours: &'static str,
    /// A time of `{days}` and `{hours}`.
    pub time_days: &'static str,
    /// Above the last `{count}` lines of `{room}`.
    pub last_lines: &'static str,
    /// Above the last line of `{room}`.
    pub last_line: &'static str,
    /// `{count}` lines have been said since one left at `{time}`.
    pub missed_since: &'static str,
    /// One line has been said since one left at `{time}`.
    pub missed_one_since: &'static str,
    /// The same in `{room}`, where one does not talk.
    pub missed_since_in: &'static str,
    /// The same of one line.
    pub missed_one_since_in: &'static str,
    /// Above what was said in `{room}` while one was not there.
    pub history_missed: &'static str,
    /// Above what was said in `{room}` since `{from}`.
    pub history_since: &'static str,
    /// Above what was said in `{room}` after `{from}` and before `{until}`.
    pub history_between: &'static str,
    /// Nobody has said anything in `{room}`.
    pub history_of_nothing: &'static str,
    /// Nobody said anything in `{room}` then.
    pub history_is_empty: &'static str,
    /// What was asked for begins with lines that are gone.
    pub older_is_gone: &'static str,
    /// `{count}` lines are missing here.
    pub lines_lost: &'static str,
    /// A line is missing here.
    pub one_line_lost: &'static str,
    /// There is more by `/more`.
    pub more_follows: &'static str,
    /// There are earlier lines by `/more`.
    pub earlier_ones: &'static str,
    /// There is nothing by `/more`.
    pub nothing_more: &'static str,
    /// In `{text}` is no word.
    pub nothing_to_search: &'static str,
    /// Above what was found for `{text}`.
    pub search_heading: &'static str,
    /// Nothing was found.
    pub found_nothing: &'static str,
    /// What is looked for stands in too many lines to be found in time.
    pub search_is_too_much: &'static str,
    /// Who asked is no longer in the room.
    pub room_is_left: &'static str,
    /// What was asked for before has not been answered yet.
    pub history_is_slow: &'static str,
    /// The disk does not give it.
    pub history_failed: &'static str,
    /// Before what `{name}` says to one alone.
    pub private_from: &'static str,
    /// Before what one says to `{name}` alone.
    pub private_to: &'static str,
    /// To a program that only says lines, of anything else.
    pub posts_only: &'static str,
    /// Who says something to themselves.
    pub message_to_oneself: &'static str,
    /// `{name}` is not here, or one of both is not registered.
    pub only_registered_leave: &'static str,
    /// `{name}` will be told at the next login.
    pub message_left: &'static str,
    /// `{name}` cannot be left more.
    pub mailbox_full: &'static str,
    /// Before the one message that was left.
    pub kept_message: &'static str,
    /// Before `{count}` messages that were left.
    pub kept_messages: &'static str,
    /// `/reply` of somebody who was told nothing.
    pub nobody_to_reply_to: &'static str,
    /// `/reply` to somebody who has gone.
    pub replied_to_has_gone: &'static str,
    /// `{name}` is ignored.
    pub now_ignored: &'static str,
    /// `{name}` was ignored.
    pub ignored_already: &'static str,
    /// `{name}` is heard again.
    pub no_more_ignored: &'static str,
    /// `{name}` was heard.
    pub was_not_ignored: &'static str,
    /// Who ignores themselves.
    pub ignoring_oneself: &'static str,
    /// Who ignores `{max}` people.
    pub ignores_too_many: &'static str,
    /// One ignores these `{names}`.
    pub ignores: &'static str,
    /// One ignores nobody.
    pub ignores_nobody: &'static str,
    /// `/quiet`.
    pub quiet_on: &'static str,
    /// `/quiet off`.
    pub quiet_off: &'static str,
    /// `/replay`: `{lines}` are shown.
    pub replay_is: &'static str,
    /// `/replay`: none are shown.
    pub replay_is_off: &'static str,
    /// `/timestamps on`, in `{zone}`.
    pub timestamps_on: &'static str,
    /// `/timestamps off`.
    pub timestamps_off: &'static str,
    /// `/tz` alone: `{time}` in `{zone}`.
    pub zone_is: &'static str,
    /// `/tz`.
    pub zone_is_now: &'static str,
    /// `{zone}` is none.
    pub no_such_zone: &'static str,
    /// `{zone}` is none, but `{nearest}`.
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
    /// `/edit on` where nothing can be negotiated.
    pub edit_needs_telnet: &'static str,
    /// To whoever wanted that at a program that could be a telnet and did not answer as one.
    pub edit_unanswered: &'static str,
    /// It wants what `/plain` keeps off.
    pub plain_keeps_off: &'static str,
    /// `/plain`.
    pub plain_on: &'static str,
    /// `/plain off`.
    pub plain_off: &'static str,
}
