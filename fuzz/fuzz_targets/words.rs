//! Any text can be searched for, and is found in itself.

#![no_main]

use hobnob::text::CleanText;
use hobnob::text::words::{Query, indexed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = CleanText::from_bytes(data);
    let text = text.as_str();
    let words = indexed(text);
    assert_eq!(indexed(&words), words, "folding again changes something");
    let Some(query) = Query::parse(text) else {
        assert_eq!(words, "", "words that cannot be looked for");
        return;
    };
    assert!(query.is_in(text), "not in itself");
    // In FTS5 only text between quotation marks is free of syntax.
    let outside: String = query.fts5().split('"').step_by(2).collect();
    assert!(outside.split(' ').all(|word| matches!(word, "" | "AND" | "*")), "{outside}");
});
