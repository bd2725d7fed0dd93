//! Calls an author's types through the types that cross the boundary, and catches panics. Decides nothing itself.

use std::num::NonZeroU64;

use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RString};

use crate::{
    Context, Endpoint, EndpointType, Method, PluginError, Request, TokenAuthorizer, TokenType,
    Verdict,
    abi::{RawContextRef, RawEndpoint, RawError, RawRequestRef, RawResponse, RawTokenAuthorizer},
    guard::{Guarded, catch, catch_panic},
};

pub(crate) struct EndpointShim<T>(Guarded<T>);

impl<T: Endpoint> EndpointShim<T> {
    pub(crate) const fn new(endpoint: T) -> Self {
        Self(Guarded::new(endpoint))
    }
}

impl<T: Endpoint> RawEndpoint for EndpointShim<T> {
    fn url_pattern(&self) -> RStr<'static> {
        RStr::from_str(T::URL_PATTERN)
    }

    fn endpoint_type(&self) -> EndpointType {
        T::ENDPOINT_TYPE
    }

    fn description(&self) -> RStr<'static> {
        RStr::from_str(T::DESCRIPTION)
    }

    fn methods(&self) -> RSlice<'static, Method> {
        RSlice::from_slice(T::METHODS)
    }

    fn call(
        &self,
        method: Method,
        request: &RawRequestRef<'_>,
        context: &RawContextRef<'_>,
    ) -> RResult<RawResponse, RawError> {
        let (request, context) = (Request::new(request), Context::new(context));
        let responded = catch(|| match method {
            Method::GET => self.0.do_get(&request, &context),
            Method::POST => self.0.do_post(&request, &context),
            Method::PUT => self.0.do_put(&request, &context),
            Method::DELETE => self.0.do_delete(&request, &context),
            _ => Err(PluginError::not_implemented()),
        });
        responded
            .map(RawResponse::from)
            .map_err(RawError::from)
            .into()
    }
}

pub(crate) struct TokenAuthorizerShim<T>(Guarded<T>);

impl<T: TokenAuthorizer> TokenAuthorizerShim<T> {
    pub(crate) const fn new(authorizer: T) -> Self {
        Self(Guarded::new(authorizer))
    }
}

impl<T: TokenAuthorizer> RawTokenAuthorizer for TokenAuthorizerShim<T> {
    fn generate_key_file(&self, token_type: TokenType) -> RResult<(), RawError> {
        catch(|| self.0.generate_key_file(token_type))
            .map_err(RawError::from)
            .into()
    }

    fn check_token_authorization(
        &self,
        request: &RawRequestRef<'_>,
        token_type: TokenType,
    ) -> Verdict {
        catch_panic(|| {
            self.0
                .check_token_authorization(&Request::new(request), token_type)
        })
        .unwrap_or(Verdict::DENY)
    }

    fn set_time(&self, minutes: f64) -> RResult<(), RawError> {
        catch(|| self.0.set_time(minutes))
            .map_err(RawError::from)
            .into()
    }

    fn makes_keys(&self) -> bool {
        catch_panic(|| self.0.makes_keys()).unwrap_or(true)
    }

    fn key_name(&self, key: u64) -> ROption<RString> {
        let named = NonZeroU64::new(key)
            .and_then(|key| catch_panic(|| self.0.key_name(key)).ok().flatten());
        named.map(RString::from).into()
    }
}
