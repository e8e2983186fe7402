//! Many people, little memory, a quick start.
