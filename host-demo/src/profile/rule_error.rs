use super::methods::Methods;

/// What is wrong with the text of a rule, and what would be right.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// There is no space in it.
    #[error(
        "expected METHOD PATH, for example POST /v1/completions, or GRPC package.Service/Method"
    )]
    Form,
    /// The method has no rules.
    #[error("unknown method {0}: expected {names} or GRPC", names = Methods::names())]
    Method(Box<str>),
    /// HEAD is GET.
    #[error("a rule for GET includes HEAD: write GET instead")]
    Head,
    /// OPTIONS has no class.
    #[error("OPTIONS is answered by the host and never forwarded: it cannot have a rule")]
    Options,
    /// The path does not begin with a slash.
    #[error("the path must begin with /")]
    NotAbsolute,
    /// A segment is neither literal text nor parameters.
    #[error(
        "segment \"{0}\": expected letters, digits and - . _ ~, or {{name}}, or several of these between colons, or {{name...}} at the end"
    )]
    Segment(Box<str>),
    /// Something follows `{x...}`.
    #[error("{{name...}} must be the last segment")]
    AfterRest,
    /// `{model}` twice.
    #[error("the path names {{model}} twice")]
    TwoModels,
    /// `[` without `]`, nested, or too many.
    #[error("expected [ before ] for each optional part, not nested, at most four in a path")]
    Brackets,
    /// Not `package.Service/Method`.
    #[error("expected package.Service/Method, or package.Service/Method|Method")]
    GrpcMethod,
}
