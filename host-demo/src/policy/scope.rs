//! The parts of the API, each with its own key.

use plugin_api::TokenType;

/// A part of the API with its own key.
pub(crate) trait Scope: sealed::Sealed {
    /// The key that it requires.
    const TOKEN_TYPE: TokenType;
}

/// Predictions, and everything else on the inference listener.
#[derive(Debug)]
pub(crate) enum Inference {}

/// Models, and everything else on the management listener.
#[derive(Debug)]
pub(crate) enum Management {}

/// The endpoint `token` on the management listener.
#[derive(Debug)]
pub(crate) enum Token {}

impl Scope for Inference {
    const TOKEN_TYPE: TokenType = TokenType::INFERENCE;
}

impl Scope for Management {
    const TOKEN_TYPE: TokenType = TokenType::MANAGEMENT;
}

impl Scope for Token {
    const TOKEN_TYPE: TokenType = TokenType::TOKEN;
}

mod sealed {
    pub(crate) trait Sealed {}
    impl Sealed for super::Inference {}
    impl Sealed for super::Management {}
    impl Sealed for super::Token {}
}
