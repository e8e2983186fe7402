//! What the operator reads when the server starts.

/// These texts in one language.
#[derive(Debug)]
pub struct Startup {
    /// The server listens on these addresses.
    pub listening: fn(addresses: &str) -> String,
    /// Above the commands to join with.
    pub join_with: &'static str,
    /// Instead of them, if no other machine can reach this one.
    pub join_later: &'static str,
    /// The `telnet` command for users of this language.
    pub telnet_command: &'static str,
    /// How to become the owner with this token.
    pub own_with: fn(token: &str) -> String,
    /// How to stop the server.
    pub stop_with: &'static str,
}
