use crate::{PluginError, Request, TokenType, Verdict};

/// Decides who may reach the server: the three functions that TorchServe's documentation fixes.
///
/// A token plugin registers one of these beside an endpoint `token` of type MANAGEMENT. At start the host calls
/// [`set_time`](Self::set_time), then [`generate_key_file`](Self::generate_key_file) with [`TokenType::TOKEN`],
/// and accepts connections only after both succeeded. From then on it asks
/// [`check_token_authorization`](Self::check_token_authorization) for every request.
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
    /// At start an error ends the server, with the message. The old keys stay valid after an error.
    ///
    /// # Panics
    /// Counts as an error.
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError>;

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
    /// A value that the plugin does not support ends the server, with the message.
    ///
    /// # Panics
    /// Counts as an error.
    fn set_time(&self, minutes: f64) -> Result<(), PluginError>;
}
