//! One person with several clients, and what a change of identity carries over: settings, rooms,
//! ignore lists and reply targets.

use super::accounts::{asks, stage};
use super::scene::Scene;

/// The current name of a client.
fn name_of(scene: &Scene, client: &str) -> String {
    scene.chat.clients[scene.index(client).0].name.to_string()
}

#[test]
fn a_person_joins_and_leaves_with_the_first_and_last_client_in_each_room() {
    let mut scene = stage();
    scene.does("bob", "/join #garden");
    scene.does("cat", "/join #garden");
    scene.looked();
    // Ann is in the lobby already, and joins the garden only now.
    scene.does("bob", "/login ann secret1");
    scene.sees_now("ann", &["bob left"]);
    scene.sees_now("cat", &["bob is now ann", "[#lobby] bob left"]);
    scene.sees_now("bob", &["bob is now ann", "You are logged in as ann, now from 2 clients."]);
    scene.does("cat", "/who #lobby");
    scene.sees_now("cat", &["2 people are in #lobby:", "  ann, cat"]);
    scene.does("ann", "/join #garden");
    scene.sees_now("cat", &[]);
    scene.looked();
    // The first client disconnects, but the person stays.
    scene.leaves("ann");
    scene.hand_out();
    scene.sees_now("cat", &[]);
    scene.does("bob", "/leave #lobby");
    scene.sees_now("cat", &["[#lobby] ann left"]);
    scene.leaves("bob");
    scene.hand_out();
    scene.sees_now("cat", &["ann left"]);
}

#[test]
fn logging_out_at_one_client_leaves_the_others_logged_in() {
    let mut scene = stage();
    scene.does("bob", "/login ann secret1");
    scene.looked();
    scene.does("bob", "/logout");
    let given = name_of(&scene, "bob");
    scene.sees_now("cat", &[&format!("{given} joined")]);
    scene.sees_now("ann", &[&format!("{given} joined")]);
    scene.does("ann", "hello");
    scene.sees_now("cat", &["ann: hello"]);
    scene.does("ann", "/logout");
    assert_eq!(scene.news("cat"), [format!("ann is now {}", name_of(&scene, "ann"))]);
}

#[test]
fn a_password_change_disconnects_all_other_clients_of_the_account() {
    let mut scene = stage();
    scene.does("bob", "/login ann secret1");
    scene.does("bob", "/join #garden");
    scene.does("cat", "/join #garden");
    scene.looked();
    scene.does("ann", "/passwd secret1 secret3");
    scene.sees_now("ann", &["Your password has been changed."]);
    scene.sees_now("bob", &["Your password was changed from another connection."]);
    assert_eq!(scene.screens.disconnected, ["bob"]);
    assert_eq!(scene.released.last(), Some(&"bob"));
    // Ann is still in the lobby.
    scene.sees_now("cat", &["ann left"]);
    scene.does("ann", "hello");
    scene.sees_now("cat", &["[#lobby] ann: hello"]);
    // A failed password change disconnects nobody.
    scene.enters("dan");
    scene.does("dan", "/login ann secret3");
    scene.does("ann", "/passwd secret1 secret4");
    assert_eq!(scene.screens.disconnected, ["bob"]);
}

#[test]
fn a_password_change_disconnects_the_other_clients_even_if_the_asker_has_left() {
    let mut scene = stage();
    scene.does("bob", "/login ann secret1");
    asks(&mut scene, "ann", "/passwd secret1 secret3");
    scene.leaves("ann");
    scene.settle();
    scene.hand_out();
    assert_eq!(scene.screens.disconnected, ["bob"]);
}

#[test]
fn the_old_password_does_not_log_in_while_it_is_being_changed() {
    let mut scene = stage();
    scene.looked();
    asks(&mut scene, "bob", "/login ann secret1");
    asks(&mut scene, "ann", "/passwd secret1 secret3");
    asks(&mut scene, "cat", "/login ann secret1");
    scene.settle();
    scene.hand_out();
    assert_eq!(scene.screens.disconnected, ["bob"]);
    let told = scene.news("cat");
    assert!(told.contains(&"Wrong password. Nothing has changed.".to_owned()), "{told:?}");
}

#[test]
fn unregistering_leaves_the_name_to_one_client_and_renames_the_others() {
    for (asker, other) in [("ann", "bob"), ("bob", "ann")] {
        let mut scene = stage();
        scene.does("bob", "/login ann secret1");
        scene.does("bob", "/join #garden");
        scene.looked();
        scene.does(asker, "/unregister secret1");
        let given = name_of(&scene, other);
        assert_eq!(name_of(&scene, asker), "ann");
        assert_ne!(given, "ann");
        let own = scene.news(asker);
        assert_eq!(
            own.last().unwrap(),
            "ann is no longer registered. You keep the name while you are here."
        );
        let told = format!("You are logged out. Your name is now {given}.");
        assert_eq!(scene.news(other).iter().filter(|line| **line == told).count(), 1);
        scene.sees_now("cat", &[&format!("{given} joined")]);
        scene.does("cat", "/whois ann");
        assert_eq!(scene.news("cat")[0], "ann is a guest.");
    }
}

#[test]
fn a_name_unregistered_by_a_client_that_has_left_goes_to_another_client() {
    let mut scene = stage();
    scene.does("bob", "/login ann secret1");
    asks(&mut scene, "bob", "/unregister secret1");
    scene.leaves("bob");
    scene.looked();
    scene.settle();
    scene.hand_out();
    assert_eq!(name_of(&scene, "ann"), "ann");
    scene.sees_now("ann", &["ann is no longer registered. You keep the name while you are here."]);
    scene.sees_now("cat", &[]);
}

#[test]
fn a_name_is_unregistered_while_other_clients_use_it() {
    // Cat's login is pending: either the accounts worker finds no account, or the chat has removed
    // it.
    let mut scene = stage();
    asks(&mut scene, "ann", "/unregister secret1");
    asks(&mut scene, "cat", "/login ann secret1");
    scene.settle();
    scene.hand_out();
    scene.sees_now("cat", &["That name is no longer registered."]);
    assert_eq!((scene.resumed("ann"), scene.resumed("cat")), (1, 1));
    // The other client unregisters as well.
    let mut scene = stage();
    scene.does("bob", "/login ann secret1");
    scene.looked();
    scene.resumed("bob");
    asks(&mut scene, "ann", "/unregister secret1");
    asks(&mut scene, "bob", "/unregister secret1");
    scene.settle();
    scene.hand_out();
    assert_eq!((scene.resumed("ann"), scene.resumed("bob")), (1, 1));
    assert_eq!(scene.news("bob").last().unwrap(), "That name is no longer registered.");
    assert_eq!(name_of(&scene, "ann"), "ann");
    // A password change is pending for the removed account.
    let mut scene = stage();
    scene.does("bob", "/login ann secret1");
    scene.resumed("bob");
    asks(&mut scene, "ann", "/unregister secret1");
    asks(&mut scene, "bob", "/passwd secret1 secret3");
    scene.settle();
    scene.hand_out();
    assert_eq!(scene.resumed("bob"), 1);
    assert_eq!(scene.news("bob").last().unwrap(), "That name is no longer registered.");
}

#[test]
fn settings_belong_to_the_account() {
    let mut scene = stage();
    scene.does("ann", "/quiet");
    scene.does("bob", "/timestamps on");
    scene.does("ann", "/logout");
    scene.looked();
    // As a guest she has none of these settings, and chooses others.
    scene.leaves("cat");
    scene.hand_out();
    scene.sees_now("ann", &["cat left"]);
    // At the next login the settings of the account apply again, those of the guest do not.
    scene.does("bob", "/login ann secret1");
    scene.looked();
    scene.enters("eve");
    scene.does("eve", "hello");
    scene.sees_now("bob", &["eve: hello"]);
    // A setting chosen at one client applies to the other.
    scene.does("ann", "/login ann secret1");
    scene.looked();
    scene.does("ann", "/quiet off");
    scene.looked();
    scene.leaves("eve");
    scene.hand_out();
    scene.sees_now("bob", &["eve left"]);
}

#[test]
fn registering_keeps_the_settings_of_a_guest() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.does("ann", "/quiet");
    scene.does("ann", "/away lunch");
    scene.does("ann", "/register secret1");
    scene.looked();
    scene.does("bob", "/msg ann hi");
    scene.sees_now("bob", &["you → ann (private): hi", "ann is away: lunch"]);
    scene.does("ann", "/logout");
    scene.does("ann", "/login ann secret1");
    scene.looked();
    scene.leaves("bob");
    scene.hand_out();
    scene.sees_now("ann", &[]);
}

#[test]
fn a_guest_who_registers_or_logs_in_keeps_their_rooms() {
    for said in ["/register secret1", "/login rosa secret2"] {
        let mut scene = stage();
        scene.does("bob", "/join #garden");
        scene.does("cat", "/join #garden");
        scene.does("bob", "/room lock");
        scene.does("bob", said);
        scene.looked();
        let name = name_of(&scene, "bob");
        scene.does("bob", "/topic roses");
        scene.sees_now("cat", &[&format!("{name} set the topic: roses")]);
        // Now the room is kept for its owner.
        scene.leaves("bob");
        scene.does("cat", "/leave #garden");
        scene.looked();
        scene.does("cat", "/join #garden");
        scene.sees_now("cat", &["#garden is locked. Ask its owner to /invite you."]);
    }
}

#[test]
fn an_invitation_follows_a_guest_who_registers() {
    let mut scene = stage();
    scene.does("ann", "/join #garden");
    scene.does("ann", "/room lock");
    scene.does("ann", "/invite bob");
    scene.does("bob", "/register secret1");
    scene.looked();
    scene.does("bob", "/join #garden");
    assert_eq!(scene.news("bob")[0], "You joined #garden (2 people). You are talking there now.");
}

#[test]
fn rooms_of_an_unregistered_name_stay_with_its_last_owner_or_pass_on() {
    // The owner is in the room and keeps it as a guest.
    let mut scene = stage();
    scene.does("ann", "/join #garden");
    scene.does("cat", "/join #garden");
    scene.does("ann", "/unregister secret1");
    scene.looked();
    scene.does("ann", "/topic roses");
    scene.sees_now("cat", &["ann set the topic: roses"]);
    scene.does("ann", "/leave");
    scene.sees_now("cat", &["ann left", "cat now owns #garden"]);
    scene.does("cat", "/leave");
    scene.looked();
    scene.does("cat", "/rooms");
    scene.sees_now(
        "cat",
        &["There is 1 room; /join #NAME creates another:", "  #lobby (3) [current room]"],
    );

    // The owner is not in the room, so another member has to get it.
    let mut scene = stage();
    scene.does("ann", "/join #garden");
    scene.does("cat", "/join #garden");
    scene.does("ann", "/leave");
    scene.looked();
    scene.does("ann", "/unregister secret1");
    scene.sees_now("cat", &["cat now owns #garden"]);

    // Nobody is in the room, so it ends.
    let mut scene = stage();
    scene.does("ann", "/join #garden");
    scene.does("ann", "/leave");
    scene.does("ann", "/unregister secret1");
    scene.looked();
    scene.does("cat", "/rooms");
    scene.sees_now(
        "cat",
        &["There is 1 room; /join #NAME creates another:", "  #lobby (3) [current room]"],
    );
}

#[test]
fn an_ignored_person_who_registers_or_logs_in_stays_ignored() {
    for said in ["/register secret1", "/login rosa secret2"] {
        let mut scene = stage();
        for name in ["ann", "cat"] {
            scene.does(name, "/ignore bob");
        }
        scene.does("bob", said);
        scene.looked();
        let name = name_of(&scene, "bob");
        scene.does("bob", "hello");
        scene.does("bob", "/msg ann hello");
        scene.sees_now("ann", &[]);
        scene.sees_now("cat", &[]);
        // A registered person's ignore list is kept.
        scene.does("ann", "/logout");
        scene.does("ann", "/login ann secret1");
        scene.looked();
        scene.does("bob", "hello");
        scene.sees_now("ann", &[]);
        scene.does("ann", "/ignore");
        scene.sees_now("ann", &[&format!("You are ignoring {name}.")]);
    }
}

#[test]
fn nobody_ends_up_ignoring_themselves() {
    let mut scene = stage();
    scene.does("ann", "/ignore bob");
    scene.does("bob", "/login ann secret1");
    scene.looked();
    scene.does("bob", "hello");
    scene.sees_now("ann", &["ann: hello"]);
    scene.does("ann", "/ignore");
    scene.sees_now("ann", &["You are not ignoring anyone."]);
}

#[test]
fn an_ignored_person_who_unregisters_stays_ignored_until_they_leave() {
    let mut scene = stage();
    scene.does("cat", "/ignore ann");
    scene.does("cat", "/ignore rosa");
    scene.does("ann", "/unregister secret1");
    scene.looked();
    scene.does("ann", "hello");
    scene.sees_now("cat", &[]);
    scene.does("cat", "/ignore");
    scene.sees_now("cat", &["You are ignoring ann, rosa."]);
    scene.leaves("ann");
    scene.looked();
    scene.does("cat", "/ignore");
    scene.sees_now("cat", &["You are ignoring rosa."]);
}

#[test]
fn a_reply_reaches_a_person_who_has_registered_or_unregistered_since() {
    let mut scene = stage();
    scene.does("bob", "/msg ann one");
    scene.does("bob", "/register secret3");
    scene.looked();
    scene.does("ann", "/reply two");
    scene.sees_now("bob", &["ann → you (private): two"]);
    scene.does("ann", "/unregister secret1");
    scene.looked();
    scene.does("bob", "/reply three");
    scene.sees_now("ann", &["bob → you (private): three"]);
}

#[test]
fn a_room_whose_last_guest_has_left_is_created_anew_within_the_same_batch() {
    let mut scene = Scene::with(&["ann", "bob"]);
    scene.says("ann", "/join #garden");
    scene.says("ann", "/room lock");
    scene.says("ann", "/leave");
    scene.looked();
    scene.says("ann", "/join #garden");
    scene.says("ann", "/room lock");
    scene.says("ann", "/leave");
    scene.does("bob", "/join #garden");
    assert!(scene.news("bob")[0].starts_with("You created #garden and own it."));
    scene.does("bob", "/topic roses");
    scene.sees_now("bob", &["bob set the topic: roses"]);
}

#[test]
fn a_room_that_a_guest_has_left_for_good_is_not_kept_by_registering() {
    let mut scene = Scene::with(&["ann"]);
    scene.says("ann", "/join #garden");
    scene.says("ann", "/leave");
    scene.says("ann", "/register secret1");
    scene.looked();
    scene.does("ann", "/rooms");
    let alone = "There is 1 room; /join #NAME creates another:";
    scene.sees_now("ann", &[alone, "  #lobby (1) [current room]"]);
}
