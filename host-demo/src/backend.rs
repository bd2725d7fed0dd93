//! The services behind the permit.
//!
//! A backend gets the permit of a request, its head, and its body as a stream of which nothing has
//! been read. It returns a response, whose body may be a stream, or a rejection. It knows no
//! routes, keys or connections.

pub(crate) mod models;
pub(crate) mod proxy;
