//! The first words of the replies to a client that only posts lines (`/post`): the same in every
//! language, so that programs can tell them apart.

/// To a client that only says lines (`/post`): it is ready. Its name follows, up to a `]`.
pub(crate) const POSTING: &str = "[posting as ";

/// To the same client: its line was said.
pub(crate) const POSTED: &str = "[posted]";

/// To the same client: something it sent was not said or done; the reason follows, worded for
/// people. No user can say a line that begins like this, because it would begin with their name.
pub(crate) const NOT_POSTED: &str = "[not posted] ";
