//! What the process of a probe may still do.

use std::{fs::File, io::Write, time::Duration};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than any plugin needs; a damaged one could otherwise take all memory of the machine.
const ADDRESS_SPACE_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// Limits what this process may use. A limit that cannot be set is left out: the server ends the
/// process in time anyway.
pub(super) fn limit(time: Duration) {
    lower(Resource::Core, 0);
    lower(Resource::As, ADDRESS_SPACE_BYTES);
    // As a safeguard for a process whose server was killed.
    lower(Resource::Cpu, time.as_secs().saturating_add(1));
    end_with_the_server();
    // Should memory run out all the same, this process ends and not the server.
    let score = File::options().write(true).open("/proc/self/oom_score_adj");
    let _ = score.and_then(|mut score| score.write_all(b"1000"));
}

fn lower(resource: Resource, to: u64) {
    let Rlimit { current, maximum } = getrlimit(resource);
    let at_most = |limit: Option<u64>| Some(limit.map_or(to, |limit| limit.min(to)));
    let lowered = Rlimit {
        current: at_most(current),
        maximum: at_most(maximum),
    };
    let _ = setrlimit(resource, lowered);
}

#[cfg(target_os = "linux")]
fn end_with_the_server() {
    use rustix::process::{Signal, set_parent_process_death_signal};

    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

#[cfg(not(target_os = "linux"))]
const fn end_with_the_server() {}

/// From here on this process cannot change a file, and, as far as the kernel can forbid it, neither
/// open a connection nor reach another process. Returns whether files are protected.
#[cfg(target_os = "linux")]
pub(super) fn enter() -> bool {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, RestrictionStatus, Ruleset,
        RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    };

    /// The newest rules that this program knows; a kernel without some of them applies the others.
    const RULES: ABI = ABI::V6;

    let restrict = || -> Result<RestrictionStatus, RulesetError> {
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_write(RULES))?
            .handle_access(AccessNet::from_all(RULES))?
            .scope(Scope::from_all(RULES))?
            .create()?;
        // Programs expect to be able to write there.
        let rules = match PathFd::new("/dev/null") {
            Ok(null) => rules.add_rule(PathBeneath::new(null, AccessFs::WriteFile))?,
            Err(_) => rules,
        };
        rules.restrict_self()
    };
    restrict().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

/// Nothing protects files there.
#[cfg(not(target_os = "linux"))]
pub(super) const fn enter() -> bool {
    false
}
