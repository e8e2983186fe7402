//! The rules of the chat and its state: who is here, under which name, in which rooms, and what is
//! said to whom.
//!
//! Plain data, driven by events: time and randomness are passed in, so that every rule can be
//! unit-tested. Never imports `lang`, `wire`, `net`, `store` or `terminal`, and uses no clock,
//! thread or channel.
//!
//! Inside, imports and calls go one way: `entry` > `commands` > `actions` > `rules` > `turn` >
//! `state` > `outbox`. What happens in a turn is done by methods of `turn::Turn`; what only looks at
//! the state, or changes it without anything going out, by methods of `state::Chat`.

pub(crate) mod actions;
pub(crate) mod commands;
pub(crate) mod entry;
pub mod outbox;
pub(crate) mod rules;
pub mod saved;
pub mod state;
#[cfg(test)]
mod tests;
pub(crate) mod turn;
