//! The responses of an endpoint to each method.

use std::sync::Arc;

use plugin_api::{ErrorCode, Method, PluginError, abi::RawResponse};

use super::requests::Made;
use crate::plugin_tool::check::outcome::Outcome;
use crate::plugins::{PluginEndpoint, ServerContext, to_response};

const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PUT, Method::DELETE];

/// The first endpoint with an incomplete description.
pub(super) fn described(endpoints: &[Arc<PluginEndpoint>]) -> Option<Outcome> {
    endpoints.iter().find_map(|endpoint| {
        let pattern = endpoint.url_pattern();
        let methods = endpoint.methods();
        let is_twice = |method: &&Method| methods.iter().filter(|one| one == method).count() > 1;
        if endpoint.description().trim().is_empty() {
            return Some(Outcome::failed(format!("/{pattern} has no description")));
        }
        if methods.is_empty() {
            return Some(Outcome::failed(format!("/{pattern} lists no method")));
        }
        let twice = methods.iter().find(is_twice)?;
        Some(Outcome::failed(format!("/{pattern} lists {twice} twice")))
    })
}

/// Calls every method that is listed.
pub(super) fn listed(endpoints: &[Arc<PluginEndpoint>], context: &ServerContext) -> Outcome {
    let mut results = Vec::new();
    for endpoint in endpoints {
        for &method in endpoint.methods() {
            let name = format!("{method} /{}", endpoint.url_pattern());
            match call(endpoint, method, context) {
                Ok(raw) => match to_response(raw) {
                    Ok(response) => results.push(format!("{name} {}", response.status().as_u16())),
                    Err(reason) => return Outcome::failed(format!("{name}: {reason}")),
                },
                Err(error) if error.code() == ErrorCode::NOT_IMPLEMENTED => {
                    return Outcome::failed(format!("{name} is listed and not implemented"));
                }
                Err(error) if error.code() == ErrorCode::PANICKED => {
                    return Outcome::failed(format!("{name}: {error}"));
                }
                Err(error) => results.push(format!("{name} 500 ({error})")),
            }
        }
    }
    Outcome::ok(results.join(", "))
}

/// Calls every method that is not listed: the server responds with 405 before calling it, so an
/// implemented function is either dead or missing in the list.
pub(super) fn unlisted(endpoints: &[Arc<PluginEndpoint>], context: &ServerContext) -> Outcome {
    for endpoint in endpoints {
        for method in METHODS {
            if endpoint.methods().contains(&method) {
                continue;
            }
            let is_refused = matches!(
                call(endpoint, method, context),
                Err(error) if error.code() == ErrorCode::NOT_IMPLEMENTED
            );
            if !is_refused {
                let pattern = endpoint.url_pattern();
                return Outcome::failed(format!(
                    "{method} /{pattern} is implemented and not listed in METHODS"
                ));
            }
        }
    }
    Outcome::ok("")
}

fn call(
    endpoint: &PluginEndpoint,
    method: Method,
    context: &ServerContext,
) -> Result<RawResponse, PluginError> {
    let made = Made::new(method.as_str(), &format!("/{}", endpoint.url_pattern()));
    let view = made.view();
    let (request, context, raw) = (view.as_raw(), context.as_raw(), endpoint.raw());
    let result = raw.call(method, &request, &context);
    result.into_result().map_err(PluginError::from)
}
