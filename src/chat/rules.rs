//! Who may do what: names, ranks and permissions.

pub mod names;
pub mod permissions;
pub mod ranks;
pub mod sanction_text;
