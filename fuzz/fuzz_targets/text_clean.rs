//! Text cleaned from any bytes is safe for a terminal, bounded, and stable when cleaned again.

#![no_main]

use hobnob::text::{CleanText, GROWTH_MAX};
use libfuzzer_sys::fuzz_target;

/// Bidi controls, characters that are always invisible, private use, and non-characters.
fn is_forbidden(c: char) -> bool {
    let hidden = "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{180E}\u{200B}\u{200E}\
        \u{200F}\u{3164}\u{FEFF}\u{FFA0}\u{E0001}";
    c.is_control()
        || c.is_whitespace() && !matches!(c, ' ' | '\u{3000}')
        || hidden.contains(c)
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'.. | '\u{FDD0}'..='\u{FDEF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

fuzz_target!(|data: &[u8]| {
    let cleaned = CleanText::from_bytes(data);
    let text = cleaned.as_str();
    let shown = text.escape_unicode();
    assert!(!text.contains(is_forbidden), "forbidden: {shown}");
    assert!(text.len() <= GROWTH_MAX * data.len(), "grown: {shown}");
    let again = CleanText::from_bytes(text.as_bytes());
    assert_eq!(again, cleaned, "cleaned twice");
});
