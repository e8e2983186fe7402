//! What follows from the state: who may do what, whom and what a typed name means, and how a client
//! is shown its rooms.

pub(crate) mod completions;
pub(crate) mod lookup;
pub(crate) mod names;
pub(crate) mod permissions;
pub(crate) mod presentation;
pub(crate) mod ranks;
pub(crate) mod sanction_view;
