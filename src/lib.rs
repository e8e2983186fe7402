//! hobnob: a chat server that anyone on a network joins with `telnet`, `nc` or its own client.
//!
//! This library is what the programs `hobnob-server` and `hobnob` call. `docs/architecture.md` is
//! the tour: how a line travels, what each folder holds and never imports, what always holds, and
//! where the next feature goes. Each folder's `mod.rs` repeats its part, and `tests/it/layout.rs`
//! checks it.
//!
//! From the bottom up:
//!
//! 1. [`limits`], [`base`], [`text`]: numbers, time, rates and addresses; text, names and words.
//! 2. [`model`]: the plain data that all others share.
//! 3. [`command`], [`terminal`]: what users ask for, and the line editor in which they type it.
//! 4. [`lang`]: every sentence that users read.
//! 5. [`wire`]: protocols. Pure: bytes in, lines out, and back.
//! 6. [`store`]: SQLite, and the threads that do slow work.
//! 7. [`chat`]: who is here and what is said to whom. Plain data without sockets, threads or clock.
//! 8. [`net`]: sockets, each client's connection, and the threads that serve them.
//! 9. [`server`]: the broadcaster, settings, and how everything starts and ends.
//! 10. [`client`]: the other side, which the server never imports.

pub mod base;
pub mod chat;
pub mod client;
pub mod command;
#[cfg(test)]
#[path = "../tests/harness/joined.rs"]
mod joined;
pub mod lang;
pub mod limits;
pub mod model;
pub mod net;
#[cfg(test)]
#[path = "../tests/harness/properties.rs"]
mod properties;
pub mod server;
pub mod store;
pub mod terminal;
pub mod text;
pub mod wire;
