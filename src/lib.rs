//! hobnob: a chat server that anyone on a network joins with `telnet`, `nc` or its own client.
//!
//! This page is the tour: what flows where, in which order to read the files, and what always
//! holds.
//!
//! # The picture
//!
//! ```text
//!                accept, admission        hand-over                    entering ─┐
//!   listener  ───────────────────▶ one of K connection threads ────── messages ─┼─▶ broadcaster
//!   (1 thread)                     (each an event loop over its        leaving ──┘   (1 thread)
//!                                   share of the sockets)                                │
//!                                                                                        │ each
//!   socket ◀── one vectored ◀── SendQ ◀── inbox of that thread ◀── (client, frame) ◀────┘ client's
//!               write                                                                      sender
//!
//!                passwords, accounts ◀── registrar ◀────── jobs ────── broadcaster
//!                                        (1 thread) ───── outcomes ───▶
//!
//!                      what was said ◀── historian ◀── entries, questions ── broadcaster
//!                                  ──▶ reader ─────────── answers ─────────▶
//!                                  (1 thread; readers: 2)
//!
//!                      settings' files ──▶ whoever reads them ── changes ──▶ broadcaster
//! ```
//!
//! The path of a line: a [connection thread](net::worker) reads bytes; the client's
//! [protocol](wire::door::Protocol) turns them into lines; [`text`] cleans each once; [`command`]
//! says whether it is a line or a command; the [broadcaster](server::broadcaster) gives it to the
//! [chat](chat::state), which knows who said it and who receives it; the [room](chat::state::room)
//! collects it in a batch, which is [rendered](wire::plain::render) once for each presentation into
//! a [frame](model::frame) that all share; each recipient is given a range of it through its sender;
//! the thread that serves the recipient [queues](net::sendq) it and writes everything that has
//! collected at once.
//!
//! Where a telnet client lets the server edit its line, its bytes are keys, which the
//! [editor](terminal::editor) turns into lines; the protocol then has a
//! [footer](wire::door::Footer), which the [connection](net::connection) removes before the lines
//! it writes and draws again behind them, around the same frames.
//!
//! A command takes the same path as far as the chat, which answers its client alone. Whatever needs
//! a password or the disk becomes a [job](model::job); the client's further input waits for the
//! outcome. The chat [asks](command::prompt) for a password that was not typed behind its command;
//! then lines are answers, until the verdict. What only has to be stored is an
//! [update](model::update::Update), and nobody waits for it.
//!
//! When a batch has been handed out, its lines go on to the [history](store::threads::history),
//! whose writer puts them into the [archive](store::archive). A question about the past follows
//! behind them, and its answer comes back to the chat when it is found; nobody's input waits for it.
//!
//! Moderators, bans and mutes are plain [data](model::moderation) in the chat, which checks them
//! before anyone joins or is heard; the archive stores the same. Settings that
//! [change](server::reload) while the server runs reach the broadcaster, too.
//!
//! A connection thread serves thousands of clients, and there are no more threads than cores: a
//! context switch for each delivery would cost more than the delivery.
//!
//! # Reading order
//!
//! From the bottom up. The `mod.rs` of each folder says what lives there and what it never imports;
//! `tests/it/layout.rs` checks it.
//!
//! 1. [`limits`], [`base`], [`text`]: numbers, time, rates and addresses; text, names and words.
//! 2. [`model`]: the plain data that all others share.
//! 3. [`command`], [`terminal`]: what users ask for, and the line editor in which they type it.
//! 4. [`lang`]: every sentence that users read.
//! 5. [`wire`]: protocols. Pure: bytes in, lines out, and back.
//! 6. [`store`]: the archive, and the threads that do slow work.
//! 7. [`chat`]: who is here and what is said to whom. Plain data without sockets, threads, channels
//!    or clock.
//! 8. [`net`]: sockets, each client's connection, and the threads that serve them.
//! 9. [`server`]: the broadcaster, settings, and how everything starts and ends.
//! 10. [`client`]: the other side, which the server never imports.
//!
//! # What always holds
//!
//! 1. The broadcaster never blocks. It alone owns clients, rooms and names; there is no lock on the
//!    way of a line.
//! 2. The only sends that wait are those of connection threads to the broadcaster. The graph of
//!    waits has no cycle.
//! 3. Everybody in a room is told the same lines in the same order; each sender's lines in the
//!    order sent; `joined` before a client's lines before `left`, or nothing of all that of a
//!    client that goes before others could notice it. Why: see [`server::broadcaster`].
//! 4. A batch is what is queued already. Nobody waits to fill one.
//! 5. A batch is rendered once for each presentation and never once for each recipient.
//! 6. The server takes in no faster than it can hand out ([`net::gate::Gate`]): only a socket that
//!    refuses bytes builds a queue.
//! 7. A slow reader hurts only itself ([`net::sendq`]).
//! 8. Every queue has a limit, in [`limits`] or [`server::config`], or a stated bound that
//!    follows from one.
//! 9. A doorbell is answered before the inbox is drained ([`net::gate::Doorbell`]): no wake is lost.
//! 10. A connection thread never blocks on a socket, a disk, a name server, a log or a password.
//!     Only the registrar, the historian and its readers do slow work; who waits for the registrar
//!     says nothing more meanwhile, and nobody waits for the others.
//! 11. Whoever has more to read keeps a turn, and each turn is bounded.
//! 12. A panic in what is done with one connection ends that connection, whose departure is still
//!     told. Any other panic ends the server, in order and with an error.
//! 13. Nothing from the network is trusted: no allocation by its word, no loop without a bound.
//! 14. Text is cleaned once, when it comes in ([`text::CleanText`]), and safe for every terminal
//!     from then on.
//! 15. Time, randomness and sockets are passed in.
//! 16. What is said is numbered in its room from 1, without gaps and across restarts. What is
//!     missing from the history shows in its numbers, and so does what somebody has missed
//!     (`chat::actions::unread`).
//!
//! # Where the next thing goes
//!
//! What somebody at a terminal can do is a [`terminal::Key`] and its meaning in the editor. A new
//! way in (IRC, a browser) is a [`wire::door::Door`] and, if its lines look different, a
//! [`model::presentation::Presentation`]. A rule of the chat is a method in [`chat`], and a unit
//! test. A text is a field of [`lang::Catalogue`]. A limit stands in [`limits`] or
//! [`server::config`]. The broadcaster's loop grows by an arm for each *source* of events, never
//! for a feature. A command is a row of [`command::TOPICS`], an arm in `chat::commands::dispatch`,
//! and its texts. What is said to one client alone, but for its welcome and its release, goes
//! through `Hall::tell`, which hands out the open batches of its rooms first, so that nothing
//! overtakes. What is to outlive the server is a step of the archive's schema, a
//! [`model::update::Update`] (or, where order among the lines matters, a
//! [`model::records::Entry`]), and a field of [`model::records::Kept`].

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
