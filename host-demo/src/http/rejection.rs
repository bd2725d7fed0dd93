//! The one place where an error becomes an answer.

use std::borrow::Cow;

use http::{
    HeaderValue, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use serde::Serialize;

use super::{body::ResponseBody, response};
use crate::{
    config::TokenAuthStatus, policy::authorizer::Denied, telemetry::error_chain::error_chain,
};

mod causes;

/// Why a request gets no answer of the kind it asked for.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// The key will not do.
    Denied(Denied),
    /// Everything else, in TorchServe's form.
    Failed(Failure),
}

/// An error answer: status, TorchServe's name for it, and words for the caller.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    kind: &'static str,
    message: Cow<'static, str>,
    allow: Option<HeaderValue>,
}

/// The body of every error, in TorchServe's order.
#[derive(Serialize)]
struct ErrorBody<'a> {
    code: u16,
    r#type: &'a str,
    message: &'a str,
}

const DENIED_TYPE: &str = "InvalidKeyException";
const DENIED_MESSAGE: &str =
    "Token Authorization failed. Token either incorrect, expired, or not provided correctly";

impl Rejection {
    /// Nothing is there, in TorchServe's words.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            "Requested resource is not found, please refer to API document.",
        )
    }

    /// The path is there, the method is not, in TorchServe's words. `allow` lists the methods.
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        Self::Failed(Failure {
            status: StatusCode::METHOD_NOT_ALLOWED,
            kind: "MethodNotAllowedException",
            message: "Requested method is not allowed, please refer to API document.".into(),
            allow: HeaderValue::from_str(allow).ok(),
        })
    }

    /// The request cannot be understood.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequestException", message)
    }

    /// The body is over `max_request_size`.
    pub(crate) fn too_large(limit_bytes: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            format!("The request body is larger than max_request_size, {limit_bytes} bytes."),
        )
    }

    /// The body stopped coming.
    pub(crate) fn timed_out() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeoutException",
            "The rest of the request body did not come in time.",
        )
    }

    /// What was asked for cannot be done as things are.
    pub(crate) fn conflict(kind: &'static str, message: String) -> Self {
        Self::new(StatusCode::CONFLICT, kind, message)
    }

    fn new(status: StatusCode, kind: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Failed(Failure {
            status,
            kind,
            message: message.into(),
            allow: None,
        })
    }

    /// Errors of the server's own keep their reasons in the log.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!("a request was lost: {}", error_chain(error));
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerException",
            "The server could not answer; its log says why.",
        )
    }

    /// The answer. A gRPC call gets its status in gRPC's own headers.
    pub(crate) fn into_response(
        self,
        token_status: TokenAuthStatus,
        is_grpc: bool,
    ) -> Response<ResponseBody> {
        match self {
            Self::Denied(denied) if is_grpc => {
                let code = match (token_status, denied) {
                    (TokenAuthStatus::TorchServe, _)
                    | (TokenAuthStatus::Standard, Denied::Scope) => GRPC_PERMISSION_DENIED,
                    (TokenAuthStatus::Standard, _) => GRPC_UNAUTHENTICATED,
                };
                grpc(code, DENIED_MESSAGE)
            }
            Self::Denied(denied) => refuse(token_status, denied),
            Self::Failed(failure) if is_grpc => grpc(grpc_status(failure.status), &failure.message),
            Self::Failed(failure) => failure.into_response(),
        }
    }
}

impl Failure {
    fn into_response(self) -> Response<ResponseBody> {
        let body = ErrorBody {
            code: self.status.as_u16(),
            r#type: self.kind,
            message: &self.message,
        };
        let mut response = response::json_with_status(self.status, &body);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    }
}

/// One body for every reason: what was wrong with a key is nobody's business.
fn refuse(token_status: TokenAuthStatus, denied: Denied) -> Response<ResponseBody> {
    let (status, challenge) = match (token_status, denied) {
        (TokenAuthStatus::TorchServe, _) => (StatusCode::BAD_REQUEST, "Bearer"),
        (TokenAuthStatus::Standard, Denied::Missing) => (StatusCode::UNAUTHORIZED, "Bearer"),
        (TokenAuthStatus::Standard, Denied::Scope) => {
            (StatusCode::FORBIDDEN, "Bearer error=\"insufficient_scope\"")
        }
        (TokenAuthStatus::Standard, Denied::Invalid | Denied::Unspecified) => {
            (StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\"")
        }
    };
    let body = ErrorBody {
        code: status.as_u16(),
        r#type: DENIED_TYPE,
        message: DENIED_MESSAGE,
    };
    let mut response = response::json_with_status(status, &body);
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

const GRPC_PERMISSION_DENIED: u16 = 7;
const GRPC_UNAUTHENTICATED: u16 = 16;

/// The table that gRPC gives for servers that answer with a bare HTTP status.
/// Source: the gRPC project's "HTTP to gRPC Status Code Mapping", with 405 and 413 added.
const fn grpc_status(status: StatusCode) -> u16 {
    match status.as_u16() {
        400 => 13,
        404 | 405 => 12,
        413 => 8,
        503 => 14,
        _ => 2,
    }
}

/// Trailers only: the whole answer is in its headers.
fn grpc(code: u16, message: &str) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::default());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", HeaderValue::from(code));
    if let Ok(message) = HeaderValue::from_str(&grpc_message(message)) {
        headers.insert("grpc-message", message);
    }
    response
}

/// gRPC escapes all that is not visible ASCII, and the percent sign.
fn grpc_message(message: &str) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
    const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');
    utf8_percent_encode(message, ESCAPED).to_string()
}

impl From<Denied> for Rejection {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

#[cfg(test)]
mod tests;
