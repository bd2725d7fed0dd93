use std::num::NonZeroU64;

use crate::{PluginError, Request, TokenType, Verdict};

/// Decides who may reach the server: the three functions that TorchServe's documentation fixes.
///
/// A token plugin registers one of these beside an endpoint `token` of type MANAGEMENT. At start the host calls
/// [`set_time`](Self::set_time), then [`generate_key_file`](Self::generate_key_file) with [`TokenType::TOKEN`],
/// and accepts connections only after both succeeded. From then on it asks
/// [`check_token_authorization`](Self::check_token_authorization) for every request.
///
/// An authorizer that makes no keys (signed tokens, client addresses, keys from elsewhere) says so with
/// [`makes_keys`](Self::makes_keys) and implements nothing else but the check.
///
/// # Source
/// TorchServe 0.11 `org.pytorch.serve.plugins.endpoint.Token`, called by reflection.
///
/// # Since
/// 1.0
#[diagnostic::on_unimplemented(
    message = "`{Self}` checks no keys",
    label = "expected a type that implements `plugin_api::TokenAuthorizer`"
)]
pub trait TokenAuthorizer: Send + Sync + 'static {
    /// Makes new keys valid and the old ones invalid, and writes them where their owner finds them.
    ///
    /// When it returns, the old key of this type is refused and the new one is published.
    ///
    /// # Arguments
    /// `token_type`: the key to replace; [`TokenType::TOKEN`] replaces all of them. A type that the plugin does not
    /// know is an error.
    ///
    /// # Threading
    /// At start, with [`TokenType::TOKEN`]. A host may call it again later, while checks run. May block.
    ///
    /// # Errors
    /// At start an error ends the server, with the message. The old keys stay valid after an error. Where it is not
    /// implemented, an error if the plugin [makes keys](Self::makes_keys).
    ///
    /// # Panics
    /// Counts as an error.
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        let _ = token_type;
        left_out("generate_key_file", self.makes_keys())
    }

    /// Decides whether a request may go on.
    ///
    /// # Arguments
    /// `request`: without its body, which has not been read. `token_type`: the key that the request needs; deny a
    /// type that you do not know.
    ///
    /// # Returns
    /// Only [`Verdict::ALLOW`] lets the request go on.
    ///
    /// # Threading
    /// Concurrently, on the threads that serve all connections, for every request, and for some more than once:
    /// a host may ask again about a request whose response is still being sent. It must not block: no I/O, and no lock
    /// that can be held across I/O.
    ///
    /// # Panics
    /// A panic denies the request.
    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict;

    /// Sets how long the management key and the inference key live.
    ///
    /// # Arguments
    /// `minutes`: fractions count, 0.25 is 15 seconds. The host passes `token_expiration_min`, 60 by default, and
    /// only finite values above 0.
    ///
    /// # Threading
    /// At start, before the first [`generate_key_file`](Self::generate_key_file). A host may call it again later, while
    /// checks run; the new time then counts for keys that are made after it.
    ///
    /// # Errors
    /// A value that the plugin does not support ends the server, with the message. Where it is not implemented, an error
    /// if the plugin [makes keys](Self::makes_keys).
    ///
    /// # Panics
    /// Counts as an error.
    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        let _ = minutes;
        left_out("set_time", self.makes_keys())
    }

    /// Whether the plugin makes keys. Where it does not, it needs no endpoint `token`, and the host never calls
    /// [`generate_key_file`](Self::generate_key_file).
    ///
    /// # Threading
    /// Asked once, after the plugin has opened.
    ///
    /// # Panics
    /// Counts as `true`.
    ///
    /// # Since
    /// 1.1; a host of 1.0 takes it for `true`.
    fn makes_keys(&self) -> bool {
        true
    }

    /// What people call a key that a check [told](Request::identify) to the host: for logs, metrics and the servers
    /// behind it. Visible ASCII, at most 128 bytes; nothing where it has no name.
    ///
    /// An id never changes its name for a name of somebody else: the host may keep the answer for as long as the plugin
    /// serves.
    ///
    /// # Threading
    /// Concurrently, and not for every request. It must not block.
    ///
    /// # Panics
    /// Counts as no name.
    ///
    /// # Since
    /// 1.1
    fn key_name(&self, key: NonZeroU64) -> Option<String> {
        let _ = key;
        None
    }
}

/// What a function does that the author did not write.
fn left_out(function: &str, makes_keys: bool) -> Result<(), PluginError> {
    if makes_keys {
        return Err(PluginError::new(format!(
            "{function} is not implemented: expected it, or makes_keys that returns false"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
