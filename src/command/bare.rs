//! Words that people say when they want to do something and do not know the command yet.

use crate::model::Topic;

/// The longest of these words, in bytes, with spaces around it. Every message is checked, and
/// nearly all are longer.
const SAID_BYTES_MAX: usize = 16;

/// Words that ask for a list of the commands.
const FOR_HELP: &[&str] = &["help", "?", "？", "帮助"];

/// Words that announce leaving.
const TO_QUIT: &[&str] = &["quit", "exit", "bye", "logout", "退出", "再见"];

/// The command that a user probably meant by typing only its name, without a slash.
pub fn meant_by(said: &str) -> Option<Topic> {
    if said.len() > SAID_BYTES_MAX {
        return None;
    }
    let word = said.trim();
    // The first letter rules out nearly all other messages.
    if !matches!(
        word.bytes().next()?.to_ascii_lowercase(),
        b'?' | b'b' | b'e' | b'h' | b'l' | b'q' | 0x80..
    ) {
        return None;
    }
    let is_in = |words: &[&str]| words.iter().any(|one| one.eq_ignore_ascii_case(word));
    match () {
        () if is_in(FOR_HELP) => Some(Topic::Help),
        () if is_in(TO_QUIT) => Some(Topic::Quit),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_a_slash() {
        for said in ["help", "HELP", " help ", "?", "？", "帮助"] {
            assert_eq!(meant_by(said), Some(Topic::Help), "{said}");
        }
        for said in ["quit", "Exit", "bye", "logout", "退出", "再见"] {
            assert_eq!(meant_by(said), Some(Topic::Quit), "{said}");
        }
        for said in ["", "help me", "help?", "/help", "bye all", "quitt", "who", "什么"] {
            assert_eq!(meant_by(said), None, "{said}");
        }
    }
}
