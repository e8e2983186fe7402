//! The state as bytes.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use super::determinism::played;
use super::scene::{Scene, moment, options};
use crate::base::clock::ChatTime;
use crate::chat::saved::StateError;
use crate::chat::state::*;
use crate::model::StoredState;

/// Steps that were played until the state in the fixture.
const STEPS: u32 = 3_000;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/chat/format-2.state")
}

#[test]
fn an_earlier_build_played_the_same() {
    let (mut chat, mut out) = played(STEPS);
    let bytes = chat.save(&mut out).unwrap();
    if env::var_os("HOBNOB_WRITE_FIXTURES").is_some() {
        return fs::write(fixture(), bytes).unwrap();
    }
    assert!(
        bytes == fs::read(fixture()).unwrap(),
        "The saved state is not that of an earlier build. If its format has changed, increase \
         VERSION in src/chat/saved.rs, and the number in the name of the fixture. If the same \
         commands are meant to give another chat now, write the fixture again: \
         HOBNOB_WRITE_FIXTURES=1 cargo test --lib an_earlier_build"
    );
}

#[test]
fn the_state_of_an_earlier_build_is_restored() {
    let bytes = fs::read(fixture()).unwrap();
    let mut scene = Scene::with(&[]);
    let mut chat = Chat::restore(&bytes, &mut scene.screens).unwrap();
    assert!(chat.save(&mut scene.screens).unwrap() == bytes);
}

#[test]
fn other_bytes_are_refused() {
    let mut scene = Scene::with(&["ann", "bob"]);
    let bytes = scene.chat.save(&mut scene.screens).unwrap();
    let mut error = |bytes: &[u8]| Chat::restore(bytes, &mut scene.screens).unwrap_err();
    for bytes in [&b""[..], b"hobnob", b"hobnob chat ", b"HTTP/1.1 200 OK"] {
        assert!(matches!(error(bytes), StateError::NoState), "{bytes:?}");
    }
    let mut newer = bytes.clone();
    newer[12..16].copy_from_slice(&7_u32.to_le_bytes());
    let text = "the chat was saved in format 7, but this build reads format 2: restore it with the \
                build that saved it";
    assert_eq!(error(&newer).to_string(), text);
    for position in 16..bytes.len() {
        assert!(matches!(error(&bytes[..position]), StateError::Damaged(_)), "{position}");
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        assert!(matches!(error(&changed), StateError::Damaged(_)), "{position}");
    }
}

#[test]
fn a_chat_before_1970_is_not_saved() {
    let wall = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let now = ChatTime { wall, ..moment() };
    let mut chat = Chat::new(options(), StoredState::default(), now);
    let mut scene = Scene::with(&[]);
    assert!(matches!(chat.save(&mut scene.screens), Err(StateError::Damaged(_))));
}
