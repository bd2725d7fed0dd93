use crate::open_integer::open_integer;

open_integer! {
    /// The type of a key.
    ///
    /// Later versions of the contract may name more of them. An authorizer must deny a type that it does not know.
    ///
    /// # Source
    /// TorchServe `org.pytorch.serve.plugins.endpoint.Token`, the `type` argument of its functions and the
    /// spelling of the names.
    ///
    /// # Since
    /// 1.0
    TokenType {
        /// `token`: the API key, which the endpoint `token` needs. For
        /// [`generate_key_file`](crate::TokenAuthorizer::generate_key_file) it means all keys.
        TOKEN = 1, "token";
        /// `management`: the management key.
        MANAGEMENT = 2, "management";
        /// `inference`: the inference key.
        INFERENCE = 3, "inference";
    }
}
