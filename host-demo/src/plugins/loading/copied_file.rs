//! A checked file, and the copy that is loaded.

use std::sync::Arc;

use super::{
    candidate::Candidate,
    error::PluginLoadError,
    file_set::CheckedFile,
    loaded_set::OpenStep,
    open::Library,
    private_copies::{PrivateCopies, PrivateCopy},
    probe::NewFile,
};
use crate::plugins::running::loaded::LoadedPlugin;

/// A file of the next set of plugins. Dropping it deletes its copy.
#[derive(Debug)]
pub(super) enum CopiedFile {
    /// A plugin that serves already.
    Known(Arc<LoadedPlugin>),
    New(Box<Candidate>, PrivateCopy),
}

impl CopiedFile {
    /// Copies a file that is new.
    ///
    /// # Errors
    /// The copy cannot be written.
    pub(super) fn new(file: CheckedFile, copies: &PrivateCopies) -> Result<Self, PluginLoadError> {
        match file {
            CheckedFile::Known(plugin) => Ok(Self::Known(plugin)),
            CheckedFile::New(candidate) => match copies.write(&candidate) {
                Ok(copy) => Ok(Self::New(candidate, copy)),
                Err(reason) => Err(PluginLoadError::Copy {
                    path: candidate.path,
                    reason,
                }),
            },
        }
    }

    /// What is probed, if it is new.
    pub(super) fn as_new(&self) -> Option<NewFile<'_>> {
        match self {
            Self::Known(_) => None,
            Self::New(candidate, copy) => Some(NewFile {
                path: &candidate.path,
                sha256: candidate.sha256,
                copy,
            }),
        }
    }

    /// Loads it, if it is new. Only its constructors run.
    ///
    /// # Errors
    /// It cannot be loaded, or does not match the contract.
    pub(super) fn load(self) -> Result<OpenStep, PluginLoadError> {
        match self {
            Self::Known(plugin) => Ok(OpenStep::Keep(plugin)),
            Self::New(candidate, copy) => Library::load(*candidate, copy).map(OpenStep::Open),
        }
    }
}
