//! The rules about names, ranks and permissions: who may do what.

pub(crate) mod names;
pub(crate) mod permissions;
pub(crate) mod ranks;
pub(crate) mod sanction_view;
