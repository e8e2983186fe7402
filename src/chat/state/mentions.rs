//! Finds names of people in messages.
//!
//! Most scripts separate words by spaces, so each word is looked up. Chinese and Japanese do not:
//! in a run of their characters, every substring as long as some present name is looked up.

use super::name_table::NameTable;
use crate::model::PersonId;
use crate::text::nick;

/// Characters in the longest name of an unspaced script: 24 columns, two for each character.
const UNSPACED_CHARS_MAX: usize = 12;

/// Number of present names in unspaced scripts, by length in characters.
#[derive(Debug, Default)]
pub(in crate::chat) struct Mentions {
    unspaced: [u32; UNSPACED_CHARS_MAX + 1],
}

impl Mentions {
    pub(in crate::chat) fn add(&mut self, key: &str) {
        if let Some(count) = self.count_of(key) {
            *count += 1;
        }
    }

    pub(in crate::chat) fn remove(&mut self, key: &str) {
        if let Some(count) = self.count_of(key) {
            *count = count.saturating_sub(1);
        }
    }

    /// Calls `found` once for each person whose name is in the text.
    pub(in crate::chat) fn find(
        &self,
        text: &str,
        names: &NameTable<PersonId>,
        found: &mut dyn FnMut(PersonId),
    ) {
        let mut already = Vec::new();
        let mut look_up = |key: &str| {
            if let Some(person) = names.named(key)
                && !already.contains(&person)
            {
                already.push(person);
                found(person);
            }
        };
        for word in text.split(|c: char| !is_part_of_name(c)) {
            let word = word.trim_matches(['.', '-', '_']);
            if word.is_empty() {
                continue;
            }
            if word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
                look_up(word);
            } else if let Some(key) = nick::key_of(word) {
                look_up(&key);
            }
            if word.chars().any(is_unspaced) {
                self.find_unspaced(word, &mut look_up);
            }
        }
    }

    fn find_unspaced(&self, word: &str, look_up: &mut dyn FnMut(&str)) {
        let starts: Vec<usize> =
            word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        for (length, _) in self.unspaced.iter().enumerate().filter(|(_, count)| **count > 0) {
            for bounds in starts.windows(length + 1) {
                if let [first, .., last] = bounds {
                    look_up(&word[*first..*last]);
                }
            }
        }
    }

    fn count_of(&mut self, key: &str) -> Option<&mut u32> {
        if !key.chars().any(is_unspaced) {
            return None;
        }
        self.unspaced.get_mut(key.chars().count())
    }
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '-' | '_' | '.')
        || unicode_normalization::char::is_combining_mark(c)
}

/// Ideographs and Kana.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClientId;
    use crate::text::nick::Nick;

    #[test]
    fn names_in_a_message() {
        let names = ["ann", "bob", "王小明", "小王", "たなか", "josé"];
        let mut mentions = Mentions::default();
        let mut table = NameTable::default();
        for (id, name) in (1..).zip(names) {
            mentions.add(name);
            table.insert(&Nick::parse(name).unwrap(), PersonId::Guest(ClientId(id)));
        }
        let check = |text: &str, expected: &[&str]| {
            let mut found = Vec::new();
            mentions.find(text, &table, &mut |person| {
                let PersonId::Guest(ClientId(id)) = person else { panic!("{person:?}") };
                found.push(names[id as usize - 1]);
            });
            assert_eq!(found, expected, "{text}");
        };
        check("hi ann, and Bob!", &["ann", "bob"]);
        check("@ann: ann ANN.", &["ann"]);
        check("anna bobby b-ob", &[]);
        check("José?", &["josé"]);
        check("王小明你好", &["王小明"]);
        check("你好，王小明和小王", &["小王", "王小明"]);
        check("王小", &[]);
        check("たなかさん", &["たなか"]);
        check("", &[]);
    }
}
