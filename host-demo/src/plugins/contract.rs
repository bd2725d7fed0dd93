//! The contract that this host was built with.

/// Its version.
pub(crate) const CONTRACT: &str = plugin_api::manifest::CONTRACT_VERSION;

/// Whether a version belongs to the same contract; only the major version is compared.
pub(crate) fn is_of_this_contract(version: &str) -> bool {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    major(version) == major(CONTRACT)
}
