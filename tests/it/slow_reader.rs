//! Readers that are slow, and readers that are not.
