//! Text in columns, with titles over groups of them and rows of words that span all.
//!
//! It does not know what stands in it. (Table libraries have no cells that span columns, or draw
//! more lines than a reader wants.)

/// Between two columns.
const GAP: &str = "  ";

/// Columns under one title.
pub(crate) struct Group {
    /// Over all of them.
    pub(crate) title: String,
    /// From left to right.
    pub(crate) columns: Vec<Column>,
}

/// One column.
pub(crate) struct Column {
    /// Over it, under the title.
    pub(crate) heading: String,
    /// One for each row; empty where there is nothing to say.
    pub(crate) cells: Vec<String>,
}

/// Rows, each with its name to the left.
pub(crate) struct Grid {
    /// What the names are of.
    pub(crate) heading: String,
    /// One for each row.
    pub(crate) names: Vec<String>,
    /// In place of a row's cells.
    pub(crate) words: Vec<Option<String>>,
    /// From left to right.
    pub(crate) groups: Vec<Group>,
}

impl Grid {
    /// As lines of text, without spaces at their ends.
    pub(crate) fn render(&self) -> String {
        let names = self.names.iter().chain([&self.heading]);
        let name_width = names.map(|name| width(name)).max().unwrap_or(0);
        let widths: Vec<Vec<usize>> = self.groups.iter().map(Group::widths).collect();

        let mut titles = " ".repeat(name_width);
        let mut headings = left(&self.heading, name_width);
        for (group, widths) in self.groups.iter().zip(&widths) {
            let gaps = width(GAP) * (widths.len().saturating_sub(1));
            let group_width = widths.iter().sum::<usize>() + gaps;
            // A title over one column stands at the right, where its figures do.
            let title = match widths.len() {
                1 => right(&group.title, group_width),
                _ => left(&group.title, group_width),
            };
            titles.push_str(&format!("{GAP}{title}"));
            for (column, width) in group.columns.iter().zip(widths) {
                headings.push_str(&format!("{GAP}{}", right(&column.heading, *width)));
            }
        }
        let mut lines = vec![titles, headings];
        for (row, name) in self.names.iter().enumerate() {
            let mut line = left(name, name_width);
            if let Some(Some(words)) = self.words.get(row) {
                line.push_str(&format!("{GAP}{words}"));
                lines.push(line);
                continue;
            }
            for (group, widths) in self.groups.iter().zip(&widths) {
                for (column, width) in group.columns.iter().zip(widths) {
                    let cell = column.cells.get(row).map_or("", String::as_str);
                    line.push_str(&format!("{GAP}{}", right(cell, *width)));
                }
            }
            lines.push(line);
        }
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

impl Group {
    /// Of its columns; the first makes room for a title that is wider than all of them.
    fn widths(&self) -> Vec<usize> {
        let of_column = |column: &Column| {
            column.cells.iter().chain([&column.heading]).map(|cell| width(cell)).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = self.columns.iter().map(of_column).collect();
        let gaps = width(GAP) * widths.len().saturating_sub(1);
        let lacking = width(&self.title).saturating_sub(widths.iter().sum::<usize>() + gaps);
        if let Some(first) = widths.first_mut() {
            *first += lacking;
        }
        widths
    }
}

/// All that is written here is one column wide a character.
fn width(text: &str) -> usize {
    text.chars().count()
}

fn left(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

fn right(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_words_that_span() {
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let column = |heading: &str, cells: &[&str]| Column {
            heading: heading.to_owned(),
            cells: strings(cells),
        };
        let grid = Grid {
            heading: "server".to_owned(),
            names: strings(&["a", "longer-one", "b"]),
            words: vec![None, Some("cannot do this at all, whatever one tries".to_owned()), None],
            groups: vec![
                Group {
                    title: "CPU".to_owned(),
                    columns: vec![
                        column("µs", &["0.031", "", "10.1"]),
                        column("min–max", &["0.030–0.032", "", "9–11"]),
                    ],
                },
                Group { title: "memory".to_owned(), columns: vec![column("MiB", &["8", "", ""])] },
            ],
        };
        let expected = "            \
                         CPU                 memory\n\
                         server         µs      min–max     MiB\n\
                         a           0.031  0.030–0.032       8\n\
                         longer-one  cannot do this at all, whatever one tries\n\
                         b            10.1         9–11\n";
        assert_eq!(grid.render(), expected);
    }

    #[test]
    fn a_wide_title_makes_its_group_wider() {
        let grid = Grid {
            heading: String::new(),
            names: vec!["x".to_owned()],
            words: Vec::new(),
            groups: vec![Group {
                title: "a long title".to_owned(),
                columns: vec![Column { heading: "s".to_owned(), cells: vec!["1".to_owned()] }],
            }],
        };
        assert_eq!(grid.render(), "   a long title\n              s\nx             1\n");
    }
}
