//! Checks a response as a server does.

use crate::{PluginError, Response, abi::RawResponse};

/// The response, if a server could send it.
///
/// # Errors
/// The server could not send it, and would respond with 500.
pub(super) fn checked(raw: RawResponse) -> Result<Response, PluginError> {
    let RawResponse {
        status,
        headers,
        body,
    } = raw;
    if !(200..=599).contains(&status) {
        return Err(PluginError::new(format!(
            "status {status}: expected 200 to 599"
        )));
    }
    let mut response = Response::new(status).with_body(body.into_vec());
    for header in headers {
        let (name, value) = (header.name.into_string(), header.value.into_string());
        if !is_name(&name) || !value.bytes().all(is_in_a_value) {
            return Err(PluginError::new(format!(
                "header {name:?}: {value:?}: HTTP does not allow it"
            )));
        }
        response = response.with_header(name, value);
    }
    Ok(response)
}

/// A token, RFC 9110 section 5.6.2.
fn is_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

const fn is_in_a_value(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' ' || byte == b'\t'
}
