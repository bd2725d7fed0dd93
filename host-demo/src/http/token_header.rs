//! A header besides `Authorization` in which clients send their key.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, Entry},
};

/// Moves every value of the header `name` to `Authorization`, as `Bearer VALUE`, where the token
/// plugin looks for it. A request with both headers then has two values, which are refused as two
/// `Authorization` headers are.
pub(crate) fn move_to_authorization(headers: &mut HeaderMap, name: &HeaderName) {
    if !headers.contains_key(name) {
        return;
    }
    let values: Vec<HeaderValue> = match headers.entry(name) {
        Entry::Occupied(entry) => entry.remove_entry_mult().1.collect(),
        Entry::Vacant(_) => return,
    };
    for value in values {
        let text = [b"Bearer ", value.as_bytes()].concat();
        // A value that is one stays one with visible characters before it.
        if let Ok(mut value) = HeaderValue::from_bytes(&text) {
            value.set_sensitive(true);
            headers.append(AUTHORIZATION, value);
        }
    }
}

#[cfg(test)]
mod tests;
