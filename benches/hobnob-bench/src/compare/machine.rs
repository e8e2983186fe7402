//! The machine that the comparison runs on, as far as figures depend on it.
//!
//! It reports `unknown` instead of failing: no figure depends on it.

use std::fs;

use serde::Serialize;

use crate::quantity::Unit;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    /// The number of cores that this process may use.
    pub(crate) cores: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) kernel: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let kernel = |path| read(path).trim().to_owned();
        let version = kernel("/proc/sys/kernel/osrelease");
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name")
                .unwrap_or_else(|| "an unknown processor".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: memory_bytes(&read("/proc/meminfo")),
            kernel: format!("{} {version}", kernel("/proc/sys/kernel/ostype")).trim().to_owned(),
        }
    }

    /// A description in one line.
    pub(crate) fn line(&self) -> String {
        let Self { processor, cores, memory_bytes, kernel } = self;
        let memory = *memory_bytes as f64;
        let memory = Unit::Bytes.scale([memory]).with_unit(memory);
        let plural = if *cores == 1 { "core" } else { "cores" };
        format!("{processor}, {cores} {plural}, {memory}, {kernel}")
    }
}

/// The first value of `name : value`, with normalised spaces.
fn field(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then_some(value)
    })?;
    let words: Vec<&str> = value.split_whitespace().collect();
    Some(words.join(" "))
}

fn memory_bytes(text: &str) -> u64 {
    let kib = field(text, "MemTotal").and_then(|value| value.strip_suffix(" kB")?.parse().ok());
    1024 * kib.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_files_are_parsed() {
        let text = "processor\t: 0\nmodel name\t: Some(R)  CPU   @ 2.00GHz\nmodel name\t: other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some(R) CPU @ 2.00GHz"));
        assert_eq!(field(text, "model"), None);
        assert_eq!(memory_bytes("MemTotal:        8140000 kB\nMemFree: 1 kB\n"), 8_335_360_000);
        assert_eq!(memory_bytes(""), 0);
    }

    #[test]
    fn on_one_line() {
        let machine = Machine {
            processor: "A Processor".to_owned(),
            cores: 2,
            memory_bytes: 8 << 30,
            kernel: "Linux 6.1".to_owned(),
        };
        assert_eq!(machine.line(), "A Processor, 2 cores, 8.00 GiB, Linux 6.1");
    }
}
