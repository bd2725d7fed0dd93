//! Responses of upstreams for the fuzz targets.

use http::Response;

use super::response_head;

/// Whether a response is passed on.
#[must_use]
pub fn is_passed_on<B>(response: &Response<B>, upgrade_asked: bool) -> bool {
    response_head::check(response, upgrade_asked).is_ok()
}
