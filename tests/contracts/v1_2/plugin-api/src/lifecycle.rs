//! What a plugin does as a whole: readiness, metrics, hand-over, shutdown.

use std::sync::{Mutex, PoisonError};

use abi_stable::std_types::{ROption, RResult};

use crate::{
    Metrics, PluginError, State,
    abi::{RawError, RawLifecycle, RawMetricsRef, RawState},
    guard::{Guarded, catch, catch_panic},
};

/// What the plugin registered. Panics are caught; the work of retirement and shutdown is done once.
///
/// Each piece of work is dropped on its own: a second destructor that panics while the first panic unwinds would
/// end the process.
#[derive(Default)]
pub(crate) struct LifecycleShim {
    pub(crate) took_over: bool,
    pub(crate) hand_over: Option<HandOver>,
    pub(crate) retire: Option<Once>,
    pub(crate) shutdown: Option<Once>,
    pub(crate) ready: Option<Ready>,
    pub(crate) metrics: Option<Sampling>,
}

/// Says whether the plugin can do its work at this moment.
pub(crate) struct Ready(Guarded<Box<dyn Fn() -> Result<(), PluginError> + Send + Sync>>);

/// Reports the plugin's metrics to the host.
pub(crate) struct Sampling(Guarded<WorkOfSampling>);

type WorkOfSampling = Box<dyn Fn(&Metrics<'_>) + Send + Sync>;

/// Work that is done as often as it is asked for.
pub(crate) struct HandOver(Guarded<Box<dyn Fn() -> Option<State> + Send + Sync>>);

/// Work that is done at most once.
pub(crate) struct Once(Guarded<Mutex<Option<WorkOfOnce>>>);

type WorkOfOnce = Box<dyn FnOnce() + Send>;

impl Ready {
    pub(crate) fn new(work: impl Fn() -> Result<(), PluginError> + Send + Sync + 'static) -> Self {
        Self(Guarded::new(Box::new(work)))
    }
}

impl Sampling {
    pub(crate) fn new(work: impl Fn(&Metrics<'_>) + Send + Sync + 'static) -> Self {
        Self(Guarded::new(Box::new(work)))
    }
}

impl HandOver {
    pub(crate) fn new(work: impl Fn() -> Option<State> + Send + Sync + 'static) -> Self {
        Self(Guarded::new(Box::new(work)))
    }
}

impl Once {
    pub(crate) fn new(work: impl FnOnce() + Send + 'static) -> Self {
        Self(Guarded::new(Mutex::new(Some(Box::new(work)))))
    }

    fn run(&self) {
        let work = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(work) = work {
            let _ = catch_panic(work);
        }
    }
}

impl RawLifecycle for LifecycleShim {
    fn took_over(&self) -> bool {
        self.took_over
    }

    fn hand_over(&self) -> ROption<RawState> {
        let state = self
            .hand_over
            .as_ref()
            .and_then(|work| catch_panic(|| (work.0)()).ok().flatten());
        state.map(State::into_raw).into()
    }

    fn retire(&self) {
        if let Some(work) = &self.retire {
            work.run();
        }
    }

    fn shutdown(&self) {
        if let Some(work) = &self.shutdown {
            work.run();
        }
    }

    fn ready(&self) -> RResult<(), RawError> {
        let ready = self.ready.as_ref();
        let ready = ready.map_or(Ok(()), |work| catch(|| (work.0)()));
        ready.map_err(RawError::from).into()
    }

    fn metrics(&self, into: &RawMetricsRef<'_>) {
        if let Some(work) = &self.metrics {
            let _ = catch_panic(|| (work.0)(&Metrics::new(into)));
        }
    }
}
