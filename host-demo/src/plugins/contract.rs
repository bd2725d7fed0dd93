//! The contract that this host was built with.

/// Its version.
pub(crate) const CONTRACT: &str = plugin_api::manifest::CONTRACT_VERSION;

/// Whether a version belongs to the same contract: the major version alone decides.
pub(crate) fn is_of_this_contract(version: &str) -> bool {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    major(version) == major(CONTRACT)
}
