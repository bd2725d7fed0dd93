//! The memory that a process may still take.

#[cfg(target_os = "linux")]
pub(super) use self::linux::{left, limit};
#[cfg(not(target_os = "linux"))]
pub(super) use self::unlimited::{left, limit};

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io};

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// How much address space a model may take of what the system leaves this process
    /// (`ulimit -v`): half, as the process has other work. Without such a limit there is no number.
    pub(in super::super) fn left() -> u64 {
        match (getrlimit(Resource::As).current, used()) {
            (Some(limit), Ok(used)) => limit.saturating_sub(used) / 2,
            _ => u64::MAX,
        }
    }

    /// Limits what this process takes from now on.
    ///
    /// # Errors
    /// From the operating system.
    pub(in super::super) fn limit(bytes: u64) -> io::Result<()> {
        let now = getrlimit(Resource::As);
        let ours = used()?.saturating_add(bytes);
        let limit = Rlimit {
            current: Some(now.current.map_or(ours, |current| current.min(ours))),
            maximum: now.maximum,
        };
        Ok(setrlimit(Resource::As, limit)?)
    }

    /// The address space that is in use.
    fn used() -> io::Result<u64> {
        let status = fs::read_to_string("/proc/self/status")?;
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
        let kilobytes = size.and_then(|size| size.trim().strip_suffix(" kB"));
        let kilobytes = kilobytes.and_then(|number| number.parse::<u64>().ok());
        let kilobytes = kilobytes.ok_or(io::ErrorKind::InvalidData)?;
        Ok(kilobytes.saturating_mul(1024))
    }
}

#[cfg(not(target_os = "linux"))]
mod unlimited {
    use std::io;

    pub(in super::super) const fn left() -> u64 {
        u64::MAX
    }

    pub(in super::super) const fn limit(_: u64) -> io::Result<()> {
        Ok(())
    }
}
