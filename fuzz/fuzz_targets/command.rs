//! Any typed text has a meaning, and no accepted name could harm a reader.

#![no_main]

use std::time::SystemTime;

use hobnob::base::zone::Zone;
use hobnob::command::{Utterance, interpret};
use hobnob::lang::{self, Times};
use hobnob::model::language::Lang;
use hobnob::text::CleanText;
use hobnob::text::nick::{Nick, RoomName, key_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let line = CleanText::from_bytes(data);
    let text = line.as_str().to_owned();
    match interpret(line) {
        Utterance::Line(said) => {
            assert_eq!(CleanText::from_bytes(said.as_str().as_bytes()), said, "no longer clean");
        }
        Utterance::Command(_) => {}
        Utterance::Wrong(wrong) => {
            let times = Times { zone: Zone::of_server(), now: SystemTime::UNIX_EPOCH };
            for lang in Lang::ALL {
                assert!(!lang::refusal(lang, &wrong, &times).contains('\n'), "one line");
            }
        }
    }
    if let Ok(nick) = Nick::parse(&text) {
        let shown = nick.as_str();
        assert_eq!(CleanText::from_bytes(shown.as_bytes()).as_str(), &**shown, "not clean");
        assert_eq!(key_of(shown).as_deref(), Some(&**nick.key()), "not found by itself");
        assert!(nick.looks().next().is_some(), "looks like nothing");
    }
    let _ = RoomName::parse(&text);
});
