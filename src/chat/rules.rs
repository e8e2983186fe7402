//! The rules about names, ranks and permissions: who may do what.

pub mod names;
pub mod permissions;
pub mod ranks;
pub mod sanction_text;
