use abi_stable::{
    sabi_trait,
    std_types::{RBox, ROption, RResult, RString},
};

use super::{RawError, RawRequestRef};
use crate::{TokenType, Verdict};

/// [`TokenAuthorizer`](crate::TokenAuthorizer) across the boundary.
#[sabi_trait]
pub trait RawTokenAuthorizer: Send + Sync {
    /// See [`TokenAuthorizer::generate_key_file`](crate::TokenAuthorizer::generate_key_file).
    fn generate_key_file(&self, token_type: TokenType) -> RResult<(), RawError>;
    /// See [`TokenAuthorizer::check_token_authorization`](crate::TokenAuthorizer::check_token_authorization).
    fn check_token_authorization(
        &self,
        request: &RawRequestRef<'_>,
        token_type: TokenType,
    ) -> Verdict;
    /// See [`TokenAuthorizer::set_time`](crate::TokenAuthorizer::set_time).
    #[sabi(last_prefix_field)]
    fn set_time(&self, minutes: f64) -> RResult<(), RawError>;
    /// See [`TokenAuthorizer::makes_keys`](crate::TokenAuthorizer::makes_keys). Since 1.1.
    fn makes_keys(&self) -> bool {
        true
    }
    /// See [`TokenAuthorizer::key_name`](crate::TokenAuthorizer::key_name). Since 1.1.
    fn key_name(&self, key: u64) -> ROption<RString> {
        let _ = key;
        ROption::RNone
    }
}

/// An owned [`RawTokenAuthorizer`].
pub type RawTokenAuthorizerBox = RawTokenAuthorizer_TO<'static, RBox<()>>;
