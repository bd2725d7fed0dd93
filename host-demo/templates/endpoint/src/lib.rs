//! A plugin with one endpoint: `GET /{{name}}` on the inference listener, behind the inference key.
//!
//! | setting | meaning |
//! | --- | --- |
//! | `greeting` | the text of the response; `hello` by default |

use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response,
};

// `endpoints` lists what `open` registers: the server reads it from the file before any code runs.
plugin_api::export_plugin! { open: open, endpoints: [Greeting] }

/// Called once, before any request. An error aborts startup.
fn open(host: &Host) -> Result<Plugin, PluginError> {
    let greeting = host.setting("greeting");
    let greeting =
        greeting.map_or_else(|| "hello".to_owned(), |setting| setting.value().to_owned());
    Ok(Plugin::new().endpoint(Greeting(greeting)))
}

struct Greeting(String);

impl Endpoint for Greeting {
    const URL_PATTERN: &'static str = "{{name}}";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Greets, and says how many models there are.";
    const METHODS: &'static [Method] = &[Method::GET];

    /// Called from many threads at once.
    fn do_get(&self, _: &Request<'_>, context: &Context<'_>) -> Result<Response, PluginError> {
        let models = context.models().len();
        Ok(Response::text(format!("{}, models: {models}\n", self.0)))
    }
}

#[cfg(test)]
mod tests;
