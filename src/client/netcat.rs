//! The client as a netcat: where it connects, and the copying between the socket and files or pipes.

pub mod address;
pub mod connect;
pub mod copy;
