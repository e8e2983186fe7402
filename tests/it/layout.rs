//! The folders of `src` and what each may import.
//!
//! Reads the source, not the compiled program: every path that begins with `crate`, `self` or
//! `super`, in a `use` or anywhere else. Test code may import what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders that each folder may import. All others are forbidden.
const ALLOWED: &[(&str, &[&str])] = &[
    ("limits", &[]),
    ("base", &["limits"]),
    ("text", &["base", "limits"]),
    ("model", &["base", "limits", "text"]),
    ("command", &["base", "limits", "model", "text"]),
    ("terminal", &["base", "command", "limits", "model", "text"]),
    ("lang", &["base", "command", "limits", "model", "text"]),
    ("store", &["base", "limits", "model", "text"]),
    ("chat", &["base", "command", "limits", "model", "text"]),
    ("wire", &["base", "command", "lang", "limits", "model", "terminal", "text"]),
    ("net", &["base", "command", "limits", "model", "terminal", "text", "wire"]),
    (
        "server",
        &[
            "base", "chat", "command", "lang", "limits", "model", "net", "store", "terminal",
            "text", "wire",
        ],
    ),
    ("client", &["base", "command", "lang", "limits", "model", "terminal", "text", "wire"]),
];

/// A folder, one that it imports, and the only parts of it that it may import.
const PARTS: &[(&str, &str, &[&str])] =
    &[("client", "wire", &["wire::telnet", "wire::json", "wire::text"])];

/// Inside `chat`, a layer may import and call only itself and the layers below it in this list.
const CHAT_LAYERS: &[&str] = &[
    "chat::saved",
    "chat::entry",
    "chat::commands",
    "chat::actions",
    "chat::rules",
    "chat::turn",
    "chat::state",
    "chat::outbox",
];

/// How the blocks with methods of the chat begin.
const CHAT_IMPLS: &[&str] = &["impl Chat {", "impl Turn<'_> {"];

/// What neither the chat nor its data may name: time comes with each command, and the same commands
/// give the same chat on every machine.
const NO_CLOCKS: &[&str] = &["Instant", "SystemTime::now", "dyn Clock", "std::thread", "crossbeam"];

/// What the chat does not do while it applies a command: another build, with other Unicode tables,
/// might come to another result.
const TEXT_RULES: &[&str] = &[
    "Nick::parse",
    "RoomName::parse",
    "nick::key_of",
    "resembles_guest_name(",
    "CleanText::from_bytes",
    "interpret(",
];

/// Maximum number of lines in the `mod.rs` of a folder, which only says what lives there.
const MOD_LINES_MAX: usize = 60;

/// Types with methods in the child modules of their own file, which therefore import it: the only
/// cycles between files.
const EXTENDED: &[(&str, &str)] = &[
    ("base::zone", "Zone"),
    ("chat::state", "Chat"),
    ("chat::state::room", "Room"),
    ("client::session", "Session"),
    ("net::connection", "Connection"),
];

#[test]
fn folders_import_what_the_table_allows() {
    let mut problems = Vec::new();
    for file in files() {
        for import in imports(&file) {
            if forbidden(&file.module, &import).is_some() {
                problems.push(format!("{} imports {}", file.name, import.join("::")));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_folder_is_in_the_table() {
    let mut found: Vec<String> =
        files().iter().filter_map(|it| it.module.first().cloned()).collect();
    found.dedup();
    let mut known: Vec<&str> = ALLOWED.iter().map(|(folder, _)| *folder).collect();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// If the table has no cycle, the folders have none either.
#[test]
fn the_table_has_no_cycle() {
    let mut left: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    while !left.is_empty() {
        let lowest = left.iter().find(|(_, below)| !below.iter().any(|it| left.contains_key(it)));
        let (lowest, _) = lowest.unwrap_or_else(|| panic!("a cycle of {:?}", left.keys()));
        let lowest = *lowest;
        left.remove(lowest);
    }
}

/// A `mod.rs` has no code, so an import through one counts as an import of the file that the item
/// is in.
#[test]
fn files_have_no_cycle() {
    let files = files();
    let mut modules: BTreeSet<&[String]> = files.iter().map(|file| &file.module[..]).collect();
    let exported = files.iter().filter(|file| file.name.ends_with("/mod.rs")).flat_map(|file| {
        modules.remove(&file.module[..]);
        let exports = file.code.split("pub use self::").skip(1).flat_map(|rest| {
            let mut paths = Vec::new();
            tree(&mut &*rest, file.module.clone(), &mut paths);
            paths
        });
        exports.map(|path| ([&file.module[..], &path[path.len() - 1..]].concat(), path))
    });
    let exported: BTreeMap<Vec<String>, Vec<String>> = exported.collect();
    let module_of = |import: &[String]| {
        let path = exported.get(import).map_or(import, |path| &path[..]);
        (1..=path.len()).rev().find_map(|count| modules.get(&path[..count]).copied())
    };
    let mut extended = BTreeSet::new();
    let mut left: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for file in files.iter().filter(|file| modules.contains(&file.module[..])) {
        let below = left.entry(&file.module).or_default();
        for import in imports(file) {
            let Some(target) = module_of(&import).filter(|target| *target != file.module) else {
                continue;
            };
            let path = target.join("::");
            let extends = |(parent, name): &&(&str, &str)| {
                path == *parent
                    && is_below(&file.module, parent)
                    && file.code.contains(&format!("impl {name} {{"))
            };
            match EXTENDED.iter().find(extends) {
                Some(it) => _ = extended.insert(it),
                None => _ = below.insert(target),
            }
        }
    }
    assert!(left.values().flatten().count() > 500, "the imports are not found");
    assert_eq!(extended, EXTENDED.iter().collect(), "strike what is no longer extended");
    // What remains imports something that remains and is imported by something that remains.
    while let Some(end) = left.iter().find_map(|(file, below)| {
        let imports = below.iter().any(|it| left.contains_key(it));
        let is_imported = left.values().any(|below| below.contains(file));
        (!imports || !is_imported).then_some(*file)
    }) {
        left.remove(end);
    }
    let names: Vec<String> = left.keys().map(|module| module.join("::")).collect();
    assert!(names.is_empty(), "in a cycle: {names:#?}");
}

/// All layers add methods to the same two types, so the compiler lets any of them call any other.
#[test]
fn chat_layers_call_downwards() {
    let files: Vec<(usize, Source)> =
        files().into_iter().filter_map(|file| Some((layer(&file.module)?, file))).collect();
    let mut layers: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (layer, file) in &files {
        for block in chat_blocks(&file.code) {
            for (at, head) in block.match_indices(" fn ") {
                let name = name_at(&block[at + head.len()..]);
                layers.entry(name).or_default().insert(*layer);
            }
        }
    }
    assert!(layers.len() > 200, "the methods are not found");
    let names = |layers: &BTreeSet<usize>| {
        layers.iter().map(|&layer| CHAT_LAYERS[layer]).collect::<Vec<_>>().join(" and ")
    };
    let in_several = layers.iter().filter(|(_, layers)| layers.len() > 1);
    let mut problems: Vec<String> =
        in_several.map(|(name, layers)| format!("{name} is in {}", names(layers))).collect();
    let mut count = 0;
    for (layer, file) in &files {
        for name in chat_calls(&file.code) {
            let Some(callees) = layers.get(name) else { continue };
            count += 1;
            if callees.iter().all(|callee| callee < layer) {
                problems.push(format!("{} calls {name} of {}", file.name, names(callees)));
            }
        }
    }
    assert!(count > 500, "the calls are not found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_chat_has_no_clock_and_no_thread() {
    let mut problems = Vec::new();
    for file in files() {
        if matches!(&*file.module[0], "chat" | "model") {
            let named = NO_CLOCKS.iter().filter(|word| file.code.contains(**word));
            problems.extend(named.map(|word| format!("{} has {word}", file.name)));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_command_comes_with_its_keys() {
    let mut problems = Vec::new();
    for file in files() {
        if file.module.first().is_some_and(|folder| folder == "chat")
            && file.module.get(1).is_some_and(|layer| layer != "state")
        {
            let named = TEXT_RULES.iter().filter(|word| file.code.contains(**word));
            problems.extend(named.map(|word| format!("{} has {word}", file.name)));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_mod_file_only_says_what_lives_there() {
    let mut problems = Vec::new();
    for folder in ALLOWED.iter().map(|(folder, _)| folder).filter(|folder| **folder != "limits") {
        let path = source().join(folder).join("mod.rs");
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        if lines > MOD_LINES_MAX {
            problems.push(format!("{folder}/mod.rs has {lines} lines"));
        }
        if !text.starts_with("//! ") || !text.contains("ever imports ") {
            problems.push(format!("{folder}/mod.rs does not say what it may import"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The folder or layer that `module` must not import, if `import` is in one.
fn forbidden(module: &[String], import: &[String]) -> Option<String> {
    let (own, other) = (module.first()?, import.first()?);
    if own == other {
        let (from, to) = (layer(module)?, layer(import)?);
        return (to < from).then(|| CHAT_LAYERS[to].to_owned());
    }
    let (_, allowed) = ALLOWED.iter().find(|(folder, _)| folder == own)?;
    // Anything that is not a folder is an item of the crate root, such as a macro.
    ALLOWED.iter().find(|(folder, _)| folder == other)?;
    let of_part = PARTS.iter().find(|(folder, whole, _)| folder == own && whole == other);
    let is_allowed = match of_part {
        Some((_, _, parts)) => parts.iter().any(|part| is_below(import, part)),
        None => allowed.contains(&other.as_str()),
    };
    (!is_allowed).then(|| other.clone())
}

/// The position of a module of `chat` in the list of layers.
fn layer(module: &[String]) -> Option<usize> {
    CHAT_LAYERS.iter().position(|layer| is_below(module, layer))
}

fn is_below(module: &[String], above: &str) -> bool {
    let mut module = module.iter();
    above.split("::").all(|part| module.next().is_some_and(|it| it == part))
}

/// A source file of the library, without its tests.
struct Source {
    /// The path relative to `src`.
    name: String,
    module: Vec<String>,
    /// The code without comments.
    code: String,
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files() -> Vec<Source> {
    let mut names = Vec::new();
    collect(&source(), &mut names);
    names.sort_unstable();
    let files: Vec<Source> = names.into_iter().filter_map(read).collect();
    assert!(files.len() > 100, "the source is not where it was");
    files
}

fn collect(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|it| it == "rs") {
            names.push(path.strip_prefix(source()).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn read(name: String) -> Option<Source> {
    let mut module: Vec<String> = name.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|it| it == "mod") {
        module.pop();
    }
    if module.first().is_some_and(|it| it == "lib" || it == "bin")
        || module.iter().any(|it| it == "tests")
    {
        return None;
    }
    let text = fs::read_to_string(source().join(&name)).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next()?;
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect();
    Some(Source { name, module, code: code.join("\n") })
}

/// The blocks of a file that hold methods of the chat.
fn chat_blocks(code: &str) -> impl Iterator<Item = &str> {
    let starts = CHAT_IMPLS.iter().flat_map(|head| code.match_indices(head));
    starts.map(|(at, _)| &code[at..at + code[at..].find("\n}").expect("a block ends")])
}

/// The names of the methods that a file calls on the chat or on a turn of it.
fn chat_calls(code: &str) -> Vec<&str> {
    let own = chat_blocks(code).flat_map(|block| calls(block, &["self", "Self"]));
    own.chain(calls(code, &["chat", "turn", "Chat", "Turn"])).collect()
}

/// The names of the methods called on `receivers`. The method may be on the next line.
fn calls<'a>(code: &'a str, receivers: &[&str]) -> Vec<&'a str> {
    let mut names = Vec::new();
    for receiver in receivers {
        for (at, _) in code.match_indices(receiver) {
            let is_part_of_name =
                code[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
            let behind = code[at + receiver.len()..].trim_start();
            let Some(method) = behind.strip_prefix('.').or_else(|| behind.strip_prefix("::"))
            else {
                continue;
            };
            let name = name_at(method);
            if !is_part_of_name && method[name.len()..].starts_with('(') {
                names.push(name);
            }
        }
    }
    names
}

/// The name that `code` begins with.
fn name_at(code: &str) -> &str {
    &code[..code.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(code.len())]
}

/// All paths in a file that lead to items of the crate, starting from the crate root.
fn imports(file: &Source) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for head in ["crate", "self", "super"] {
        for (at, _) in file.code.match_indices(&format!("{head}::")) {
            let before = &file.code[..at];
            let is_part_of_name =
                before.ends_with(|before: char| before.is_alphanumeric() || "_:$".contains(before));
            // The path of a visibility leads to a module around this one and imports nothing.
            if is_part_of_name || before.ends_with("pub(in ") {
                continue;
            }
            let mut rest = &file.code[at..];
            let mut base = Vec::new();
            if head == "super" {
                base.clone_from(&file.module);
                while let Some(behind) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = behind;
                }
            } else {
                if head == "self" {
                    base.clone_from(&file.module);
                }
                rest = &rest[head.len() + "::".len()..];
            }
            tree(&mut rest, base, &mut paths);
        }
    }
    paths
}

/// Adds the paths of the `use` tree that begins at `rest`.
fn tree(rest: &mut &str, mut path: Vec<String>, paths: &mut Vec<Vec<String>>) {
    loop {
        *rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('{') {
            *rest = behind;
            while !rest.trim_start().starts_with('}') {
                tree(rest, path.clone(), paths);
                *rest = rest.trim_start_matches(|it| it != ',' && it != '}');
                *rest = rest.strip_prefix(',').unwrap_or(rest);
            }
            *rest = &rest.trim_start()[1..];
            return;
        }
        let name = name_at(rest);
        path.push(name.to_owned());
        *rest = &rest[name.len()..];
        match rest.strip_prefix("::") {
            Some(behind) => *rest = behind,
            None => break,
        }
    }
    paths.push(path);
}

#[test]
fn paths_are_found() {
    let code = "use crate::{a::{b, c as d}, e};\npub(in crate::f) x: super::g::H<crate::i>;\n\
                use super::super::{\n    j,\n};\nuse self::n::o;";
    let file = Source {
        name: String::new(),
        module: ["k", "l", "m"].map(str::to_owned).to_vec(),
        code: code.to_owned(),
    };
    let mut found: Vec<String> = imports(&file).iter().map(|it| it.join("::")).collect();
    found.sort_unstable();
    assert_eq!(found, ["a::b", "a::c", "e", "i", "k::j", "k::l::g::H", "k::l::m::n::o"]);
}

#[test]
fn calls_are_found() {
    let code = "\
impl Chat {
    fn a(&self) {
        self.b(self.c).d(self
            .e());
    }
}

impl Other {
    fn f(&self) {
        self.g(myself.h(), turn.chat.i());
    }
}

impl Turn<'_> {
    fn j(&self) {
        Self::k(&self.chat.l());
    }
}
";
    assert_eq!(chat_calls(code), ["b", "e", "k", "i", "l"]);
}
