//! The token that makes someone the owner of a new server. Only the person who started it has seen
//! it.

use std::fmt;

use crate::model::Password;

/// Digits and letters without lookalikes (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a token. With five bits each they make eighty, too many to guess.
const LENGTH: usize = 16;

/// Characters between two dashes, which help when copying it by hand.
const GROUP: usize = 4;

/// The system could not provide random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot get random numbers from the system: {0}")]
pub struct NoRandomness(#[from] getrandom::Error);

/// A token, drawn when the server starts.
#[derive(Clone, Debug)]
pub struct OwnerToken {
    /// The token as it is printed. `Debug` does not show it.
    shown: TokenText,
    password: Password,
}

#[derive(Clone)]
struct TokenText(String);

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerToken")
    }
}

impl OwnerToken {
    /// Draws a new token.
    ///
    /// # Errors
    /// If the system cannot provide random numbers.
    pub fn random() -> Result<Option<Self>, NoRandomness> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes)?;
        Ok(Self::of(bytes))
    }

    /// The token for these numbers.
    pub fn of(numbers: [u8; LENGTH]) -> Option<Self> {
        let digit = |number: u8| char::from(ALPHABET[usize::from(number) % ALPHABET.len()]);
        let digits: Vec<char> = numbers.into_iter().map(digit).collect();
        let groups: Vec<String> =
            digits.chunks(GROUP).map(|group| group.iter().collect()).collect();
        Self::restored(groups.join("-"))
    }

    /// The token that is printed like this.
    pub fn restored(shown: String) -> Option<Self> {
        let password = Password::typed(&shown.replace('-', ""))?;
        Some(Self { shown: TokenText(shown), password })
    }

    /// Whether the typed text is this token. Case and dashes do not matter, and letters may stand
    /// for the digits that they look like.
    pub fn is(&self, typed: &str) -> bool {
        let digits = typed.chars().filter(|c| *c != '-').map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        Password::typed(&digits.collect::<String>())
            .is_some_and(|typed| typed.is_right_for(&self.password))
    }
}

impl fmt::Display for OwnerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_accepted_however_it_is_typed() {
        let token =
            OwnerToken::of([0, 1, 2, 3, 18, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31]).unwrap();
        assert_eq!(token.to_string(), "0123-J567-89AB-CDEZ");
        let token = OwnerToken::restored(token.to_string()).unwrap();
        let check = |typed: &str, expected: bool| assert_eq!(token.is(typed), expected, "{typed}");
        check("0123-J567-89AB-CDEZ", true);
        check("oI23j56789abcdez", true);
        check("0123-J567-89AB-CDEX", false);
        check("0123-J567-89AB-CDE", false);
        check("", false);
        check("\u{7}", false);
        assert!(!format!("{token:?}").contains("0123"));
    }

    #[test]
    fn no_two_tokens_are_the_same() {
        let random = || OwnerToken::random().unwrap().unwrap().to_string();
        assert_ne!(random(), random());
    }
}
