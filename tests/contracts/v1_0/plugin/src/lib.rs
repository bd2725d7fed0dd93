//! A token plugin that uses what contract 1.0 offers: settings, log, request, context, both kinds of endpoints' errors,
//! the three functions, shutdown.
//!
//! Its keys are `management-key`, `inference-key` and `api-key`.

use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response,
    TokenAuthorizer, TokenType, Verdict,
};

plugin_api::export_plugin! { open: open, endpoints: [Token, Mirror] }

fn open(host: &Host) -> Result<Plugin, PluginError> {
    let greeting = host.setting("contract_greeting");
    let greeting = greeting.map_or_else(|| "none".to_owned(), |setting| setting.value().to_owned());
    let log = host.log();
    log.info(&format!("opened, greeting {greeting}"));
    Ok(Plugin::new()
        .endpoint(Token)
        .endpoint(Mirror { greeting })
        .token_authorizer(FixedKeys)
        .on_shutdown(move || log.info("told of the shutdown")))
}

struct FixedKeys;

impl TokenAuthorizer for FixedKeys {
    fn generate_key_file(&self, token_type: TokenType) -> Result<(), PluginError> {
        match token_type {
            TokenType::TOKEN => Ok(()),
            _ => Err(PluginError::new("the keys are fixed")),
        }
    }

    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        let key: &[u8] = match token_type {
            TokenType::TOKEN => b"api-key",
            TokenType::MANAGEMENT => b"management-key",
            TokenType::INFERENCE => b"inference-key",
            _ => return Verdict::DENY,
        };
        match request.bearer_token() {
            Ok(presented) if presented == key => Verdict::ALLOW,
            Ok(_) => Verdict::DENY_INVALID,
            Err(error) => error.into(),
        }
    }

    fn set_time(&self, minutes: f64) -> Result<(), PluginError> {
        if minutes > 0.0 {
            Ok(())
        } else {
            Err(PluginError::new("no time"))
        }
    }
}

struct Token;

impl Endpoint for Token {
    const URL_PATTERN: &'static str = "token";
    const ENDPOINT_TYPE: EndpointType = EndpointType::MANAGEMENT;
    const DESCRIPTION: &'static str = "Fails.";
    const METHODS: &'static [Method] = &[Method::GET, Method::PUT];

    fn do_get(&self, _: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        Err(PluginError::new("the keys are fixed"))
    }
}

struct Mirror {
    greeting: String,
}

impl Endpoint for Mirror {
    const URL_PATTERN: &'static str = "mirror";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Tells what it sees.";
    const METHODS: &'static [Method] = &[Method::POST];

    fn do_post(
        &self,
        request: &Request<'_>,
        context: &Context<'_>,
    ) -> Result<Response, PluginError> {
        let peer = request.peer_address().map(|peer| peer.ip().to_string());
        let peer = peer.unwrap_or_default();
        let header = request.header("x-mirror").unwrap_or_default();
        let models: Vec<_> = context
            .models()
            .iter()
            .map(|model| format!("{} {}", model.name(), model.is_running()))
            .collect();
        Ok(Response::text(format!(
            "{} {} {} {} {} {} [{}] {}",
            request.method(),
            request.path(),
            request.query(),
            String::from_utf8_lossy(header),
            String::from_utf8_lossy(request.body()),
            peer,
            models.join(", "),
            self.greeting,
        ))
        .with_header("x-contract", "1.0"))
    }
}
