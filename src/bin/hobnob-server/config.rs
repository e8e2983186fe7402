//! The settings: from the command line, the environment and a file, which is read again when it
//! changes.

pub(crate) mod file;
pub(crate) mod in_force;
pub(crate) mod load;
pub(crate) mod settings;
pub(crate) mod storage;
pub(crate) mod values;
pub(crate) mod watch;
