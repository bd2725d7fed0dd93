//! The parts of the host in which the order of its threads' steps decides what happens.
//!
//! - [`Succession`]: which generation serves, and how a reload and the end of the server exclude each other.
//! - [`LeavingList`]: what was replaced and is ended later.
//! - [`ReloadRequests`]: which reloads were asked for and have not begun.
//! - [`OnceFlag`]: of several threads, one does something.
//! - [`BoundedCount`]: a number that never exceeds a maximum.
//!
//! They are a crate of their own because loom, which runs their tests in every order (`cargo xtask loom`),
//! needs everything that a test is built with built for it, and the host depends on much that cannot be.

pub use self::{
    bounded_count::{BoundedCount, Exceeded},
    leaving::{Leaving, LeavingList},
    once_flag::OnceFlag,
    reload_requests::{ReloadRequests, ReloadScope},
    succession::{Closed, Succession, Turn},
};

mod bounded_count;
mod leaving;
mod once_flag;
mod reload_requests;
mod succession;
mod sync;
