//! The English that users read: no sentence begins with a relative "Who" or "What" ("Who joins sees
//! the last lines"). Name the subject instead ("A user who joins ..."); questions are fine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text and its source.
struct Passage {
    place: String,
    text: String,
}

#[test]
fn no_sentence_begins_with_a_relative_who_or_what() {
    let passages: Vec<Passage> = documents().into_iter().chain(catalogue()).chain(help()).collect();
    assert!(passages.len() > 1000, "only {} texts were found", passages.len());
    let wrong: Vec<String> = passages
        .iter()
        .flat_map(|passage| {
            headless(&passage.text).map(|sentence| format!("{}: {sentence}", passage.place))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "name the subject, such as \"A user who ...\" or \"The line that ...\":\n{}",
        wrong.join("\n")
    );
}

#[test]
fn relative_beginnings_are_told_from_questions() {
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(headless(text).collect::<Vec<_>>(), expected, "{text:?}");
    };
    check("Who joins sees the last 20 lines.", &["Who joins sees the last 20 lines."]);
    check("You left. What you say goes to all of us.", &["What you say goes to all of us."]);
    check("Stay (or not). Who goes is told, v1.2 or not", &["Who goes is told, v1.2 or not"]);
    check("Who is there? What is new?", &[]);
    check("What you missed in {room}:", &[]);
    check("A user who joins sees what was said. Whoever has a name keeps it.", &[]);
    check("Whatever it is. Whose room is it?", &[]);
}

/// The sentences that begin in this way.
fn headless(text: &str) -> impl Iterator<Item = &str> {
    let is_wrong = |sentence: &&str| {
        let begins = ["Who ", "What "].iter().any(|word| sentence.starts_with(word));
        // A text that ends with a colon is a heading.
        begins && !sentence.ends_with('?') && !sentence.ends_with(':')
    };
    sentences(text).filter(is_wrong)
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |(at, sign): (usize, char)| {
            let behind = rest[at + sign.len_utf8()..].trim_start_matches([')', '"', '”', '`', '*']);
            let ends = matches!(sign, '.' | '!' | '?')
                && (behind.is_empty() || behind.starts_with(char::is_whitespace));
            ends.then(|| rest.len() - behind.len())
        };
        let end = rest.char_indices().find_map(is_end).unwrap_or(rest.len());
        let (sentence, behind) = rest.split_at(end);
        rest = behind.trim_start();
        Some(sentence)
    })
}

/// README.md and the pages in docs: paragraphs, items and cells, without headings and code.
fn documents() -> Vec<Passage> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = files_below(&root.join("docs"), &|path| has_extension(path, "md"));
    files.push(root.join("README.md"));
    files.iter().flat_map(|file| passages_of(&shown(file), &prose_of(&read(file)))).collect()
}

/// Markdown with each heading, fence and block of code as an empty line.
fn prose_of(markdown: &str) -> String {
    let mut is_code = false;
    let lines = markdown.lines().map(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        let is_prose = !is_fence && !is_code && !line.starts_with('#');
        if is_prose { line.replace(" | ", "\n\n") } else { String::new() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The texts of the server and of its client, in English: the string literals of each `en.rs`
/// and of the files in a folder `en`.
fn catalogue() -> Vec<Passage> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_english = |path: &Path| {
        path.ends_with("en.rs") || path.parent().is_some_and(|folder| folder.ends_with("en"))
    };
    let files = files_below(&root, &is_english);
    assert!(files.len() >= 4, "the catalogue is somewhere else: {files:?}");
    let texts = |file: &PathBuf| {
        let place = shown(file);
        let passage = |text| Passage { place: place.clone(), text };
        literals(&read(file)).into_iter().map(passage).collect::<Vec<_>>()
    };
    files.iter().flat_map(texts).collect()
}

/// The string literals of a Rust file without raw strings.
fn literals(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n").replace("\\\"", "”");
    code.split('"').skip(1).step_by(2).map(|text| text.replace("\\\n", "")).collect()
}

/// The output of `--help` of all programs.
fn help() -> Vec<Passage> {
    let server = env!("CARGO_BIN_EXE_hobnob-server");
    let client = env!("CARGO_BIN_EXE_hobnob");
    let calls: [(&str, &[&str]); 6] = [
        (server, &["--help"]),
        (server, &["export", "--help"]),
        (server, &["backup", "--help"]),
        (server, &["person", "--help"]),
        (server, &["config", "--help"]),
        (client, &["--help"]),
    ];
    let passages = |(program, arguments): (&str, &[&str])| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        let name = Path::new(program).file_name().unwrap().to_string_lossy();
        let place = format!("{name} {}", arguments.join(" "));
        passages_of(&place, &String::from_utf8(output.stdout).unwrap())
    };
    calls.into_iter().flat_map(passages).collect()
}

/// Splits a text into passages: consecutive lines without an empty line, a list item or a change of
/// indentation between them.
fn passages_of(place: &str, text: &str) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let mut indent_before = None;
    for line in text.lines() {
        let words = line.trim();
        let indent = (!words.is_empty()).then(|| line.len() - line.trim_start().len());
        let text = without_marks(words);
        let goes_on = indent.is_some() && indent == indent_before && text.len() == words.len();
        match passages.last_mut() {
            Some(passage) if goes_on => passage.text.extend([" ", text]),
            _ => passages.push(Passage { place: place.to_owned(), text: text.to_owned() }),
        }
        indent_before = indent;
    }
    passages
}

/// The text without the marks of a list item, a quotation, the first cell of a row, or bold type.
fn without_marks(words: &str) -> &str {
    let marks = ["- ", "* ", "> ", "| ", "**"];
    let text = marks.iter().find_map(|mark| words.strip_prefix(mark)).unwrap_or(words);
    let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if numbered.len() < text.len() { numbered.strip_prefix(". ").unwrap_or(text) } else { text }
}

fn files_below(folder: &Path, is_wanted: &impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path, is_wanted));
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The name of a file, relative to the root of the package.
fn shown(file: &Path) -> String {
    file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file).display().to_string()
}
