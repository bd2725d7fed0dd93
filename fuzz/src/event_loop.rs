//! An event loop on which time does not pass, unless all tasks wait for it.

use std::cell::RefCell;

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};

/// Runs this on the event loop of this thread.
///
/// # Panics
/// There is no event loop.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: RefCell<LocalRuntime> = RefCell::new(
            Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build_local(LocalOptions::default())
                .expect("an event loop"),
        );
    }
    RUNTIME.with_borrow(|runtime| runtime.block_on(work))
}
