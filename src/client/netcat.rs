//! The client as a netcat: connecting, and copying between the socket and files or pipes.

pub(crate) mod address;
pub(crate) mod connect;
pub(crate) mod copy;
