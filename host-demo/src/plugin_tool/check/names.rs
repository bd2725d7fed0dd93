//! The names of the checks, in order.

/// It is a plugin for this host, checked before any of its code runs.
pub(super) const FILE: &str = "file";
/// The dynamic linker accepts it, and its types are those of the contract.
pub(super) const LOADS: &str = "loads";
/// Its opening function succeeds.
pub(super) const OPENS: &str = "opens";
/// It registers what its manifest says.
pub(super) const DECLARED: &str = "declared endpoints";
/// Each endpoint can be served and describes itself.
pub(super) const ENDPOINTS: &str = "valid endpoints";
/// A complete token plugin, or none.
pub(super) const TOKEN_PLUGIN: &str = "token plugin";
/// `set_time(60)` succeeds.
pub(super) const SET_TIME: &str = "set_time";
/// `generate_key_file(Token)` succeeds.
pub(super) const GENERATE: &str = "generate_key_file";
/// A request without the header is denied.
pub(super) const NO_HEADER: &str = "denies no header";
/// A header without a bearer key is denied.
pub(super) const MALFORMED: &str = "denies a malformed header";
/// An unknown key is denied.
pub(super) const UNKNOWN_KEY: &str = "denies an unknown key";
/// The header twice is denied.
pub(super) const REPEATED: &str = "denies a repeated header";
/// The `Authorization` header changes no verdict.
pub(super) const HEADER_IGNORED: &str = "ignores the Authorization header";
/// A type of key that no contract names is denied.
pub(super) const UNKNOWN_TYPE: &str = "denies an unknown token type";
/// The keys that it made are allowed for their own kind and for no other.
pub(super) const OWN_KEYS: &str = "own keys are valid for their own kind";
/// An id of a key is the one that the contract defines, and does not help to guess the key.
pub(super) const KEY_IDS: &str = "ids of keys";
/// A second check of a request has the same verdict.
pub(super) const RECHECK: &str = "repeated checks agree";
/// Many threads get the verdicts that one gets.
pub(super) const CONCURRENT: &str = "concurrent checks";
/// No check waits for the generation of keys.
pub(super) const NEVER_BLOCKS: &str = "checks do not block";
/// Every listed method responds, as HTTP allows.
pub(super) const METHODS: &str = "listed methods respond";
/// No other method does.
pub(super) const UNLISTED: &str = "unlisted methods do not respond";
/// It reports whether it is ready.
pub(super) const READY: &str = "ready";
/// Its own metrics can be read.
pub(super) const METRICS: &str = "metrics";
/// The hand-over returns, and the plugin still serves.
pub(super) const HAND_OVER: &str = "hand over";
/// The function of the shutdown returns.
pub(super) const SHUTDOWN: &str = "shutdown";
/// The destructors return.
pub(super) const DROP: &str = "drop";
/// A new build that gets the state goes on with the keys, and their file stays.
pub(super) const SUCCESSION: &str = "succession";
/// So does one that gets no state, with keys of its own.
pub(super) const STRANGER: &str = "succession without state";
/// Nothing panicked, caught or not.
pub(super) const PANICS: &str = "no panics";
/// The process exits normally.
pub(super) const EXITS: &str = "process ends";
/// Files were written only in its working folder, and other users cannot read a secret.
pub(super) const FILES: &str = "files";

/// Those of token plugins only.
pub(super) const OF_TOKEN_PLUGINS: [&str; 13] = [
    SET_TIME,
    GENERATE,
    NO_HEADER,
    MALFORMED,
    UNKNOWN_KEY,
    REPEATED,
    HEADER_IGNORED,
    UNKNOWN_TYPE,
    OWN_KEYS,
    KEY_IDS,
    RECHECK,
    CONCURRENT,
    NEVER_BLOCKS,
];

/// All of them.
pub(super) const ALL: [&str; 31] = [
    FILE,
    LOADS,
    OPENS,
    DECLARED,
    ENDPOINTS,
    TOKEN_PLUGIN,
    SET_TIME,
    GENERATE,
    NO_HEADER,
    MALFORMED,
    UNKNOWN_KEY,
    REPEATED,
    HEADER_IGNORED,
    UNKNOWN_TYPE,
    OWN_KEYS,
    KEY_IDS,
    RECHECK,
    CONCURRENT,
    NEVER_BLOCKS,
    METHODS,
    UNLISTED,
    READY,
    METRICS,
    HAND_OVER,
    SHUTDOWN,
    DROP,
    SUCCESSION,
    STRANGER,
    PANICS,
    EXITS,
    FILES,
];
