//! What the machine has: memory that can be used, cores.

use crate::scenario::{Machine, MemoryEstimate};
use std::fs;

/// The machine this program runs on.
pub(super) fn this_machine() -> Machine {
    Machine { memory_bytes: usable_memory() }
}

/// Memory that can be used, the smaller of what the system has available and what a container allows; unknown elsewhere
/// than on Linux.
fn usable_memory() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let available = available_in(&meminfo)?;
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse::<u64>().ok());
    Some(limit.map_or(available, |limit| limit.min(available)))
}

/// The bytes of `MemAvailable` in the text of `/proc/meminfo`.
fn available_in(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Threads for replicates: what was asked for or one per core, but no more than there are replicates that fit into memory
/// side by side. Results do not depend on it.
pub(super) fn threads(asked: Option<u16>, machine: Machine, one_replicate: MemoryEstimate) -> usize {
    let wanted = asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let fitting = machine.memory_bytes.map_or(u64::MAX, |bytes| one_replicate.replicates_that_fit(bytes));
    wanted.min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read_in_bytes() {
        assert_eq!(available_in("MemTotal: 9 kB\nMemAvailable:   2048 kB\n"), Some(2_097_152));
        assert_eq!(available_in("MemTotal: 9 kB\n"), None);
    }
}
