//! The tasks that the program can do instead of serving.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod export;
pub(crate) mod person;
pub(crate) mod print;
pub(crate) mod task;
