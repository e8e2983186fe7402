//! The same scenes once more, with clients that read the JSON wire. Such a client is told events
//! and replies as data and puts them into words itself. Its screen shows what a terminal shows.

use super::moderation::sanctions;
use super::past::deletions;
use super::scene::WIRE;
use super::{accounts, lists, names, past, rooms};
use crate::model::Wire;

/// All clients are of the JSON wire as long as it lives.
struct JsonWire;

impl JsonWire {
    fn everywhere() -> Self {
        WIRE.set(Wire::Json);
        Self
    }
}

impl Drop for JsonWire {
    fn drop(&mut self) {
        WIRE.set(Wire::Plain);
    }
}

#[test]
fn clients_of_the_json_wire_read_the_same_words_as_terminals() {
    let _json = JsonWire::everywhere();
    super::the_original_scene_in_one_batch_or_in_many();
    super::a_client_that_joins_and_leaves_within_a_batch_sees_the_lines_between();
    rooms::joining_rooms();
    rooms::leaving();
    rooms::changes_of_a_room_are_shown_to_its_members();
    rooms::a_slow_room_says_how_long_to_wait();
    rooms::rooms_are_handed_out_in_the_order_in_which_something_happened_in_them();
    names::a_rename_is_shown_once_to_everyone_who_shares_a_room();
    names::a_departure_is_shown_once_to_everyone_who_shares_a_room();
    names::lines_before_and_after_a_rename_carry_the_name_of_their_time();
    names::refused_names();
    lists::people_in_a_room_are_listed();
    lists::rooms_are_listed();
    lists::whois_describes_a_person();
    accounts::a_name_is_registered_kept_and_unregistered();
    accounts::refused();
    accounts::messages_are_kept_for_the_next_login();
    sanctions::an_owner_moderates_their_room();
    sanctions::a_muted_person_can_read_and_is_told_why();
    sanctions::a_mute_is_lifted_and_the_person_is_told();
    sanctions::a_ban_disconnects_and_makes_guests_from_the_address_log_in();
    sanctions::sanctions_are_limited();
    past::parts_of_the_past();
    past::searching();
    past::a_client_that_joins_a_room_sees_the_last_lines_of_that_room_only();
    deletions::an_own_message_is_taken_back();
    deletions::a_moderator_deletes_what_somebody_said_long_ago();
    deletions::the_history_shows_numbers_on_request();
}
