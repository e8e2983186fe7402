//! Files that other users could read or change become private, and nothing else is touched.

use super::*;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_that_others_could_read_become_private() {
    let folder = crashed(&filled(1));
    let paths = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    fs::write(folder.path().join("hobnob.db-wal"), "").unwrap();
    paths().for_each(|path| set_mode(&path, 0o664));
    set_mode(folder.path(), 0o777);
    let archive = Archive::open(folder.path()).unwrap();
    fill(&archive, 1);
    assert_eq!(mode(folder.path()), 0o700);
    for path in paths() {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_folder_with_other_files_is_left_as_it_is() {
    for (folder_mode, something_else) in [(0o777, Some("diary")), (0o1777, None)] {
        let folder = filled(1);
        if let Some(name) = something_else {
            fs::write(folder.path().join(name), "").unwrap();
            set_mode(&folder.path().join(name), 0o644);
        }
        set_mode(&database(&folder), 0o644);
        set_mode(folder.path(), folder_mode);
        let _archive = Archive::open(folder.path()).unwrap();
        let found = fs::metadata(folder.path()).unwrap().permissions().mode() & 0o7777;
        assert_eq!(found, folder_mode);
        assert_eq!(mode(&database(&folder)), 0o600);
        if let Some(name) = something_else {
            assert_eq!(mode(&folder.path().join(name)), 0o644);
        }
    }
}
