//! Limits of what clients can take of the server.

mod bodies;
