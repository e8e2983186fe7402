//! The prompt before the typed line: the current room, a question, or the reason why nothing can be
//! sent.

use super::Session;
use crate::client::texts::fill;
use crate::terminal::Place;
use crate::text::width;

/// Columns of the prompt that are reserved for the room beside a reason: `#lobby > ` plus one more
/// digit of seconds.
const PLACE_COLUMNS: usize = 9;

impl Session {
    /// The prompt before the typed text.
    pub(super) fn prompt(&self) -> String {
        match self.typing.question(self.texts) {
            Some(question) => question.to_owned(),
            None if self.typing.is_hidden() => self.hearing.unfinished(),
            None => prompt(&self.place, self.hindrance().as_deref(), self.display.columns()),
        }
    }

    /// The reason why nothing can be sent, in the longest form that fits.
    fn hindrance(&self) -> Option<String> {
        let texts = self.texts;
        if self.link.is_up() {
            return self.back_by.map(|_| texts.coming_back.to_owned());
        }
        let Some(seconds) = self.seconds_left else { return Some(texts.no_connection.to_owned()) };
        let forms = [texts.next_attempt_long, texts.next_attempt, texts.next_attempt_short];
        let mut forms = forms.map(|form| fill(form, &[("seconds", &seconds)])).into_iter();
        // A prompt takes up to half of the columns.
        let columns_max = (self.display.columns() / 2).saturating_sub(PLACE_COLUMNS);
        let is_short = |form: &String| width::columns(form) <= columns_max;
        Some(forms.find(is_short).unwrap_or_else(|| texts.no_connection.to_owned()))
    }
}

/// The prompt for a place with the reason why nothing can be sent there: `#ops (no connection)> `.
/// The reason does not make the prompt wider.
fn prompt(place: &Place, hindrance: Option<&str>, columns: usize) -> String {
    let Some(hindrance) = hindrance else { return place.prompt(columns) };
    // A prompt takes up to half of the columns that it is given.
    let taken = 2 * (width::columns(hindrance) + 1);
    let prompt = place.prompt(columns.saturating_sub(taken));
    format!("{} {hindrance}> ", prompt.trim_end_matches("> ")).trim_start().to_owned()
}
