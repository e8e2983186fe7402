//! stub
use crate::text::CleanText;
use std::sync::Arc;

/// Text.
#[derive(Clone, Debug, Default)]
pub struct Motd(Arc<[CleanText]>);

impl Motd {
    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = &CleanText> {
        self.0.iter()
    }
}
