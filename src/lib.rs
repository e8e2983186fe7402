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
//! A line's way: a [`connection_thread`] reads bytes; the client's [`door::Protocol`] makes lines
//! of them; [`text`] cleans each once; [`command`] says whether it is one or a command; it goes to
//! the [`broadcaster`], which asks the [`hall`] whose it is and to whom it goes; the [`room`]
//! gathers it in a batch, which is rendered once for each [`presentation`] into a [`frame`] that
//! everybody shares; each recipient is given a range of it through its sender; the thread that
//! serves the recipient queues it ([`sendq`]) and writes what has gathered at once.
//!
//! Where a telnet lets the line be edited here, its bytes are keys, which the [`terminal`]'s editor
//! makes lines of; the door then has a [`door::Footer`], which its [`connection`] takes away before
//! what it is given and puts back behind it, around the same frames.
//!
//! A command's way is the same up to the hall, which answers its client alone. What takes a
//! password or the disk becomes a job of the [`registrar`]; the client's further input waits for
//! the outcome. A password that was not typed behind its command the hall has asked for
//! ([`prompt`]); then lines are answers, until there is a verdict on them. What only has to be kept
//! is an [`archive::Update`], for which nobody waits.
//!
//! What was said in a batch goes on to the [`history`] when it has been handed out: to the
//! historian, which writes it into the [`archive`]. A question about the past takes the same way
//! behind it, and its answer comes back to the hall when it comes; nobody's input waits for it.
//!
//! Who keeps order, who is banned or muted and what was done is plain data ([`moderation`]) in the
//! hall, which asks it before anybody comes in or is heard; the archive has the same, by the
//! registrar. Settings that change while the server runs ([`change`]) come to the broadcaster, too.
//!
//! A connection thread serves thousands of clients, and there are no more threads than cores: a
//! context switch for each delivery would cost more than the delivery.
//!
//! # Reading order
//!
//! From the bottom up; each file uses only files above it in this list.
//!
//! 1. [`limits`], [`id`], [`clock`], [`zone`], [`period`], [`bucket`], [`origin`],
//!    [`close_reason`], [`traffic`]: numbers, identities, time, spans of the past, rates, where
//!    somebody comes from and why they go, and how much there is to do.
//! 2. [`text`], [`words`], [`nick`], [`guest`], [`settings`], [`password`], [`motd`],
//!    [`moderation`]: what people say, how it is found again, what they are called, what they
//!    choose and keep to themselves, what they are shown first, and who keeps order.
//! 3. [`command`], [`lang`], [`help`], [`prompt`]: what they want, what they are told, and asked.
//! 4. [`terminal`], [`telnet`], [`frame`], [`presentation`], [`door`], [`plain`]: what somebody
//!    types and sees (the client uses that, too), and the wire. Pure: bytes in, lines out, and
//!    back.
//! 5. [`archive`], [`registrar`], [`history`]: what is kept, and the threads that do slow work.
//! 6. [`room`], [`hall`]: who is here and what is said to whom. Plain data without sockets,
//!    threads, channels or clock.
//! 7. [`change`], [`sendq`], [`post`], [`connection`], [`steering`]: one client's output, what
//!    threads share, one client, and its settings while it is here.
//! 8. [`uplink`], [`broadcaster`], [`admission`], [`connection_thread`], [`listener`]: the threads.
//! 9. [`config`], [`bind`], [`server`]: settings, sockets, and how all of it starts and ends.
//! 10. [`client`]: the other side, of which the server knows nothing. It uses 1 to 4 as the server
//!     does, above all the line editor. [`usage`] and
//!     [`descriptors`]: what the programs share.
//!
//! # What always holds
//!
//! 1. The broadcaster never blocks. It alone owns clients, rooms and names; there is no lock on the
//!    way of a line.
//! 2. The only sends that wait are those of connection threads to the broadcaster. The graph of
//!    waits has no cycle.
//! 3. Everybody in a room is told the same lines in the same order; each sender's lines in the
//!    order sent; `joined` before a client's lines before `left`, or nothing of all that of a
//!    client that goes before others could notice it. Why: see [`broadcaster`].
//! 4. A batch is what is queued already. Nobody waits to fill one.
//! 5. A batch is rendered once for each presentation and never once for each recipient.
//! 6. The server takes in no faster than it can hand out ([`post::Gate`]): only a socket that
//!    refuses bytes builds a queue.
//! 7. A slow reader hurts only itself ([`sendq`]).
//! 8. Every queue has a limit, in [`limits`] or [`config`], or a stated bound that follows from
//!    one.
//! 9. A doorbell is answered before the inbox is drained ([`post::Doorbell`]): no wake is lost.
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
//!     (`hall::catch_up`).
//!
//! # Where the next thing goes
//!
//! What somebody at a terminal can do is a [`terminal::Key`] and its meaning in the editor. A new
//! way in (IRC, a browser) is a [`door::Door`] and, if its lines look different, a
//! [`presentation::Presentation`]. A rule of the chat is a method of the [`hall`] or a [`room`],
//! and a unit test. A text is a field of [`lang::Catalogue`]. A limit stands in [`limits`] or
//! [`config`]. The broadcaster's loop grows by an arm for each *source* of events, never for a
//! feature. A command is a row of [`command::TOPICS`], an arm in `hall::commands`, and its texts.
//! What is said to one client alone, but for its welcome and its release, goes through
//! `Hall::tell`, which hands out the open batches of its rooms first, so that nothing overtakes.
//! What is to outlive the server is a step of the archive's schema, an [`archive::Update`] (or, where
//! order among the lines matters, an [`archive::Entry`]), and a field of [`archive::Kept`].

pub mod admission;
pub mod archive;
pub mod bind;
pub mod broadcaster;
pub mod bucket;
pub mod change;
pub mod client;
pub mod clock;
pub mod close_reason;
pub mod command;
pub mod config;
pub mod connection;
pub mod connection_thread;
pub mod descriptors;
pub mod door;
pub mod frame;
pub mod guest;
pub mod hall;
pub mod help;
pub mod history;
pub mod id;
#[cfg(test)]
#[path = "../tests/harness/joined.rs"]
mod joined;
pub mod lang;
pub mod limits;
pub mod listener;
pub mod moderation;
pub mod motd;
pub mod nick;
pub mod origin;
pub mod password;
pub mod period;
pub mod plain;
pub mod post;
pub mod presentation;
pub mod prompt;
#[cfg(test)]
#[path = "../tests/harness/properties.rs"]
mod properties;
pub mod registrar;
pub mod room;
pub mod sendq;
pub mod server;
pub mod settings;
pub mod steering;
pub mod telnet;
pub mod terminal;
pub mod text;
pub mod traffic;
pub mod uplink;
pub mod usage;
pub mod words;
pub mod zone;
