//! How large a model may be, and how long it may take to load.

use std::time::Duration;

use thiserror::Error;

use crate::telemetry::metrics::Limit;

/// What a model may take of the server; each is a setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ModelLimits {
    /// Operators of the graph and its subgraphs together (`model_operators_max`).
    pub(crate) operators_max: usize,
    /// Bytes of a tensor that the file declares, of all weights together, and of the memory that
    /// loading takes besides the file (`model_bytes_max`).
    pub(crate) bytes_max: u64,
    /// How long loading may take (`model_load_timeout_sec`).
    pub(crate) load_timeout: Duration,
}

#[cfg(test)]
impl Default for ModelLimits {
    fn default() -> Self {
        Self {
            operators_max: 20_000,
            bytes_max: 1024 * 1024 * 1024,
            load_timeout: Duration::from_secs(60),
        }
    }
}

/// Where a file is tried before it is loaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Probe {
    /// In another process of this program.
    Process,
    /// Nowhere.
    Off,
}

/// Limits of a registry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RegistryLimits {
    /// Requests that may wait for the workers of one model version; TorchServe's
    /// `job_queue_size`, 100.
    pub(crate) job_queue_size: usize,
    /// Model versions.
    pub(crate) models_max: usize,
    /// Workers of all model versions together.
    pub(crate) workers_max: usize,
    /// The threads that compute at once for the workers of one model version.
    pub(crate) processors: usize,
    /// Where a model is tried.
    pub(crate) probe: Probe,
    /// What each model may take.
    pub(crate) of_each_model: ModelLimits,
}

#[cfg(test)]
impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            job_queue_size: 100,
            models_max: 100,
            workers_max: 256,
            processors: 2,
            probe: Probe::Off,
            of_each_model: ModelLimits::default(),
        }
    }
}

/// A model is over a limit.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ModelLimitError {
    /// Too many operators.
    #[error("it has more operators than model_operators_max, {operators_max}")]
    Operators {
        /// The limit.
        operators_max: usize,
    },
    /// A branch or a loop body with a long chain of operators: it is planned by recursion on a
    /// thread whose stack has a fixed size.
    #[error(
        "{chain} operators of a subgraph depend on each other in a row: expected at most \
         {SUBGRAPH_CHAIN_MAX}"
    )]
    SubgraphChain {
        /// How many.
        chain: usize,
    },
    /// A tensor that the file declares.
    #[error("the tensor {name:?} would have {bytes} bytes: model_bytes_max is {bytes_max}")]
    Tensor {
        /// Its name.
        name: String,
        /// Its size; the largest number there is if it is larger than that.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// The weights together.
    #[error("the weights would have {bytes} bytes: model_bytes_max is {bytes_max}")]
    Weights {
        /// Their size.
        bytes: u64,
        /// The limit.
        bytes_max: u64,
    },
    /// Loading it takes too much memory.
    #[error("loading it takes more memory than {bytes_max} bytes (model_bytes_max)")]
    Memory {
        /// The limit; less than the setting where the system leaves less.
        bytes_max: u64,
    },
    /// Loading it takes too long.
    #[error("loading it takes longer than model_load_timeout_sec, {} s", limit.as_secs())]
    Time {
        /// The limit.
        limit: Duration,
    },
}

impl ModelLimitError {
    /// The setting, for the metric.
    pub(super) const fn limit(&self) -> Limit {
        match self {
            Self::Operators { .. } | Self::SubgraphChain { .. } => Limit::ModelOperators,
            Self::Tensor { .. } | Self::Weights { .. } | Self::Memory { .. } => Limit::ModelBytes,
            Self::Time { .. } => Limit::ModelLoadTime,
        }
    }
}

/// Operators in a row in a branch or a loop body. rten plans those on threads of its pool, whose
/// stack is the 2 MiB of the standard library; an operator takes 1.4 KB of it in a debug build.
pub(super) const SUBGRAPH_CHAIN_MAX: usize = 1000;
