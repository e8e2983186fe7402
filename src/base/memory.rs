//! The memory use of this process, as reported by Linux.

use std::fs;

/// Resident memory in bytes; `None` if the system does not report it.
pub(crate) fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    resident_bytes_of(&statm, u64::try_from(rustix::param::page_size()).ok()?)
}

/// The second number is the count of resident pages (proc_pid_statm(5)).
fn resident_bytes_of(statm: &str, page_bytes: u64) -> Option<u64> {
    let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(page_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_is_resident_pages() {
        let check = |statm: &str, expected: Option<u64>| {
            assert_eq!(resident_bytes_of(statm, 4096), expected, "{statm:?}");
        };
        check("5120 1280 960 12 0 400 0\n", Some(1280 * 4096));
        check("5120 0 0 0 0 0 0\n", Some(0));
        for nothing in ["", "\n", "5120", "5120 many", "5120 -1", "0 99999999999999999999"] {
            check(nothing, None);
        }
        check("0 9999999999999999", None);
    }

    #[test]
    fn used_memory_is_counted() {
        let held = vec![1_u8; 64 * 1024 * 1024];
        let resident = resident_bytes().unwrap();
        assert!(std::hint::black_box(held).len() as u64 <= resident, "{resident}");
    }
}
