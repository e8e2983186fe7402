//! Why a command failed.

/// Why a command failed: one line that tells the user what to do instead.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::chat) struct ErrorReply(pub(in crate::chat) String);
