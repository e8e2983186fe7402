//! Retention by age, whatever the clock says, and by number of lines.

use super::*;
use crate::limits;
use crate::model::StoredLine;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn surplus_lines_are_removed_when_idle() {
    let mut scene =
        Scene::retention(RetentionPolicy { lines_per_room: Some(10), age: None, bytes_max: None });
    scene.archive.write(&[lines(LOBBY, (1..=1_200).map(line))], at(1), 0).unwrap();
    scene.run();
    scene.becomes(LOBBY, &(1_191..=1_200).collect::<Vec<_>>());
    assert!(scene.end());

    // The server's clock is a thousand seconds past the time of the first lines.
    let mut scene = Scene::retention(RetentionPolicy {
        lines_per_room: None,
        age: Some(Duration::from_secs(1_000)),
        bytes_max: None,
    });
    let said =
        [998_998, 998_999, 999_000, 999_999].map(|secs| StoredLine { at: at(secs), ..line(secs) });
    scene.archive.write(&[lines(LOBBY, said)], at(1), 0).unwrap();
    scene.run();
    scene.becomes(LOBBY, &[999_000, 999_999]);
    assert!(scene.end());
}

/// A history that keeps lines for thirty days, but at most ten of them. Its clock is this long past
/// the last of twelve lines.
fn after(time: Duration) -> Scene {
    let age = Some(30 * DAY);
    let retention = RetentionPolicy { lines_per_room: Some(10), age, bytes_max: None };
    let scene = Scene::retention(retention);
    // Some days apart.
    let said = (1..=12).map(|seq| StoredLine { at: at(0) + 5 * DAY * seq as u32, ..line(seq) });
    scene.archive.write(&[lines(LOBBY, said)], at(1), 0).unwrap();
    *scene.clock.wall.lock() = at(0) + 5 * DAY * 12 + time;
    scene
}

#[test]
fn lines_are_removed_by_age_if_the_clock_is_plausible() {
    let mut scene = after(Duration::from_secs(60));
    scene.run();
    scene.becomes(LOBBY, &[7, 8, 9, 10, 11, 12]);
    assert!(scene.end());
}

#[test]
fn a_clock_that_is_far_ahead_removes_almost_nothing() {
    let mut scene = after(365 * DAY);
    scene.run();
    // The clock counts for at most a day beyond the last line; these lines being gone shows that
    // pruning has run.
    scene.becomes(LOBBY, &[7, 8, 9, 10, 11, 12]);
    // The same holds once someone has said something at that time.
    let today = *scene.clock.wall.lock();
    scene.history().write(lines(LOBBY, [StoredLine { at: today, ..line(13) }]));
    scene.becomes(LOBBY, &[7, 8, 9, 10, 11, 12, 13]);
    assert!(scene.end());
}

#[test]
fn a_clock_that_jumps_while_the_server_runs_removes_nothing() {
    let mut scene = Scene::retention(RetentionPolicy {
        lines_per_room: Some(10),
        age: Some(30 * DAY),
        bytes_max: None,
    });
    let now = *scene.clock.wall.lock();
    *scene.clock.wall.lock() = now + 365 * DAY;
    let said = (1..=12).map(|seq| StoredLine { at: now, ..line(seq) });
    scene.history().write(lines(LOBBY, said));
    scene.run();
    scene.becomes(LOBBY, &(3..=12).collect::<Vec<_>>());
    assert!(scene.end());
}

#[test]
fn an_archive_in_memory_stays_within_its_size() {
    let bytes_max = 1024 * 1024;
    let retention = RetentionPolicy { lines_per_room: None, age: None, bytes_max: Some(bytes_max) };
    let archive = Archive::in_memory().unwrap();
    let mut scene = Scene::over(archive, tempfile::tempdir().unwrap(), retention);
    scene.run();
    let long = CleanText::from_bytes(&[b'x'; 1_000]);
    for seq in 1..=5_000 {
        let one = StoredLine { text: long.clone(), ..line(seq) };
        scene.history().write(lines(LOBBY, [one]));
    }
    let left = seqs(&scene.asked(LOBBY).unwrap());
    assert_eq!(left.last(), Some(&5_000));
    let bytes = left.len() as u64 * 1_000;
    assert!((bytes_max / 2..=bytes_max).contains(&bytes), "{bytes}");
    assert!(scene.end());
}

#[test]
fn an_archive_in_memory_has_its_own_limits() {
    let check = |lines_per_room, expected| {
        let set = RetentionPolicy { lines_per_room, age: None, bytes_max: None };
        let kept = set.in_memory();
        assert_eq!(kept.lines_per_room, Some(expected));
        assert_eq!(kept.bytes_max, Some(limits::MEMORY_ARCHIVE_BYTES_MAX));
    };
    check(None, 10_000);
    check(Some(100_000), 10_000);
    check(Some(500), 500);
    check(Some(0), 0);
}
