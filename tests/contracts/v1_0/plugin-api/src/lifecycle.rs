//! What a plugin does as a whole, behind the boundary's type.

use std::sync::{Mutex, PoisonError};

use abi_stable::std_types::ROption;

use crate::{
    State,
    abi::{RawLifecycle, RawState},
    guard::{Guarded, catch_panic},
};

/// What the plugin registered.
#[derive(Default)]
pub(crate) struct LifecycleWork {
    pub(crate) took_over: bool,
    pub(crate) hand_over: Option<Box<dyn Fn() -> Option<State> + Send + Sync>>,
    pub(crate) retire: Option<Box<dyn FnOnce() + Send>>,
    pub(crate) shutdown: Option<Box<dyn FnOnce() + Send>>,
}

/// Every call is guarded; the work of an end is done once.
pub(crate) struct LifecycleShim(Guarded<Mutex<LifecycleWork>>);

impl LifecycleShim {
    pub(crate) const fn new(work: LifecycleWork) -> Self {
        Self(Guarded::new(Mutex::new(work)))
    }

    fn with<T>(&self, look: impl FnOnce(&mut LifecycleWork) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RawLifecycle for LifecycleShim {
    fn took_over(&self) -> bool {
        self.with(|work| work.took_over)
    }

    fn hand_over(&self) -> ROption<RawState> {
        let state =
            catch_panic(|| self.with(|work| work.hand_over.as_ref().and_then(|work| work())));
        state.ok().flatten().map(State::into_raw).into()
    }

    fn retire(&self) {
        if let Some(work) = self.with(|work| work.retire.take()) {
            let _ = catch_panic(work);
        }
    }

    fn shutdown(&self) {
        if let Some(work) = self.with(|work| work.shutdown.take()) {
            let _ = catch_panic(work);
        }
    }
}
