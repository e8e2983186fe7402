//! Keys that quit, suspend or interrupt.

use super::*;

#[test]
fn quitting_works_without_a_connection() {
    let mut scene = Scene::new();
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.types("/quit good night\r");
    let gone = "not connected to localhost:8000".to_owned();
    scene.orders(&[Action::End(Ending::Broken(gone))]);
    // Text that only begins like the command does not quit.
    let mut scene = Scene::new();
    scene.on(SessionEvent::Ended(Some("connection reset".into())));
    scene.types("//quit\r");
    scene.orders(&[Action::Connect]);
}

#[test]
fn suspending_happens_once() {
    let mut scene = Scene::new();
    scene.types("\x1a\x1a");
    scene.orders(&[Action::Suspend]);
    scene.types("\x1a");
    scene.orders(&[Action::Suspend]);
}

#[test]
fn two_interrupts_bring_up_how_to_leave() {
    let told = "Press ^D or type /quit to leave.";
    let mut scene = Scene::new();
    scene.types("hello\x03\x03");
    scene.shows(&["Welcome swift-fox", "#lobby>"]);
    scene.types("\x03");
    scene.shows(&["Welcome swift-fox", told, "#lobby>"]);
    scene.types("\x03\x03\x03");
    scene.shows(&["Welcome swift-fox", told, "#lobby>"]);
    let mut scene = Scene::new();
    scene.types("\x03x\x7f\x03");
    scene.shows(&["Welcome swift-fox", "#lobby>"]);
}
