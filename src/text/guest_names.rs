//! Guest names: how a client is called before it chooses a name.
//!
//! This module owns the two word lists, the random choice, and the guarantee that the search ends.
//! It does not know who is connected or which names count as the same: the caller says whether a
//! name is taken, with the comparison it uses for names.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use fastrand::Rng;

use crate::text::nick::Nick;

/// Random pairs without a number that are tried first. With half of all pairs in use, all of these
/// are taken once in 256 times, which is early enough to begin with `-2`.
const PLAIN_TRIES: usize = 8;

/// Doublings of the number's range that are tried before counting through the numbers. Twenty give
/// 2^34 names, far more than a server has clients.
const NUMBER_DOUBLINGS: u32 = 20;

/// Hands out readable names: `amber-otter`, and `amber-otter-2` when the pairs run out.
///
/// Names consist of lower-case ASCII letters, one or two hyphens, and digits. Words have at most 8
/// letters, so a name has at most 17 columns, and at most 20 with a number below 100.
#[derive(Debug)]
pub struct GuestNames {
    rng: Rng,
}

impl GuestNames {
    /// The same seed gives the same names in the same order within one release. Tests rely on that,
    /// users should not.
    pub fn with_seed(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed) }
    }

    /// Picks a name that is not taken.
    ///
    /// Each numbered attempt takes a new pair, and a number from a range twice as wide as the last
    /// one (2-3, 4-7, 8-15, …). While `n` names handed out here are taken, the `k`th such attempt
    /// finds a taken one with a probability of at most `n / (16384 * 2^k)`. So the attempts grow
    /// with the logarithm of `n`, and there are at most `PLAIN_TRIES + NUMBER_DOUBLINGS`. If all of
    /// them fail, one pair's numbers are counted through, which ends at the first one that is not
    /// taken, after at most as many steps as there are names.
    pub fn pick(&mut self, is_taken: impl Fn(&str) -> bool) -> String {
        for _ in 0..PLAIN_TRIES {
            let name = self.pair();
            if !is_taken(&name) {
                return name;
            }
        }
        for doubling in 1..=NUMBER_DOUBLINGS {
            let number = self.rng.u64(1 << doubling..2 << doubling);
            let name = format!("{}-{number}", self.pair());
            if !is_taken(&name) {
                return name;
            }
        }
        let pair = self.pair();
        let mut number = 2u64;
        loop {
            let name = format!("{pair}-{number}");
            if !is_taken(&name) {
                return name;
            }
            number += 1;
        }
    }

    fn pair(&mut self) -> String {
        format!("{}-{}", self.word(&FIRST_WORDS), self.word(&LAST_WORDS))
    }

    fn word(&mut self, words: &[&'static str]) -> &'static str {
        words[self.rng.usize(..words.len())]
    }
}

/// Whether a name could be mistaken for a guest name, with any number.
///
/// Because of this check, guest names need not be compared or indexed by their looks.
pub fn resembles_guest_name(nick: &Nick) -> bool {
    static LOOKS: LazyLock<[HashSet<Arc<str>>; 2]> = LazyLock::new(|| {
        [&FIRST_WORDS, &LAST_WORDS].map(|words| {
            let nicks = words.iter().filter_map(|word| Nick::parse(word).ok());
            nicks.flat_map(|nick| nick.looks().cloned().collect::<Vec<_>>()).collect()
        })
    });
    nick.looks().any(|look| {
        let mut parts = look.splitn(3, '-');
        LOOKS.iter().all(|looks| parts.next().is_some_and(|part| looks.contains(part)))
    })
}

/// Properties of things: what they are made of or look like, or where and when they are found.
/// Colours, materials, weather, landscape, light. Words that are used of people are left out, so
/// that no name is a remark.
#[rustfmt::skip]
const FIRST_WORDS: [&str; 128] = [
    "agate", "alpine", "amber", "arctic", "aurora", "autumn", "azure", "basalt", "boreal",
    "brass", "breezy", "bronze", "canvas", "canyon", "caramel", "ceramic", "chalk", "chrome",
    "cinnamon", "citrus", "clay", "cloudy", "coastal", "cobalt", "comet", "copper", "coral",
    "corduroy", "cosmic", "crimson", "crystal", "cyan", "dappled", "denim", "desert", "dotted",
    "emerald", "evening", "flannel", "flint", "foggy", "forest", "frosty", "garnet", "glowing",
    "golden", "granite", "grassy", "icy", "indigo", "iron", "island", "jade", "knitted",
    "lagoon", "lantern", "leafy", "lilac", "linen", "lunar", "magenta", "marble", "maroon",
    "mauve", "meadow", "meteor", "midnight", "misty", "monsoon", "morning", "mountain",
    "nebula", "nickel", "nutmeg", "oaken", "ochre", "onyx", "opal", "orbital", "painted",
    "paper", "pearl", "pebble", "pewter", "polar", "prairie", "pumpkin", "quartz", "radiant",
    "rainy", "river", "ruby", "russet", "saffron", "sandy", "sapphire", "sepia", "silken",
    "silver", "slate", "snowy", "speckled", "spring", "starlit", "steel", "stellar", "stormy",
    "striped", "summer", "sunny", "teal", "thunder", "toffee", "topaz", "tropic", "tundra",
    "tweed", "twilight", "valley", "velour", "wicker", "windy", "winter", "woodland", "woolen",
    "woven", "zesty", "zinc",
];

/// Animals and plants, without those whose names have a second meaning.
#[rustfmt::skip]
const LAST_WORDS: [&str; 128] = [
    "acacia", "alder", "alpaca", "ant", "aspen", "avocet", "badger", "bamboo", "baobab",
    "basil", "bee", "birch", "bison", "bluebell", "caracal", "caribou", "cedar", "chipmunk",
    "cicada", "clover", "condor", "crane", "cricket", "crocus", "curlew", "cypress", "daisy",
    "dolphin", "egret", "elk", "falcon", "fennec", "fern", "ferret", "finch", "firefly",
    "gazelle", "gecko", "giraffe", "gull", "hare", "heather", "hedgehog", "heron", "herring",
    "hoopoe", "iguana", "impala", "jaguar", "juniper", "kestrel", "koala", "kudu", "larch",
    "lark", "lavender", "lemur", "leopard", "linden", "llama", "lobster", "lynx", "macaw",
    "magpie", "mallow", "manatee", "mantis", "maple", "marlin", "marmot", "marten", "meerkat",
    "mimosa", "minnow", "moose", "moth", "narwhal", "nautilus", "nettle", "newt", "oak",
    "ocelot", "octopus", "okapi", "orca", "osprey", "otter", "panda", "parrot", "pelican",
    "penguin", "perch", "pika", "pipit", "poplar", "primrose", "puffin", "quail", "quokka",
    "raven", "robin", "rowan", "salmon", "seahorse", "seal", "serval", "snail", "sparrow",
    "spruce", "squirrel", "starling", "stoat", "stork", "sturgeon", "tapir", "thistle", "thyme",
    "tortoise", "toucan", "tulip", "turtle", "vicuna", "vole", "wallaby", "willow", "wombat",
    "wren", "zebra",
];

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_are_short_plain_and_all_different() {
        let words: Vec<&str> = FIRST_WORDS.into_iter().chain(LAST_WORDS).collect();
        for word in &words {
            assert!((3..=8).contains(&word.len()), "{word}");
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
        }
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_names() {
        let names = |seed| {
            let mut names = GuestNames::with_seed(seed);
            (0..50).map(|_| names.pick(|_| false)).collect::<Vec<_>>()
        };
        assert_eq!(names(7), names(7));
        assert_ne!(names(7), names(8));
    }

    #[test]
    fn names_that_resemble_guest_names() {
        let check = |name: &str, expected: bool| {
            let nick = Nick::parse(name).unwrap();
            assert_eq!(resembles_guest_name(&nick), expected, "{name}");
        };
        check("amber-otter", true);
        check("Arnber-0tter", true);
        check("amber-otter-17", true);
        check("amber", false);
        check("otter-amber", false);
        check("ann", false);
        let mut names = GuestNames::with_seed(3);
        for _ in 0..100 {
            check(&names.pick(|_| false), true);
        }
    }

    #[test]
    fn twenty_thousand_names_differ_and_each_takes_few_tries() {
        let mut names = GuestNames::with_seed(1);
        let mut taken = HashSet::new();
        for _ in 0..20_000 {
            let tries = Cell::new(0);
            let name = names.pick(|name| {
                tries.set(tries.get() + 1);
                taken.contains(name)
            });
            assert!(tries.get() <= PLAIN_TRIES + 10, "{} tries for {name}", tries.get());
            assert!(name.len() <= 20, "{name}");
            assert!(taken.insert(name));
        }
    }

    #[test]
    fn the_number_follows_the_pair_once_no_pair_is_free() {
        let is_pair = |name: &str| !name.ends_with(|last: char| last.is_ascii_digit());
        let mut names = GuestNames::with_seed(1);
        for _ in 0..50 {
            let name = names.pick(is_pair);
            assert!(name.ends_with("-2") || name.ends_with("-3"), "{name}");
        }
    }

    #[test]
    fn the_numbers_outgrow_the_taken_names() {
        let tries = Cell::new(0);
        let name = GuestNames::with_seed(1).pick(|name| {
            tries.set(tries.get() + 1);
            name.rsplit('-').next().and_then(|last| last.parse().ok()).unwrap_or(0) < 65_536
        });
        assert_eq!(tries.get(), PLAIN_TRIES + 16, "{name}");
    }

    #[test]
    fn a_free_name_is_found_even_with_bad_luck() {
        let name = GuestNames::with_seed(1).pick(|name| !name.ends_with("-4321"));
        assert!(name.ends_with("-4321"), "{name}");
    }
}
