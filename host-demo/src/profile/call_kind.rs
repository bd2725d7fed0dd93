/// Which of the rules apply to a request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "rules exist for exactly these kinds"
)]
pub enum CallKind {
    /// An HTTP request.
    #[default]
    Plain,
    /// A request over HTTP/2 whose content type is `application/grpc` or begins with
    /// `application/grpc+`.
    Grpc,
    /// A request that asks for an upgrade to WebSocket.
    WebSocket,
}
