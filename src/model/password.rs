//! Passwords: which are valid, and how they are stored.
//!
//! A [`Password`] is what a user typed. It is never shown, not even by `Debug`, never stored, and
//! wiped from memory after use. A [`PasswordHash`] is what is stored instead. This module does not
//! know who owns a password, or on which thread the slow work is done (never on one that serves
//! clients).

use std::cell::RefCell;
use std::fmt;

use serde::{Deserialize, Serialize};

use argon2::password_hash::phc::{self, Output, ParamsString, Salt};
use argon2::password_hash::{
    CustomizedPasswordHasher, Error as Argon2Error, PasswordVerifier, try_generate_salt,
};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use ctutils::CtEq;
use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use zeroize::{Zeroize, Zeroizing};

use crate::limits;

/// A password as text, which is cleared from memory when it is dropped.
pub type ClearPassword = Zeroizing<String>;

/// Why a text is not a valid password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordError {
    /// The text is empty.
    #[error("a password cannot be empty")]
    Empty,
    /// The text has fewer characters than [`limits::PASSWORD_CHARS_MIN`].
    #[error("a password needs at least {} characters", limits::PASSWORD_CHARS_MIN)]
    TooShort,
    /// The text has more bytes than [`limits::PASSWORD_BYTES_MAX`].
    #[error("a password can have at most {} bytes", limits::PASSWORD_BYTES_MAX)]
    TooLong,
    /// The text has a character that passwords may not contain, such as a control character.
    #[error("a password cannot contain control characters or unassigned characters")]
    Character,
}

/// A typed password, prepared by the OpaqueString profile (RFC 8265 section 4.2).
///
/// `==` is meant for comparing commands that contain passwords; its running time depends on their
/// contents. To check a password, use [`PasswordHash::verify`], or [`Password::is_right_for`] for
/// the server's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(ClearPassword);

impl Password {
    /// A new password that a user has chosen.
    pub fn new(text: &str) -> Result<Password, PasswordError> {
        let password = prepared(text)?;
        if password.0.chars().count() < limits::PASSWORD_CHARS_MIN {
            return Err(PasswordError::TooShort);
        }
        Ok(password)
    }

    /// A password that a user has typed to prove who they are, for comparison with a hash. `None`
    /// if no password can look like this. A short one is possible: the minimum length may have been
    /// lower when it was chosen.
    pub fn typed(text: &str) -> Option<Password> {
        prepared(text).ok()
    }

    /// Whether it equals a known password. The running time reveals only the length.
    pub fn is_right_for(&self, known: &Password) -> bool {
        self.0.as_bytes().ct_eq(known.0.as_bytes()).to_bool()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

fn prepared(text: &str) -> Result<Password, PasswordError> {
    if text.is_empty() {
        return Err(PasswordError::Empty);
    }
    let prepared = OpaqueString::enforce(text).map_err(|_| PasswordError::Character)?;
    // Not boxed, because shrinking an allocation could leave an unwiped copy behind.
    let password = Password(Zeroizing::new(prepared.into_owned()));
    if password.0.len() > limits::PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    Ok(password)
}

/// The cost of a guess: the parameters of Argon2id (RFC 9106).
#[derive(Clone, Debug)]
pub struct Cost(Params);

impl Cost {
    /// The minimum for Argon2id in OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one
    /// lane. Takes some tens of milliseconds.
    pub const STANDARD: Cost = Cost::new(19 * 1024, 2);

    /// The lowest cost that the algorithm allows. For tests only: it protects nobody.
    pub const LEAST: Cost = Cost::new(Params::MIN_M_COST, Params::MIN_T_COST);

    /// The memory needed for a hash, in bytes.
    pub(crate) const fn memory_bytes(&self) -> usize {
        self.0.m_cost() as usize * 1024
    }

    const fn new(memory_kib: u32, passes: u32) -> Cost {
        match Params::new(memory_kib, passes, 1, None) {
            Ok(params) => Cost(params),
            // Evaluated at compile time only: the constants above are the only callers.
            Err(_) => panic!("the cost is out of range"),
        }
    }
}

/// Why a password could not be hashed: no randomness, or no memory. The message reveals nothing
/// about the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot hash a password: {0}")]
pub struct HashError(#[from] Argon2Error);

/// Hashes passwords, one at a time.
///
/// It allocates the memory for a hash once and keeps it: the allocator never returned fresh memory
/// for each hash, and held 95 MiB after about fifty passwords. The memory is wiped after each use.
pub struct Hasher {
    cost: Cost,
    blocks: RefCell<Vec<Block>>,
}

impl Hasher {
    /// A hasher that makes new hashes at this cost. It allocates memory on first use.
    pub fn new(cost: Cost) -> Hasher {
        Hasher { cost, blocks: RefCell::default() }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// The same as for [`Argon2`], which also verifies hashes, except for the memory.
impl CustomizedPasswordHasher<phc::PasswordHash> for Hasher {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<phc::PasswordHash, Argon2Error> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        let mut hash = phc::PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(Salt::new(salt)?),
            hash: None,
        };
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let output = output.get_mut(..length).ok_or(Argon2Error::OutputSize)?;
        let mut blocks = self.blocks.borrow_mut();
        let missing = params.block_count().saturating_sub(blocks.len());
        blocks.try_reserve_exact(missing).map_err(|_| Argon2Error::OutOfMemory)?;
        let count = blocks.len() + missing;
        blocks.resize(count, Block::default());
        let argon2 = Argon2::new(algorithm, version, params);
        let hashed = argon2.hash_password_into_with_memory(password, salt, output, &mut **blocks);
        blocks.iter_mut().for_each(Zeroize::zeroize);
        hashed?;
        hash.hash = Some(Output::new(output)?);
        Ok(hash)
    }
}

/// A stored password: an Argon2id hash with its salt and cost, as a PHC string.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(Box<str>);

impl PasswordHash {
    /// Hashes a password with a new salt from the operating system. Deliberately slow.
    pub fn new(password: &Password, hasher: &Hasher) -> Result<PasswordHash, HashError> {
        let (password, params) = (password.0.as_bytes(), hasher.cost.0.clone());
        let salt = try_generate_salt().map_err(|_| Argon2Error::RngFailure)?;
        let hash = hasher.hash_password_with_params(password, &salt, params)?;
        Ok(PasswordHash(hash.to_string().into()))
    }

    /// A hash that was stored as this string.
    pub fn kept(phc: Box<str>) -> PasswordHash {
        PasswordHash(phc)
    }

    /// The string to store. It must not be shown or logged.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the password's hash, at the cost stated in the hash. Deliberately slow. An
    /// invalid hash matches no password.
    pub fn verify(&self, password: &Password, hasher: &Hasher) -> bool {
        phc::PasswordHash::new(&self.0)
            .is_ok_and(|hash| hasher.verify_password(password.0.as_bytes(), &hash).is_ok())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn check(text: &str, expected: Result<&str, PasswordError>) {
        let found = Password::new(text).map(|password| password.0.to_string());
        assert_eq!(found, expected.map(str::to_owned), "{text:?}");
    }

    #[test]
    fn valid_and_invalid_passwords() {
        check("", Err(PasswordError::Empty));
        check("12345", Err(PasswordError::TooShort));
        check("пароль", Ok("пароль"));
        check("correct horse  battery", Ok("correct horse  battery"));
        check(" spaces are kept ", Ok(" spaces are kept "));
        // Other space characters become spaces, and both encodings of an accent are the same.
        check("correct\u{A0}horse", Ok("correct horse"));
        check("cafe\u{301} noir", Ok("caf\u{e9} noir"));
        // Six characters were typed, but they compose to five.
        check("cafe\u{301}s", Err(PasswordError::TooShort));
        check("tab\tbed in", Err(PasswordError::Character));
        check("esc\u{1b}aped", Err(PasswordError::Character));
        check("unassigned \u{378}", Err(PasswordError::Character));
        check("private \u{E000}", Err(PasswordError::Character));
        check(&"x".repeat(limits::PASSWORD_BYTES_MAX), Ok(&"x".repeat(128)));
        check(&"x".repeat(limits::PASSWORD_BYTES_MAX + 1), Err(PasswordError::TooLong));
        check(&"密".repeat(43), Err(PasswordError::TooLong));
    }

    #[test]
    fn a_typed_password_may_be_short_but_not_invalid() {
        assert!(Password::typed("x").is_some());
        assert!(Password::typed("").is_none());
        assert!(Password::typed("\u{1b}[A").is_none());
        assert!(Password::typed(&"x".repeat(limits::PASSWORD_BYTES_MAX + 1)).is_none());
    }

    #[test]
    fn a_password_is_right_only_for_itself() {
        let check = |typed: &str, known: &str, expected: bool| {
            let (typed, known) = (Password::typed(typed).unwrap(), Password::typed(known).unwrap());
            assert_eq!(typed.is_right_for(&known), expected);
        };
        check("correct horse", "correct horse", true);
        check("correct\u{3000}horse", "correct horse", true);
        check("correct horsf", "correct horse", false);
        check("dorrect horse", "correct horse", false);
        check("correct hors", "correct horse", false);
        check("correct horses", "correct horse", false);
        check("x", "correct horse", false);
    }

    #[test]
    fn a_hash_matches_only_its_password_and_has_its_own_salt() {
        let hasher = Hasher::new(Cost::LEAST);
        let password = Password::new("correct horse").unwrap();
        let hash = PasswordHash::new(&password, &hasher).unwrap();
        assert!(hash.verify(&password, &hasher));
        assert!(hash.verify(&Password::typed("correct\u{3000}horse").unwrap(), &hasher));
        assert!(!hash.verify(&Password::typed("correct horsf").unwrap(), &hasher));
        assert!(PasswordHash::kept(hash.as_str().into()).verify(&password, &hasher));
        assert_ne!(PasswordHash::new(&password, &hasher).unwrap(), hash);
    }

    #[test]
    fn the_cost_is_owasps_and_is_read_from_the_hash() {
        let hasher = Hasher::new(Cost::STANDARD);
        let password = Password::new("correct horse").unwrap();
        let hash = PasswordHash::new(&password, &hasher).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        // Known answer from the reference implementation of Argon2, salt `somesalt`.
        let known = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$\
                     nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let password = Password::new("password").unwrap();
        assert!(PasswordHash::kept(known.into()).verify(&password, &hasher));
        assert!(!PasswordHash::kept(known.replace("t=2", "t=3").into()).verify(&password, &hasher));
    }

    #[test]
    fn a_hash_leaves_nothing_behind_and_the_next_needs_no_more_memory() {
        let hasher = Hasher::new(Cost::LEAST);
        let password = Password::new("correct horse").unwrap();
        let hash = PasswordHash::new(&password, &hasher).unwrap();
        let (address, count) = {
            let blocks = hasher.blocks.borrow();
            (blocks.as_ptr(), blocks.len())
        };
        assert_eq!(count, Params::MIN_M_COST as usize);
        assert!(hash.verify(&password, &hasher));
        let blocks = hasher.blocks.borrow();
        assert_eq!((blocks.as_ptr(), blocks.len()), (address, count));
        assert!(blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }

    #[test]
    fn nothing_matches_an_invalid_hash() {
        let hasher = Hasher::new(Cost::LEAST);
        let password = Password::new("password").unwrap();
        for kept in ["", "password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ", "$md5$x"] {
            assert!(!PasswordHash::kept(kept.into()).verify(&password, &hasher), "{kept}");
        }
    }

    #[test]
    fn debug_output_hides_passwords_and_hashes() {
        let hasher = Hasher::new(Cost::LEAST);
        let password = Password::new("correct horse").unwrap();
        let hash = PasswordHash::new(&password, &hasher).unwrap();
        let shown = format!("{password:?} {hash:?} {hasher:?}");
        assert_eq!(shown, "Password PasswordHash Hasher");
    }

    proptest! {
        #[test]
        fn composition_of_characters_does_not_matter(text in "\\PC{0,40}") {
            // One form may be rejected where the other is not: a middle dot needs an `l` on both
            // sides (RFC 5892 appendix A.3), but the Greek ano teleia, which is normalised to one,
            // does not.
            let composed = Password::typed(&text.nfc().collect::<String>());
            let decomposed = Password::typed(&text.nfd().collect::<String>());
            for form in [composed, decomposed].into_iter().flatten() {
                prop_assert_eq!(Password::typed(&text).unwrap_or(form.clone()), form);
            }
        }
    }
}
