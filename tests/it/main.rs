//! hobnob as a whole: real sockets on free ports, the real programs, and deadlines in place of
//! sleeps. `harness` makes a test read like the transcript of a conversation.

mod harness;
mod order;
mod scale;
mod slow_reader;
mod talk;
