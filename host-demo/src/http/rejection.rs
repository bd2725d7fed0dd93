//! A request that gets an error as its response, in JSON or as a gRPC status.

use std::{borrow::Cow, fmt::Display};

use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use serde::Serialize;

use super::{body::ResponseBody, grpc_status::GrpcStatus, response};
use crate::{
    blocking::BlockingError,
    telemetry::{error_chain::error_chain, metrics::Limit},
};

/// When a client whose request got no thread may try again.
const NO_THREAD_RETRY_SEC: u16 = 1;

/// An error response, before it is known which protocol the client expects.
///
/// Each part of the server converts its own errors into one; only
/// [`into_response`](Self::into_response) makes a response out of it.
#[derive(Debug)]
pub(crate) struct Rejection {
    status: StatusCode,
    /// TorchServe's name for the error.
    kind: &'static str,
    message: Cow<'static, str>,
    /// Headers that belong to the status, such as `Allow`.
    headers: Vec<(HeaderName, HeaderValue)>,
    grpc_status: GrpcStatus,
    /// Whether the message is in the member `error` as well.
    has_error_member: bool,
    limit: Option<Limit>,
}

/// The form in which a client expects errors.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum ErrorForm {
    /// TorchServe's JSON.
    #[default]
    TorchServe,
    /// TorchServe's JSON with the object `error` of OpenAI's API, which its clients read.
    OpenAi,
    /// A status in gRPC's headers.
    Grpc,
}

/// The body of every error, in TorchServe's order.
#[derive(Serialize)]
struct ErrorBody<'a> {
    code: u16,
    r#type: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember<'a>>,
}

/// What some clients read instead of the other members.
#[derive(Serialize)]
#[serde(untagged)]
enum ErrorMember<'a> {
    /// Of the Open Inference Protocol.
    Text(&'a str),
    OpenAi(OpenAiError<'a>),
}

/// The error object of OpenAI's API.
#[derive(Serialize)]
struct OpenAiError<'a> {
    message: &'a str,
    r#type: &'static str,
    param: Option<&'static str>,
    code: &'a str,
}

impl Rejection {
    /// An error with TorchServe's name for it. gRPC clients get the gRPC status that corresponds to
    /// the HTTP status.
    pub(crate) fn new(
        status: StatusCode,
        kind: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            headers: Vec::new(),
            grpc_status: GrpcStatus::from_http(status),
            has_error_member: false,
            limit: None,
        }
    }

    /// Says that a limit was reached, so that it is counted.
    #[must_use]
    pub(crate) const fn for_limit(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The limit that was reached, if that is why.
    pub(crate) const fn limit(&self) -> Option<Limit> {
        self.limit
    }

    /// Adds a header. gRPC clients do not get it.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says when to try again.
    #[must_use]
    pub(crate) fn with_retry_after(self, seconds: u16) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Replaces the gRPC status that corresponds to the HTTP status.
    #[must_use]
    pub(crate) fn with_grpc_status(mut self, grpc_status: GrpcStatus) -> Self {
        self.grpc_status = grpc_status;
        self
    }

    /// Whether the message is also in the member `error`, where clients of the Open Inference
    /// Protocol look for it.
    #[must_use]
    pub(crate) const fn with_error_member(mut self, has_error_member: bool) -> Self {
        self.has_error_member = has_error_member;
        self
    }

    /// 404 with TorchServe's message.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            "Requested resource is not found, please refer to API document.",
        )
    }

    /// 405 with TorchServe's message. `allow` lists the methods that the path has.
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let rejection = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowedException",
            "Requested method is not allowed, please refer to API document.",
        );
        match HeaderValue::from_str(allow) {
            Ok(allow) => rejection.with_header(ALLOW, allow),
            Err(_) => rejection,
        }
    }

    /// 400: the request cannot be understood.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequestException", message)
    }

    /// 409: the state of the server does not allow the change.
    pub(crate) fn conflict(kind: &'static str, message: String) -> Self {
        Self::new(StatusCode::CONFLICT, kind, message)
    }

    /// 503: the server cannot do it now.
    pub(crate) fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
            message,
        )
    }

    /// 429: the client has as much as it may have.
    pub(crate) fn too_many_requests(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            message,
        )
    }

    /// 500: the reason goes to the log and not to the client.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!("internal error: {}", error_chain(error));
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerException",
            "Internal error; see the log of the server.",
        )
    }

    /// The response, in the form that the client expects.
    pub(crate) fn into_response(self, form: ErrorForm) -> Response<ResponseBody> {
        let openai = || OpenAiError {
            message: &self.message,
            r#type: openai_type(self.status),
            param: None,
            code: self.kind,
        };
        let error = match form {
            ErrorForm::Grpc => return self.grpc_status.trailers_only(&self.message),
            ErrorForm::OpenAi => Some(ErrorMember::OpenAi(openai())),
            ErrorForm::TorchServe => self
                .has_error_member
                .then_some(ErrorMember::Text(&self.message)),
        };
        let body = ErrorBody {
            code: self.status.as_u16(),
            r#type: self.kind,
            message: &self.message,
            error,
        };
        let mut response = response::json_with_status(self.status, &body);
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<BlockingError> for Rejection {
    fn from(error: BlockingError) -> Self {
        match error {
            BlockingError::NoThread => {
                Self::unavailable("The server is busy, and the system starts no more threads.")
                    .with_retry_after(NO_THREAD_RETRY_SEC)
                    .for_limit(Limit::Threads)
            }
            BlockingError::Panicked => Self::internal(&error),
        }
    }
}

/// The type that OpenAI's API gives to errors of a status.
fn openai_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    }
}

/// The text of an error as a sentence: a capital letter first and a full stop last.
pub(crate) fn sentence(error: &dyn Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!(
            "{}{}.",
            first.to_uppercase(),
            letters.as_str().trim_end_matches('.')
        )
    })
}

#[cfg(test)]
mod tests;
