//! One generation of plugins.

use crate::{plugins::Plugins, policy::Authorizer};

/// The plugins that serve together, and the decision that they bring. It never changes.
#[derive(Debug)]
pub(crate) struct Generation {
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) plugins: Plugins,
    pub(crate) authorizer: Authorizer,
}
