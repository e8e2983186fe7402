//! Events and replies as lines of text, for every wire and client that shows text.

pub mod layout;
mod lists;
pub mod render;
pub mod reply;
