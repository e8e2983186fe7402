use proptest::prelude::*;

use super::*;

/// A history with these lines.
fn recall(entries_max: usize, bytes_max: usize, lines: &[&str]) -> Recall {
    let mut recall = Recall::new(entries_max, bytes_max);
    for line in lines {
        recall.remember(line);
    }
    recall
}

#[test]
fn kept_lines_are_bounded() {
    let check = |lines: &[&str], expected: &[&str]| {
        let recall = recall(3, 8, lines);
        assert_eq!(recall.iter().collect::<Vec<_>>(), expected, "{lines:?}");
    };
    check(&[], &[]);
    check(&["a", "b"], &["a", "b"]);
    check(&["a", "a", "b", "a"], &["a", "b", "a"]);
    check(&["", " ", "\n"], &[]);
    // By number, and by bytes.
    check(&["a", "b", "c", "d"], &["b", "c", "d"]);
    check(&["aaa", "bbb", "cc"], &["aaa", "bbb", "cc"]);
    check(&["aaa", "bbb", "ccc"], &["bbb", "ccc"]);
    check(&["a", "b", "12345678"], &["12345678"]);
    check(&["a", "b", "123456789"], &["a", "b"]);
    check(&["的的", "的的"], &["的的"]);
}

#[test]
fn nothing_is_allocated_while_it_is_empty() {
    let recall = recall(0, 8, &["a"]);
    assert_eq!((recall.lines.capacity(), recall.bytes), (0, 0));
    assert_eq!(recall.iter().count(), 0);
}

#[test]
fn up_and_down() {
    let mut recall = recall(3, 80, &["a", "b"]);
    assert_eq!(recall.down("typed"), None);
    assert_eq!(recall.up("typed"), Some("b"));
    assert_eq!(recall.up("b"), Some("a"));
    assert_eq!(recall.up("a"), None);
    assert_eq!(recall.down("a"), Some("b"));
    assert_eq!(recall.down("b"), Some("typed"));
    assert_eq!(recall.down("typed"), None);
    assert_eq!(recall.up("anew"), Some("b"));
    recall.stop();
    assert_eq!(recall.down(""), None);
    assert_eq!(recall.up(""), Some("b"));
    assert_eq!(recall.down("b"), Some(""));
    assert_eq!(Recall::new(3, 8).up("typed"), None);
}

/// Edits to recalled lines are lost only at the end of the walk, and never change the kept lines.
#[test]
fn edited_lines_are_kept_until_the_end_of_the_walk() {
    let mut recall = recall(3, 80, &["a", "b"]);
    recall.up("typed");
    assert_eq!(recall.up("b, edited"), Some("a"));
    assert_eq!(recall.down("a, too"), Some("b, edited"));
    assert_eq!(recall.up("b, again"), Some("a, too"));
    recall.remember("c");
    assert_eq!(recall.down("a, too"), Some("b, again"));
    assert_eq!(recall.down("b"), Some("c"), "it is as it was");
    assert_eq!(recall.up("c"), Some("b"));
    recall.stop();
    assert_eq!(recall.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    // Edits are bounded like lines.
    recall.up("");
    assert_eq!(recall.up(&"x".repeat(81)), Some("b"));
    assert_eq!(recall.down("b"), Some("c"));
    assert_eq!(recall.up(&"x".repeat(50)), Some("b"));
    assert_eq!(recall.up(&"y".repeat(50)), Some("a"));
    assert_eq!(recall.down("a"), Some("y".repeat(50).as_str()));
    assert_eq!(recall.down(&"y".repeat(50)), Some("c"));
}

#[test]
fn a_new_line_does_not_move_the_walk() {
    let mut recall = recall(2, 80, &["a", "b"]);
    recall.up("typed");
    recall.remember("c");
    assert_eq!(recall.down("b"), Some("c"));
    assert_eq!(recall.down("c"), Some("typed"));
    // The recalled line has been dropped.
    recall.up("typed");
    recall.up("c");
    recall.remember("d");
    assert_eq!(recall.up("b"), None);
    assert_eq!(recall.down("c"), Some("d"));
    assert_eq!(recall.down("d"), Some("typed"));
}

proptest! {
    #[test]
    fn up_and_down_return_to_the_typed_text(
        lines in prop::collection::vec("[ab]{0,4}", 0..9),
        typed in ".{0,9}",
        meanwhile in prop::collection::vec("[ab]{0,4}", 0..3),
        ups in 1..12usize,
    ) {
        let mut recall = Recall::new(4, 9);
        lines.iter().for_each(|line| recall.remember(line));
        prop_assert!(recall.iter().count() <= 4 && recall.iter().map(str::len).sum::<usize>() <= 9);
        let mut here = typed.clone();
        let mut walked = 0;
        while walked < ups && let Some(line) = recall.up(&here) {
            here = line.to_owned();
            walked += 1;
        }
        prop_assert_eq!(walked, ups.min(recall.iter().count()));
        meanwhile.iter().for_each(|line| recall.remember(line));
        let mut last = None;
        while let Some(line) = recall.down(&here) {
            here = line.to_owned();
            last = Some(line.to_owned());
        }
        prop_assert_eq!(last, (walked > 0).then_some(typed));
    }
}
