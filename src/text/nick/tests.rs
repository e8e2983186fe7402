//! Names that must pass, pairs that must be told apart or not, and properties that hold for any
//! text.

use std::collections::HashSet;
use std::net::SocketAddr;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::limits::{NAME_BYTES_MAX, NICK_COLUMNS_MAX};
use crate::properties::cases;
use crate::text::CleanText;
use crate::text::guest_names::GuestNames;

fn share_a_look(one: &Nick, other: &Nick) -> bool {
    one.looks().any(|look| other.looks().any(|its| its == look))
}

/// A name made of any text, allowed or not.
fn any_nick(text: &str) -> Nick {
    Nick(Name::new(text))
}

#[test]
fn names_of_many_languages_pass_as_they_are() {
    #[rustfmt::skip]
    let names = [
        "bob", "Bob", "b.o-b_2", "7of9", "x", "José", "Zoë", "Łukasz", "Đặng", "Nguyễn", "İsmail",
        "ʻAlana", "Ţurcanu", "Jack喆", "דָּוִד",
        "Strauß", "Ольга", "Юрій", "Ђорђе", "Ελένη", "ΝΙΚΟΣ", "محمد", "محمّد", "فاطمه", "עמית",
        "דוד-2",
        "王小明", "王小明2", "小王Jack", "歐陽", "たなか", "田中さくら", "ジョン・スミス", "김철수", "김Kim", "नेहा",
        "स्त्री", "রহিম", "தமிழ்", "ภูมิ", "ကျော်", "មករា", "ნინო", "Անի", "አበበ", "ཚེརིང", "ᏣᎳᎩ",
    ];
    for name in names {
        let shown = Nick::parse(name).map(|nick| nick.as_str().to_string());
        assert_eq!(shown.as_deref(), Ok(name));
    }
}

#[test]
fn invalid_names_give_a_reason() {
    let check = |text: &str, expected: NickError| {
        assert_eq!(Nick::parse(text).err(), Some(expected), "{text:?}");
    };
    check("", NickError::Empty);
    check("abcdefghijklmnopqrstuvwxy", NickError::TooLong);
    check("王小明王小明王小明王小明王", NickError::TooLong);
    check(&"a\u{323}\u{304}".repeat(21), NickError::TooLong);
    check(&"x".repeat(100_000), NickError::TooLong);
    for c in " !\"#$%&'()*+,/:;<=>?@[\\]^`{|}~\t\r\n\0\u{1b}\u{7f}".chars() {
        check(&format!("bo{c}b"), NickError::Character(c));
    }
    check("ｂ＠b", NickError::Character('@'));
    for c in
        "🙂♥«\u{a0}\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{202e}\u{2028}\u{2800}\u{feff}".chars()
    {
        check(&format!("bo{c}b"), NickError::Character(c));
    }
    for c in "\u{9b}\u{115f}\u{3164}\u{fe0f}\u{e0062}\u{e000}\u{34f}ᴛʍƿⅣ²".chars() {
        check(&format!("bo{c}b"), NickError::Character(c));
    }
    check("a·b", NickError::Character('·'));
    check("·", NickError::Character('·'));
    check("bo-\u{301}b", NickError::Character('\u{301}'));
    check("b.\u{323}\u{304}", NickError::Character('\u{323}'));
    check("аlice", NickError::MixedScripts);
    check("αlpha", NickError::MixedScripts);
    check("Ольгa", NickError::MixedScripts);
    check("abcא", NickError::MixedScripts);
    check("たなかО", NickError::MixedScripts);
    check("q\u{323}\u{302}\u{302}\u{302}", NickError::TooManyMarks);
    check(&format!("က{}", "\u{103b}".repeat(7)), NickError::TooManyMarks);
    for text in ["-bob", "_bob", ".bob", "\u{301}bob", "..."] {
        check(text, NickError::Beginning);
    }
    check("bob.", NickError::Ending);
    check("3محمد", NickError::Direction);
    check("עמית-", NickError::Direction);
    check("محمد٣3", NickError::Direction);
    check("Server", NickError::Reserved);
    check("ｓｙｓｔｅｍ", NickError::Reserved);
}

#[test]
fn spellings_of_one_name_have_one_key() {
    let check = |spellings: &[&str]| {
        let keys: Vec<_> = spellings.iter().map(|text| key_of(text)).collect();
        assert!(
            keys[0].is_some() && keys.iter().all(|key| *key == keys[0]),
            "{spellings:?}: {keys:?}"
        );
    };
    check(&["bob", "Bob", "BOB", "ｂｏｂ", "ＢＯＢ"]);
    check(&["José", "JOSÉ", "jose\u{301}", "ｊｏｓｅ\u{301}"]);
    check(&["Νίκος", "ΝΊΚΟΣ", "νίκος"]);
    check(&["Strauß", "STRAUSS", "strauss"]);
    check(&["ガガ", "ｶﾞｶﾞ", "ガガ"]);
    check(&["김철", "\u{1100}\u{1175}\u{11b7}\u{110e}\u{1165}\u{11af}"]);
    check(&["ნინო", "ᲜᲘᲜᲝ"]);
    check(&["ᏣᎳᎩ", "ꮳꮃꭹ"]);
    check(&["amber-otter-2", "Amber-Otter-2"]);
    check(&["[2001:db8::1]:8000", "[2001:DB8:0::1]:8000"]);
    assert_ne!(key_of("jose"), key_of("josé"));
    assert_ne!(key_of("arnber"), key_of("amber"));
}

#[test]
fn every_letter_is_found_in_either_case() {
    for c in '\0'..=char::MAX {
        let Some(key) = key_of(c.encode_utf8(&mut [0; 4])) else { continue };
        assert_eq!(key_of(&key).as_ref(), Some(&key), "{c}");
        for other in [c.to_uppercase().to_string(), c.to_lowercase().to_string()] {
            assert_eq!(key_of(&other).as_ref(), Some(&key), "{c} and {other}");
        }
    }
}

#[test]
fn names_given_by_the_server_are_found() {
    let check = |name: &str| {
        let key = any_nick(name).key().to_string();
        assert_eq!(key_of(name), Some(key), "{name}");
    };
    check("amber-otter");
    check("amber-otter-17179869184");
    check("127.0.0.1:4000");
    check("127.0.0.1:4000-2");
    check("[::1]:8000");
    check("[fe80::1%2]:8000-3");
    check("[::ffff:127.0.0.1]:1");
    for text in
        ["", " ", "bob smith", "bob:", "127.0.0.1:4000-", "127.0.0.1:4000-+2", "[::1]", "a:1"]
    {
        assert_eq!(key_of(text), None, "{text}");
    }
    assert_eq!(key_of(&"x".repeat(1024)), None);
}

#[test]
fn names_that_look_alike_share_a_look() {
    let check = |group: &[&str]| {
        let nicks: Vec<Nick> = group.iter().map(|text| any_nick(text)).collect();
        for one in &nicks {
            for other in &nicks {
                assert!(share_a_look(one, other), "{one} and {other}");
            }
        }
    };
    check(&["B0B", "BOB", "bob", "b0b", "Bоb", "ВОВ"]);
    check(&["BILL", "bill", "bi11", "BlLL", "B1LL", "BІLL"]);
    check(&["amber", "arnber", "AMBER", "Arnber", "arnbеr"]);
    check(&["alice", "ALlCE", "a1ice", "аlice", "ALICE", "аӏісе"]);
    check(&["paypal", "paypaI", "PayPal", "раураl", "рaypaI"]);
    check(&["Mr", "Мг", "rnr"]);
    check(&["mama", "MAMA", "МАМА", "мама", "Мама"]);
    check(&["top", "TOP", "тор", "ТОР", "Тор"]);
    check(&["Ismail", "İsmail", "ısmail", "i\u{307}smail", "İSMAİL"]);
    check(&["ニ力", "二カ", "二力"]);
    check(&["ΝΟΤΑ", "NOTA", "nota"]);
    check(&["Strauß", "STRAUSS"]);
}

#[test]
fn names_that_differ_share_no_look() {
    #[rustfmt::skip]
    let names = [
        "bob", "rob", "jose", "josé", "anna", "hanna", "Ольга", "Олег", "王小明", "王晓明", "たなか", "だなか",
        "محمد", "أحمد", "nina", "vina", "guy", "gυυ", "σοφια", "amber-otter", "amber-otter-2",
        "amber_otter",
    ];
    for (at, one) in names.iter().enumerate() {
        for other in &names[at + 1..] {
            let [one, other] = [one, other].map(|name| any_nick(name));
            assert!(!share_a_look(&one, &other), "{one} and {other}");
        }
    }
}

#[test]
fn guest_names_may_be_chosen_and_look_different() {
    let mut guest_names = GuestNames::with_seed(1);
    let names: HashSet<String> = (0..10_000).map(|_| guest_names.pick(|_| false)).collect();
    let mut looks = HashSet::new();
    for name in &names {
        let nick = Nick::parse(name).unwrap();
        assert_eq!(nick.as_str(), Nick::of_guest(name.as_str()).as_str());
        assert!(nick.looks().all(|look| looks.insert(look.clone())), "{name}");
    }
}

#[test]
fn rooms_are_written_with_their_sign() {
    let check = |text: &str, expected: Result<&str, NickError>| {
        let room = RoomName::parse(text);
        assert_eq!(room.as_ref().map(|room| &**room.as_str()).map_err(|error| *error), expected);
        if let Ok(room) = room {
            let again = RoomName::parse(room.as_str()).unwrap();
            assert_eq!((room.as_str(), room.key()), (again.as_str(), again.key()));
            assert!(room.key().starts_with('#') && room.looks().all(|look| look.starts_with('#')));
        }
    };
    check("garden", Ok("#garden"));
    check("#Garden", Ok("#Garden"));
    check("＃花园", Ok("#花园"));
    check("#admin", Ok("#admin"));
    check("#ｏｐｓ", Ok("#ops"));
    check("#", Err(NickError::Empty));
    check("##garden", Err(NickError::Character('#')));
    check("#-x", Err(NickError::Beginning));
    check("#абвabc", Err(NickError::MixedScripts));
    check("#abcdefghijklmnopqrstuvwx", Ok("#abcdefghijklmnopqrstuvwx"));
    check("#abcdefghijklmnopqrstuvwxy", Err(NickError::TooLong));
    assert_eq!(&**RoomName::parse("#Garden").unwrap().key(), "#garden");
}

#[test]
fn no_letter_and_no_mark_is_lost_on_a_terminal() {
    for c in '\0'..=char::MAX {
        for nick in [c.to_string(), format!("1{c}")].iter().flat_map(|text| Nick::parse(text)) {
            let cleaned = CleanText::from_bytes(nick.as_str().as_bytes());
            assert_eq!(cleaned.as_str(), &**nick.as_str());
            assert!(nick.as_str().width() > 0, "{c}");
        }
    }
}

/// Texts that are often names: words of one script, with something odd now and then.
fn texts() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        "[a-zA-Z0-9._-]{1,12}",
        "[a-zß-ÿĀ-žıİƠơǍ-ǜ\u{300}-\u{304}\u{323}]{1,8}",
        "[Α-ώ]{1,8}",
        "[А-ӿ]{1,8}",
        "[א-ת0-9\u{5b0}-\u{5b9}-]{1,8}",
        "[ء-ٓ٠-٩0-9]{1,8}",
        "[一-龥ぁ-んァ-ヶー々a-z]{1,8}",
        "[ｦ-ﾟＡ-ｚ]{1,8}",
        "[가-힣]{1,8}",
        "[अ-्]{1,8}",
        "[က-း]{1,8}",
        "[Ა-Ჿა-ჺ]{1,8}",
        "[Ꭰ-Ᏽꭰ-ꮿ]{1,8}",
    ];
    prop_oneof![8 => words, 1 => any::<String>(), 1 => "\\PC{1,8}"]
}

/// Changes the case of each character that the mask selects.
fn in_other_case(text: &str, mask: u32) -> String {
    let toggled = |(at, c): (usize, char)| -> String {
        match mask >> (at % 32) & 3 {
            1 => c.to_uppercase().collect(),
            2 => c.to_lowercase().collect(),
            _ => c.to_string(),
        }
    };
    text.chars().enumerate().map(toggled).collect()
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn a_name_is_short_visible_and_stays_as_it_is(text in texts()) {
        if let Ok(nick) = Nick::parse(&text) {
            let shown = &**nick.as_str();
            let again = Nick::parse(shown).map(|nick| nick.as_str().to_string());
            prop_assert_eq!(again.as_deref(), Ok(shown));
            prop_assert!((1..=NICK_COLUMNS_MAX).contains(&shown.width()));
            prop_assert!(shown.len() <= NAME_BYTES_MAX);
            let cleaned = CleanText::from_bytes(shown.as_bytes());
            prop_assert_eq!(cleaned.as_str(), shown);
            prop_assert!(shown.parse::<SocketAddr>().is_err());
        }
        let _ = RoomName::parse(&text);
    }

    #[test]
    fn every_spelling_finds_the_name(text in texts(), mask in any::<u32>()) {
        if let Ok(nick) = Nick::parse(&text) {
            let key = Some(nick.key().to_string());
            prop_assert_eq!(&key_of(nick.key()), &key);
            prop_assert_eq!(&key_of(nick.as_str()), &key);
            prop_assert_eq!(&key_of(&text), &key);
            prop_assert_eq!(&key_of(&text.nfd().collect::<String>()), &key);
            prop_assert_eq!(&key_of(&text.nfc().collect::<String>()), &key);
            for other in [in_other_case(&text, mask), text.to_uppercase(), text.to_lowercase()] {
                prop_assert_eq!(&key_of(&other), &key, "{}", other);
                prop_assert!(share_a_look(&nick, &any_nick(&other)));
            }
        }
    }

    #[test]
    fn names_in_either_normal_form_and_width_are_one(text in texts()) {
        let spelling = |text: &str| Nick::parse(text).map(|nick| nick.as_str().to_string());
        let plain = spelling(&text);
        prop_assert_eq!(&spelling(&text.nfd().collect::<String>()), &plain);
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let to_wide = |c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c);
            prop_assert_eq!(&spelling(&text.chars().map(to_wide).collect::<String>()), &plain);
        }
    }
}
