use std::num::NonZeroU64;

use crate::{PluginError, Request, TokenType, Verdict};

/// Decides which requests the server accepts: the three functions of TorchServe's documentation.
///
/// A token plugin registers one of these, and an endpoint `token` of type MANAGEMENT. At startup the host calls
/// [`set_time`](Self::set_time), then [`generate_key_file`](Self::generate_key_file) with [`TokenType::TOKEN`],
/// and accepts connections only after both succeeded. After that it calls
/// [`check_token_authorization`](Self::check_token_authorization) for every request.
///
/// An authorizer that makes no keys (it checks signed tokens, client addresses or keys from elsewhere) returns
/// `false` from [`makes_keys`](Self::makes_keys) and implements only the check.
///
/// ```
/// use plugin_api::{Request, TokenAuthorizer, TokenType, Verdict};
///
/// /// Allows inference from this machine, whatever the `Authorization` header says.
/// struct LocalClients;
///
/// impl TokenAuthorizer for LocalClients {
///     fn makes_keys(&self) -> bool {
///         false
///     }
///
///     fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
///         let peer = request.peer_address();
///         match token_type {
///             TokenType::INFERENCE if peer.is_some_and(|peer| peer.ip().is_loopback()) => Verdict::ALLOW,
///             _ => Verdict::DENY,
///         }
///     }
/// }
/// ```
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
    /// Makes new keys, which replace the old ones, and writes them where their owner can read them.
    ///
    /// When it returns, the new key is published and every check denies the old one.
    ///
    /// # Arguments
    /// `token_type`: the key to replace; [`TokenType::TOKEN`] replaces all of them. Return an error for a type that
    /// the plugin does not know.
    ///
    /// # Threading
    /// Called at startup, with [`TokenType::TOKEN`]. A host may call it again later, while checks run. May block.
    ///
    /// # Errors
    /// An error aborts startup, with the message. After an error the old keys stay valid. The default body returns an
    /// error if the plugin [makes keys](Self::makes_keys).
    ///
    /// # Panics
    /// Counts as an error.
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        let _ = token_type;
        left_out("generate_key_file", self.makes_keys())
    }

    /// Decides whether a request is allowed.
    ///
    /// # Arguments
    /// `request`: the head of the request; the body has not been read. `token_type`: the key that the request needs.
    /// Deny a type that the plugin does not know.
    ///
    /// # Returns
    /// Only [`Verdict::ALLOW`] allows the request.
    ///
    /// # Threading
    /// Called concurrently, for every request, on the threads that serve all connections. It must not block: no I/O,
    /// and no lock that can be held across I/O. A host may check a request again, for example while its response is
    /// still being sent; see [`Request::is_recheck`].
    ///
    /// # Panics
    /// A panic denies the request.
    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict;

    /// Sets the lifetime of the management key and the inference key.
    ///
    /// # Arguments
    /// `minutes`: may have a fraction, 0.25 is 15 seconds. The host passes `token_expiration_min`, by default 60, and
    /// only finite values above 0.
    ///
    /// # Threading
    /// Called at startup, before the first [`generate_key_file`](Self::generate_key_file). A host may call it again
    /// later, while checks run; the new lifetime applies to keys that are made after that.
    ///
    /// # Errors
    /// An error aborts startup, with the message: the plugin does not support the value. The default body returns an
    /// error if the plugin [makes keys](Self::makes_keys).
    ///
    /// # Panics
    /// Counts as an error.
    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        let _ = minutes;
        left_out("set_time", self.makes_keys())
    }

    /// Whether the plugin makes keys. If not, it needs no endpoint `token`, and the host never calls
    /// [`generate_key_file`](Self::generate_key_file).
    ///
    /// # Threading
    /// Called once, after the plugin has opened.
    ///
    /// # Panics
    /// Counts as `true`.
    ///
    /// # Since
    /// 1.1. A host of 1.0 requires an endpoint `token` and calls `generate_key_file` in any case.
    fn makes_keys(&self) -> bool {
        true
    }

    /// The name of a key that a check [identified](Request::identify): for logs, metrics, and servers behind the host.
    /// Visible ASCII, at most 128 bytes. `None` if the key has no name.
    ///
    /// The same id must never get the name of another key: the host may keep the name for as long as the plugin serves.
    ///
    /// # Threading
    /// Called concurrently, but not for every request. It must not block.
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

/// The default body of a function that only authorizers that make keys need.
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
