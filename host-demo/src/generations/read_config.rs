//! What a reload reads of the configuration.

use std::sync::Arc;

use super::ReloadScope;
use crate::config::{ChangedSetting, Config, ConfigSource, Reread, RereadError, listed_settings};

/// The configuration of the next generation, which is not in force yet.
#[derive(Debug)]
pub(super) struct ReadConfig {
    pub(super) config: Arc<Config>,
    /// The settings that are new in it.
    pub(super) changed: Vec<ChangedSetting>,
    /// The settings that wait for a restart.
    pub(super) waiting: Vec<ChangedSetting>,
}

impl ReadConfig {
    /// Reads the configuration again if that is in the scope, and logs what is to be said about it.
    ///
    /// # Errors
    /// It cannot be used.
    pub(super) fn read(
        scope: ReloadScope,
        old: &Arc<Config>,
        source: &ConfigSource,
    ) -> Result<Self, RereadError> {
        if scope == ReloadScope::Plugins {
            return Ok(Self {
                config: Arc::clone(old),
                changed: Vec::new(),
                waiting: Vec::new(),
            });
        }
        let (config, reread) = old.read_again(source)?;
        let Reread {
            changed,
            waiting,
            warnings,
            ..
        } = reread;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        if !waiting.is_empty() {
            tracing::warn!(
                "changed settings that are in force after a restart only: {}",
                listed_settings(&waiting)
            );
        }
        Ok(Self {
            config: Arc::new(config),
            changed,
            waiting,
        })
    }
}
