//! Scenes about moderation.

mod evasion;
mod identity;
mod kept;
mod matrix;
mod outside;
mod owners;
mod permissions;
mod plays;
mod ranks;
pub(super) mod sanctions;
mod server_info;

use std::time::Duration;

use super::scene::Scene;
use crate::command::ChatCommand;
use crate::model::OwnerToken;
use crate::store::archive::Archive;

/// The token with which the owner claims the server.
pub(super) fn token() -> OwnerToken {
    OwnerToken::of([7; 16]).unwrap()
}

impl Scene {
    /// Registers these people, who are in the lobby in this order.
    fn registered(names: &[&'static str]) -> Self {
        Self::registered_in(Archive::in_memory().unwrap(), names)
    }

    fn registered_in(archive: Archive, names: &[&'static str]) -> Self {
        let mut scene = Self::with_archive(9, archive);
        for name in names {
            scene.enters(name);
            scene.does(name, "/register secret1");
        }
        scene.looked();
        scene
    }

    /// `olga` owns the server, `otto` is an operator, `ann` and `bob` are registered, and `gus` is
    /// a guest from another address.
    pub(super) fn ordered() -> Self {
        Self::ordered_in(Archive::in_memory().unwrap())
    }

    pub(super) fn ordered_in(archive: Archive) -> Self {
        let mut scene = Self::registered_in(archive, &["olga", "otto", "ann", "bob"]);
        scene.enters_from("gus", "192.0.2.7:4000");
        scene.chat.set_owner_token(token());
        scene.does("olga", &format!("/claim {}", token()));
        scene.does("olga", "/op otto");
        scene.looked();
        scene
    }

    /// Tells the chat that its deadline may have passed.
    pub(super) fn comes_to_its_deadline(&mut self) {
        self.applies(ChatCommand::Tick);
        self.chat.tell_of_late_promises(self.now, &mut self.screens);
        self.hand_out();
    }

    /// Sends a line and checks the complete reply.
    #[track_caller]
    fn gets(&mut self, name: &'static str, text: &str, expected: &[&str]) {
        self.looked();
        self.does(name, text);
        assert_eq!(self.news(name), expected, "{name}: {text}");
    }
}

/// The time of the scene plus `time`, as the server's zone shows it.
fn in_time(scene: &Scene, time: Duration) -> String {
    let zone = crate::base::zone::Zone::of_server();
    crate::base::zone::time_of_day_or_date(scene.now.wall + time, scene.now.wall, zone)
}
