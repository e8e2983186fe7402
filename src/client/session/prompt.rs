//! The prompt before the typed line: the current room, a question, or the reason why nothing can be
//! sent.

use super::Session;
use crate::client::texts;
use crate::terminal::Place;
use crate::text::width;

/// Columns of the prompt that are reserved for the room beside a reason: `#lobby > ` plus one more
/// digit of seconds.
const PLACE_COLUMNS: usize = 9;

impl Session {
    /// The prompt before the typed text.
    pub(super) fn prompt(&self) -> String {
        match self.typing.question(self.lang) {
            Some(question) => question.to_owned(),
            None if self.typing.is_hidden() => self.hearing.unfinished(),
            None => prompt(&self.place, self.hindrance().as_deref(), self.display.columns()),
        }
    }

    /// The reason why nothing can be sent, in the longest form that fits.
    fn hindrance(&self) -> Option<String> {
        let lang = self.lang;
        if self.link.is_up() {
            return self.back_by.map(|_| texts::COMING_BACK.of(lang).to_owned());
        }
        let no_connection = || texts::NO_CONNECTION.of(lang).to_owned();
        let Some(seconds) = self.seconds_left else { return Some(no_connection()) };
        use texts::{NEXT_ATTEMPT, NEXT_ATTEMPT_LONG, NEXT_ATTEMPT_SHORT};
        let forms = [NEXT_ATTEMPT_LONG, NEXT_ATTEMPT, NEXT_ATTEMPT_SHORT].into_iter();
        let mut forms = forms.map(|form| form.fill(lang, &[("seconds", &seconds)]));
        // A prompt takes up to half of the columns.
        let columns_max = (self.display.columns() / 2).saturating_sub(PLACE_COLUMNS);
        let is_short = |form: &String| width::columns(form) <= columns_max;
        Some(forms.find(is_short).unwrap_or_else(no_connection))
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
