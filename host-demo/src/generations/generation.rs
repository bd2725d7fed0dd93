//! One generation of plugins.

use std::sync::Arc;

use crate::{
    config::{ChangedSetting, Config},
    plugins::Plugins,
    policy::Authorizer,
};

/// The plugins that serve together, and the decision that they bring. It never changes.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) plugins: Plugins,
    pub(crate) authorizer: Authorizer,
    /// The configuration in force.
    pub(crate) config: Arc<Config>,
    /// The settings that are other ones than in the generation before.
    pub(crate) changed_settings: Vec<ChangedSetting>,
}
