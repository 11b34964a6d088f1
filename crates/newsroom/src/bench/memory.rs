//! How much memory this process has.

use std::fmt;

use serde::Serialize;

/// The memory of this process at one moment, where the system tells: Linux does, in `/proc` (proc(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Memory {
    /// All that is resident, pages of files among it.
    resident_bytes: Option<u64>,
    /// What of that is no file's: what the program has taken for itself, a cache of the database's pages among it.
    anonymous_bytes: Option<u64>,
}

impl Memory {
    pub(super) fn now() -> Self {
        Self::read(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
    }

    fn read(status: &str) -> Self {
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
            Some(kibibytes * 1024)
        };
        Self {
            resident_bytes: bytes("VmRSS:"),
            anonymous_bytes: bytes("RssAnon:"),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.resident_bytes, self.anonymous_bytes) {
            (Some(resident), Some(anonymous)) => {
                write!(f, "{} MiB ({} MiB its own)", resident >> 20, anonymous >> 20)
            }
            _ => f.write_str("not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_linux_writes_it() {
        let memory = Memory::read("VmHWM:\t  50000 kB\nVmRSS:\t    4096 kB\nRssAnon:\t 2048 kB\n");
        assert_eq!(memory.to_string(), "4 MiB (2 MiB its own)");
        assert_eq!(Memory::read("Name:\tnewsroom\n").to_string(), "not known");
    }
}
