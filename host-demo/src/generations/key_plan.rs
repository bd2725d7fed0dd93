//! Whether the keys in force stay valid with a new generation, or new ones are made.

use std::sync::Arc;

use super::error::{BuildError, TokenPluginFailure};
use crate::plugins::LoadedPlugin;

/// What a generation has to do for its keys before it may serve.
#[derive(Debug)]
pub(super) enum KeyPlan {
    /// Nothing: there is no token plugin, or the keys of the last generation stay in force.
    InForce,
    /// The token plugin makes new ones.
    New(NewKeys),
}

/// A token plugin that starts with new keys.
#[derive(Debug)]
pub(super) struct NewKeys {
    plugin: Arc<LoadedPlugin>,
    /// The token plugin of the last generation.
    predecessor: Option<Arc<LoadedPlugin>>,
}

impl KeyPlan {
    /// `plugin` and `predecessor` are the token plugins of the new and of the last generation.
    pub(super) fn of(
        plugin: Option<&Arc<LoadedPlugin>>,
        predecessor: Option<&Arc<LoadedPlugin>>,
    ) -> Self {
        match (plugin, predecessor) {
            (None, _) => Self::InForce,
            (Some(plugin), Some(predecessor)) if goes_on(plugin, predecessor) => Self::InForce,
            (Some(plugin), predecessor) => Self::New(NewKeys {
                plugin: Arc::clone(plugin),
                predecessor: predecessor.cloned(),
            }),
        }
    }

    /// Makes new keys where they are needed.
    ///
    /// # Errors
    /// The token plugin cannot make them.
    pub(super) fn generate(&self) -> Result<(), BuildError> {
        match self {
            Self::InForce => Ok(()),
            Self::New(keys) => keys.generate(),
        }
    }
}

impl NewKeys {
    fn generate(&self) -> Result<(), BuildError> {
        match (generate_keys(&self.plugin), self.twin()) {
            // A build that refused the old state may need what the old build holds, such as the lock
            // of its key file.
            (Err(_), Some(twin)) => {
                twin.lifecycle.shutdown();
                generate_keys(&self.plugin).map_err(BuildError::NoKeys)?;
            }
            (generated, _) => generated?,
        }
        self.warn();
        Ok(())
    }

    /// Logs what happens to the keys that clients have: nothing, where a new build of a plugin that makes
    /// no keys replaces the old one.
    fn warn(&self) {
        let Some(old) = &self.predecessor else {
            return;
        };
        match (makes_keys(old), makes_keys(&self.plugin)) {
            (true, true) => tracing::warn!(
                "the new token plugin did not take over the keys: it starts with new ones, and the old keys \
                 are invalid"
            ),
            (true, false) => tracing::warn!(
                "the new token plugin makes no keys: it decides whether the old keys are still valid"
            ),
            (false, true) => tracing::warn!(
                "the new token plugin makes keys, unlike the old one: it starts with new ones"
            ),
            (false, false) if self.twin().is_none() => {
                tracing::warn!("the token plugin was replaced by another one");
            }
            (false, false) => {}
        }
    }

    /// The last build of the same plugin.
    fn twin(&self) -> Option<&Arc<LoadedPlugin>> {
        let name = &self.plugin.identity.name;
        let predecessor = self.predecessor.as_ref();
        predecessor.filter(|old| old.identity.name == *name)
    }
}

fn goes_on(plugin: &Arc<LoadedPlugin>, predecessor: &Arc<LoadedPlugin>) -> bool {
    let took_over =
        plugin.identity.name == predecessor.identity.name && plugin.lifecycle.took_over();
    Arc::ptr_eq(plugin, predecessor) || took_over
}

fn makes_keys(plugin: &LoadedPlugin) -> bool {
    plugin
        .token
        .as_ref()
        .is_some_and(|token| token.makes_keys())
}

fn generate_keys(plugin: &LoadedPlugin) -> Result<(), TokenPluginFailure> {
    let Some(token) = &plugin.token else {
        return Ok(());
    };
    token
        .generate_keys()
        .map_err(TokenPluginFailure::of(plugin))
}
