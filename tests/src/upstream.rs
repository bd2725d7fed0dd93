//! Servers behind the host.
//!
//! | to... | use |
//! | --- | --- |
//! | see every byte that the host sends, and answer byte by byte | [`RawUpstream`] |
//! | answer as a model server does, over HTTP/1.1 and HTTP/2 | [`HttpUpstream`] |
//! | give one answer piece by piece | [`Exchange`] |
//! | have no server at an address | [`refusing_address`], [`SilentListener`] |

pub use self::{
    absent::{SilentListener, refusing_address},
    exchange::Exchange,
    http::HttpUpstream,
    raw::{RawConnection, RawUpstream},
    record::SeenRequest,
};

mod absent;
mod behaviour;
mod exchange;
mod generated_body;
mod http;
mod raw;
mod record;

#[cfg(test)]
mod tests;
