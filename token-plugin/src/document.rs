//! The text of the key file.

use token_core::{ExpiringKey, Key, Keys};
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// Renders the key file as TorchServe writes it: this order of members, two spaces of indentation.
///
/// Nothing needs escaping: keys are URL-safe base64, expiration times are digits and punctuation.
pub(crate) fn render(keys: &Keys) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(TEXT_BYTES_MAX));
    text.extend_from_slice(b"{\n");
    render_expiring("management", &keys.management, &mut text);
    render_expiring("inference", &keys.inference, &mut text);
    text.extend_from_slice(b"  \"API\": {\n    \"key\": \"");
    text.extend_from_slice(keys.api.secret_text());
    text.extend_from_slice(b"\"\n  }\n}\n");
    text
}

/// Renders the response to a rotation, with the new key if it is given.
pub(crate) fn render_response(kind: &str, expiration_time: &str, key: Option<&Key>) -> Vec<u8> {
    let mut text = Vec::with_capacity(TEXT_BYTES_MAX);
    text.extend_from_slice(b"{\n  \"type\": \"");
    text.extend_from_slice(kind.as_bytes());
    if let Some(key) = key {
        text.extend_from_slice(b"\",\n  \"key\": \"");
        text.extend_from_slice(key.secret_text());
    }
    text.extend_from_slice(b"\",\n  \"expiration time\": \"");
    text.extend_from_slice(expiration_time.as_bytes());
    text.extend_from_slice(b"\"\n}\n");
    text
}

fn render_expiring(name: &str, expiring: &ExpiringKey, text: &mut Vec<u8>) {
    text.extend_from_slice(b"  \"");
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b"\": {\n    \"key\": \"");
    text.extend_from_slice(expiring.key.secret_text());
    text.extend_from_slice(b"\",\n    \"expiration time\": \"");
    text.extend_from_slice(expiring.expiry.text().as_bytes());
    text.extend_from_slice(b"\"\n  },\n");
}

/// More than any of the texts: three keys of 86 characters and 220 more. A buffer that grows would
/// leave its old memory, and the keys in it, behind.
const TEXT_BYTES_MAX: usize = 640;
