//! What answers behind a permit.
//!
//! A backend is an upstream that the permit of a request opens: it gets the permit, the head of the
//! request and its body as a stream of which nothing has been read, and gives back a response whose
//! body may be a stream, or a rejection. It knows no route, no key and no connection.

pub(crate) mod models;
