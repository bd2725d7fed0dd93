//! What the process of a probe may still do.

use std::time::Duration;

use rustix::process::Resource;

use crate::trial::limits::lower;

/// More than any plugin needs; a damaged one could otherwise take all memory of the machine.
const ADDRESS_SPACE_BYTES: u64 = 16 * 1024 * 1024 * 1024;

/// Limits what this process may use.
pub(super) fn limit(time: Duration) {
    lower(Resource::As, ADDRESS_SPACE_BYTES);
    // As a safeguard for a process whose server was killed.
    lower(Resource::Cpu, time.as_secs().saturating_add(1));
}

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
