//! The client as a netcat: connecting, and copying between the socket and files or pipes.

pub mod address;
pub mod connect;
pub mod copy;
