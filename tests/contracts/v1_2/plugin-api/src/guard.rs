//! No panic crosses the boundary: all code of a plugin is called through these functions.
//!
//! A panic that reached an ABI function would end the whole process, so it is caught inside the plugin, by the
//! plugin's own copy of the standard library.

use std::{
    any::Any,
    mem::ManuallyDrop,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::PluginError;

/// Runs `work` and turns a panic into an error.
///
/// Asserting unwind safety is sound: what the panic left half done stays behind the plugin's own locks and atomics,
/// and the value of `work` is not looked at again.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, PluginError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let message = describe(payload.as_ref());
        drop_quietly(payload);
        PluginError::panicked(message)
    })
}

/// As [`catch_panic`], for work that can fail by itself.
pub(crate) fn catch<T>(work: impl FnOnce() -> Result<T, PluginError>) -> Result<T, PluginError> {
    catch_panic(work).and_then(|result| result)
}

/// A value of the plugin whose destructor may panic without harm.
pub(crate) struct Guarded<T>(ManuallyDrop<T>);

impl<T> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Deref for Guarded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        let _ = catch_panic(|| {
            #[expect(
                unsafe_code,
                reason = "a destructor can only be run by hand through ManuallyDrop"
            )]
            // SAFETY: `drop` runs once, and nothing reads the value after it.
            unsafe {
                ManuallyDrop::drop(&mut self.0);
            }
        });
    }
}

fn describe(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&'static str>()
        .map(|text| (*text).into())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    text.map_or_else(
        || "the plugin panicked".into(),
        |text| format!("the plugin panicked: {text}"),
    )
}

/// A payload is the plugin's own value, and its destructor can panic as well: such a second payload is leaked.
fn drop_quietly(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        let _ = ManuallyDrop::new(second);
    }
}

#[cfg(test)]
mod tests;
