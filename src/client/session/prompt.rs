//! What stands before the line that is typed: where one is, or what is asked, or what keeps lines
//! from being said.

use super::Session;
use crate::lang::fill;
use crate::terminal::Place;
use crate::text::width;

/// Columns of a prompt that are left for the place, beside what keeps lines from being said there:
/// those of `#lobby > `, and of a seconds' digit more.
const PLACE_COLUMNS: usize = 9;

impl Session {
    /// What stands before what is typed.
    pub(super) fn prompt(&self) -> String {
        match self.typing.question(self.texts) {
            Some(question) => question.to_owned(),
            None if self.typing.is_hidden() => self.hearing.unfinished(),
            None => prompt(&self.place, self.hindrance().as_deref(), self.display.columns()),
        }
    }

    /// What keeps lines from being said, in the longest form for which there is room.
    fn hindrance(&self) -> Option<String> {
        let texts = self.texts;
        if self.link.is_up() {
            return self.back_by.map(|_| texts.coming_back.to_owned());
        }
        let Some(seconds) = self.seconds_left else { return Some(texts.no_connection.to_owned()) };
        let forms = [texts.next_attempt_long, texts.next_attempt, texts.next_attempt_short];
        let mut forms = forms.map(|form| fill(form, &[("seconds", &seconds)])).into_iter();
        // A prompt takes half of the columns.
        let columns_max = (self.display.columns() / 2).saturating_sub(PLACE_COLUMNS);
        let is_short = |form: &String| width::columns(form) <= columns_max;
        Some(forms.find(is_short).unwrap_or_else(|| texts.no_connection.to_owned()))
    }
}

/// The prompt of a place, with what keeps lines from being said there: `#ops (no connection)> `. It
/// takes no more columns for that.
fn prompt(place: &Place, hindrance: Option<&str>, columns: usize) -> String {
    let Some(hindrance) = hindrance else { return place.prompt(columns) };
    // A prompt takes half of the columns that it is given.
    let taken = 2 * (width::columns(hindrance) + 1);
    let prompt = place.prompt(columns.saturating_sub(taken));
    format!("{} {hindrance}> ", prompt.trim_end_matches("> ")).trim_start().to_owned()
}
