use std::{io, path::PathBuf};

use super::{inspect::InspectError, private_copies::CopiesError};
use crate::plugins::trust::{
    allow_list::{AllowListError, NotAllowed},
    permissions::PermissionError,
    regular_file::FileError,
    signature::{PublicKeyError, SignatureError},
};

/// Why the plugins could not be loaded. Each reads as one line: file, what was found, what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PluginLoadError {
    /// The folder cannot be read.
    #[error("plugins path {}: {reason}: expected a readable folder", path.display())]
    Folder {
        /// As it was given.
        path: PathBuf,
        /// From the operating system.
        reason: io::Error,
    },
    /// Others may put plugins into the folder.
    #[error("plugins path {}: {reason}", path.display())]
    FolderPermission {
        /// As it was given.
        path: PathBuf,
        /// Which rule is broken.
        reason: PermissionError,
    },
    /// The file is not read.
    #[error("plugin {}: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Which rule is broken.
        reason: FileError,
    },
    /// The list of what may be loaded cannot be used.
    #[error("allow list {}: {reason}", path.display())]
    AllowList {
        /// As it was given.
        path: PathBuf,
        /// Why.
        reason: AllowListError,
    },
    /// The list does not hold the file.
    #[error("plugin {}: {reason}", path.display())]
    NotAllowed {
        /// The file.
        path: PathBuf,
        /// What the list says.
        reason: NotAllowed,
    },
    /// The key that must have signed every plugin cannot be used.
    #[error("public key {}: {reason}", path.display())]
    PublicKey {
        /// As it was given.
        path: PathBuf,
        /// Why.
        reason: PublicKeyError,
    },
    /// The file is not signed with the key.
    #[error("plugin {}: {reason}", path.display())]
    Signature {
        /// The file.
        path: PathBuf,
        /// What is wrong with the signature.
        reason: SignatureError,
    },
    /// The file is no plugin for this host, which was seen before any of its code ran.
    #[error("plugin {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: InspectError,
    },
    /// There is no place for copies of plugins.
    #[error("folder for copies of plugins {}: {reason}", path.display())]
    CopiesFolder {
        /// Where the folder was to be made.
        path: PathBuf,
        /// Why it is not.
        reason: CopiesError,
    },
    /// The copy that is loaded cannot be written.
    #[error("plugin {}: its copy {} cannot be written: {reason}", path.display(), copy.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// Where the copy should be.
        copy: PathBuf,
        /// From the operating system.
        reason: io::Error,
    },
    /// The dynamic linker refuses it.
    #[error("plugin {}: cannot be loaded: {reason}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The linker's words, in one line.
        reason: String,
    },
    /// It was built with another abi_stable.
    #[error("plugin {}: its ABI header does not match: {reason}: rebuild it with endpoint-plugin-api {CONTRACT}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// It was built for another contract.
    #[error("plugin {}: built for contract {found}, this host has contract {CONTRACT}: rebuild it with endpoint-plugin-api {CONTRACT}", path.display())]
    Contract {
        /// The file.
        path: PathBuf,
        /// The plugin's contract version.
        found: String,
    },
    /// It says nothing of its types.
    #[error("plugin {}: carries no type layout, so it cannot be checked: export it with export_plugin!", path.display())]
    NoLayout {
        /// The file.
        path: PathBuf,
    },
    /// Its types are not those of the contract.
    #[error("plugin {}: does not match contract {CONTRACT}: {difference}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// The first difference, in one line.
        difference: String,
    },
    /// Its root module cannot be made.
    #[error("plugin {}: gives no root module: {reason}: export it with export_plugin!", path.display())]
    Module {
        /// The file.
        path: PathBuf,
        /// What happened instead.
        reason: String,
    },
    /// Its opening function failed.
    #[error("plugin {}: {name} cannot be opened: {message}", path.display())]
    Opening {
        /// The file.
        path: PathBuf,
        /// The plugin's name.
        name: String,
        /// The plugin's words.
        message: String,
    },
    /// An endpoint cannot be served.
    #[error("plugin {}: {reason}", path.display())]
    Endpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Two plugins claim one endpoint; TorchServe's words, and the files.
    #[error("Multiple plugins found for endpoint \"{url_pattern}\": {} and {}", first.display(), second.display())]
    DuplicateEndpoint {
        /// The first segment of the path.
        url_pattern: String,
        /// The file that was loaded first.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
    /// Two files are the same plugin.
    #[error("plugin {name} is in two files: {} and {}: keep one of them", first.display(), second.display())]
    DuplicateName {
        /// The plugin's name.
        name: String,
        /// The file that was loaded first.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
    /// The token plugin failed at start.
    #[error("plugin {}: {function} failed: {message}", path.display())]
    TokenPlugin {
        /// The file.
        path: PathBuf,
        /// The function of the contract.
        function: &'static str,
        /// The plugin's words.
        message: String,
    },
}

/// The version of the contract that this host was built with.
pub(crate) const CONTRACT: &str = plugin_api::manifest::CONTRACT_VERSION;

/// Whether a version belongs to the same contract: the major version alone decides.
pub(crate) fn is_of_this_contract(version: &str) -> bool {
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    major(version) == major(CONTRACT)
}
