//! The parts of the API that have a key of their own.

use plugin_api::TokenType;

use crate::telemetry::metrics::KeyKind;

/// A part of the API that has a key of its own.
pub(crate) trait Scope: sealed::Sealed {
    /// The key that opens it.
    const TOKEN_TYPE: TokenType;
    /// The same, as it is counted.
    const KEY_KIND: KeyKind;
}

/// Predictions, and all else on the inference listener.
#[derive(Debug)]
pub(crate) enum Inference {}

/// Models, and all else on the management listener.
#[derive(Debug)]
pub(crate) enum Management {}

/// The endpoint `token` on the management listener.
#[derive(Debug)]
pub(crate) enum Token {}

impl Scope for Inference {
    const TOKEN_TYPE: TokenType = TokenType::INFERENCE;
    const KEY_KIND: KeyKind = KeyKind::Inference;
}

impl Scope for Management {
    const TOKEN_TYPE: TokenType = TokenType::MANAGEMENT;
    const KEY_KIND: KeyKind = KeyKind::Management;
}

impl Scope for Token {
    const TOKEN_TYPE: TokenType = TokenType::TOKEN;
    const KEY_KIND: KeyKind = KeyKind::Token;
}

mod sealed {
    pub(crate) trait Sealed {}
    impl Sealed for super::Inference {}
    impl Sealed for super::Management {}
    impl Sealed for super::Token {}
}
