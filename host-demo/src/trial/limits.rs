//! What such a process gives up before it loads the file.

use std::{fs::File, io::Write as _, os::unix::process::parent_id};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// From here on this process ends with the server, leaves no core dump, and is the first that the system
/// ends where memory is short. Returns false if the server has ended already: nothing is to be loaded
/// then.
#[must_use]
pub(crate) fn enter(server_id: u32) -> bool {
    lower(Resource::Core, 0);
    end_with_the_parent();
    let score = File::options().write(true).open("/proc/self/oom_score_adj");
    let _ = score.and_then(|mut score| score.write_all(b"1000"));
    parent_id() == server_id
}

/// A limit that cannot be set is left out: the server ends the process in time anyway.
pub(crate) fn lower(resource: Resource, to: u64) {
    let Rlimit { current, maximum } = getrlimit(resource);
    let at_most = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    let lowered = Rlimit {
        current: at_most(current),
        maximum: at_most(maximum),
    };
    let _ = setrlimit(resource, lowered);
}

/// From here on this process ends with the one that started it.
#[cfg(target_os = "linux")]
pub(crate) fn end_with_the_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};

    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(not(target_os = "linux"))]
pub(crate) const fn end_with_the_parent() {}
