//! What this process has taken of the machine, for cases that are alone in one.

use std::fs;

use crate::subject::BoxError;

/// How many files, sockets included, are open.
pub(crate) fn open_files() -> Result<usize, BoxError> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

/// The most memory that has been in use at a time, in KiB.
pub(crate) fn peak_memory() -> Result<u64, BoxError> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")).ok_or("VmHWM is not told")?;
    Ok(peak.trim().parse()?)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn files_and_memory_are_counted() {
        let before = open_files().unwrap();
        let files = [(); 40].map(|()| fs::File::open("/proc/self/status").unwrap());
        // Other tests open and close some too.
        assert!(open_files().unwrap() + 20 > before + files.len());
        let before = peak_memory().unwrap();
        let taken = vec![1_u8; 64 << 20];
        assert!(peak_memory().unwrap() > before.max(48 << 10), "{}", taken.len());
    }
}
