use crate::{Context, EndpointType, Method, PluginError, Request, Response};

/// An HTTP endpoint that a plugin adds to the server.
///
/// The host calls it for every request whose first path segment is [`URL_PATTERN`](Self::URL_PATTERN), on the
/// listener that [`ENDPOINT_TYPE`](Self::ENDPOINT_TYPE) names, after the key was checked.
///
/// # Threading
/// Called concurrently, from threads that may block. A call that never returns occupies one of a limited number
/// of threads forever.
///
/// # Panics
/// A panic is caught and logged with the plugin's name; the response is 500, and the server continues.
///
/// # Source
/// TorchServe SDK `org.pytorch.serve.servingsdk.ModelServerEndpoint` and its `@Endpoint` annotation.
///
/// # Since
/// 1.0
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no endpoint",
    label = "expected a type that implements `plugin_api::Endpoint`"
)]
pub trait Endpoint: Send + Sync + 'static {
    /// The first segment of the path, without a slash: `token` is reached as `/token`.
    const URL_PATTERN: &'static str;
    /// The listener it is served on.
    const ENDPOINT_TYPE: EndpointType;
    /// One sentence for `/api-description`.
    const DESCRIPTION: &'static str;
    /// The methods it implements. The host responds to any other with 405 and an `Allow` header of these, even if
    /// the function of the other method is implemented.
    const METHODS: &'static [Method];

    /// Answers GET.
    ///
    /// # Errors
    /// Any error becomes a 500 that carries its message; [`PluginError::not_implemented`] becomes a 405.
    fn do_get(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        let _ = (request, context);
        Err(PluginError::not_implemented())
    }

    /// Answers POST.
    ///
    /// # Errors
    /// As [`do_get`](Self::do_get).
    fn do_post(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        let _ = (request, context);
        Err(PluginError::not_implemented())
    }

    /// Answers PUT.
    ///
    /// # Errors
    /// As [`do_get`](Self::do_get).
    fn do_put(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        let _ = (request, context);
        Err(PluginError::not_implemented())
    }

    /// Answers DELETE.
    ///
    /// # Errors
    /// As [`do_get`](Self::do_get).
    fn do_delete(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        let _ = (request, context);
        Err(PluginError::not_implemented())
    }
}
