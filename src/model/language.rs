//! The languages in which the server speaks to its users.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, simplified characters.
    Zh,
}

impl Lang {
    /// All languages, in the order in which users see them listed.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The code of the language (ISO 639-1), as in `--lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language of the process's locale: the first of these variables that is set and not empty
    /// decides (POSIX, Environment Variables, 8.2).
    pub fn of_environment() -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .map_or_else(Self::default, |locale| Self::of_locale(&locale))
    }

    /// The language of a POSIX locale such as `zh_CN.UTF-8`; English if there is no other.
    pub fn of_locale(locale: &str) -> Self {
        let code = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.code() == code).unwrap_or_default()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(code: &str) -> Result<Self, UnknownLang> {
        Self::ALL.into_iter().find(|lang| lang.code() == code).ok_or(UnknownLang)
    }
}

/// A language code that means none of the languages.
#[derive(Debug, thiserror::Error)]
#[error("the languages are en (English) and zh (Chinese)")]
pub struct UnknownLang;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_locale() {
        let check = |locale: &str, expected: Lang| assert_eq!(Lang::of_locale(locale), expected);
        check("zh_CN.UTF-8", Lang::Zh);
        check("zh", Lang::Zh);
        check("zh-TW", Lang::Zh);
        check("en_GB.UTF-8", Lang::En);
        check("C.UTF-8", Lang::En);
        check("zhx", Lang::En);
        check("", Lang::En);
    }
}
