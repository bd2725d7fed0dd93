//! A token plugin that makes no keys and uses what contracts 1.1 and 1.2 added: ids and names of keys, the model, limits,
//! audit, readiness, metrics, a verdict for expired keys.
//!
//! Its keys are `management-key`, `inference-key`, `digits-key` for the model `digits` alone, `tired-key`, which has
//! always had its share, and `expired-key`.

use std::{
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use plugin_api::{
    Context, Endpoint, EndpointType, Host, Method, Plugin, PluginError, Request, Response,
    TokenAuthorizer, TokenType, Verdict,
};

plugin_api::export_plugin! { open: open, endpoints: [WhoAmI] }

fn open(host: &Host) -> Result<Plugin, PluginError> {
    host.audit("opened", &[("keys", "four of them"), ("by", "the fixture")]);
    let is_ready = host.setting("contract_ready");
    let is_ready = is_ready.is_none_or(|setting| setting.value() == "true");
    let checks = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&checks);
    Ok(Plugin::new()
        .endpoint(WhoAmI)
        .token_authorizer(FixedKeys { checks })
        .ready_when(move || {
            if is_ready {
                Ok(())
            } else {
                Err(PluginError::new("contract_ready is not true"))
            }
        })
        .metrics(move |metrics| {
            let count = counted.load(Ordering::Relaxed);
            metrics.counter("checks", "Checks of keys.", &[("round", "first")], count);
            metrics.gauge("keys", "Keys that are known.", &[], 4.0);
        }))
}

struct FixedKeys {
    checks: Arc<AtomicU64>,
}

/// The key, its id and its name.
const KEYS: [(&[u8], u64, &str); 5] = [
    (b"management-key", 1, "operator"),
    (b"inference-key", 2, "everybody"),
    (b"digits-key", 3, "digits-only"),
    (b"tired-key", 4, "tired"),
    (b"expired-key", 5, "former"),
];

impl TokenAuthorizer for FixedKeys {
    fn makes_keys(&self) -> bool {
        false
    }

    fn check_token_authorization(&self, request: &Request<'_>, token_type: TokenType) -> Verdict {
        if !request.is_recheck() {
            self.checks.fetch_add(1, Ordering::Relaxed);
        }
        let presented = match request.bearer_token() {
            Ok(presented) => presented,
            Err(error) => return error.into(),
        };
        let Some((_, id, name)) = KEYS.iter().find(|(key, ..)| *key == presented) else {
            return Verdict::DENY_INVALID;
        };
        if let Some(id) = NonZeroU64::new(*id) {
            request.identify(id);
        }
        match (token_type, *name) {
            (_, "tired") => Verdict::deny_limit(30),
            (_, "former") => Verdict::DENY_EXPIRED,
            (TokenType::MANAGEMENT, "operator") | (TokenType::INFERENCE, "everybody") => {
                Verdict::ALLOW
            }
            (TokenType::INFERENCE, "digits-only") if request.model() == "digits" => Verdict::ALLOW,
            _ => Verdict::DENY_SCOPE,
        }
    }

    fn key_name(&self, key: NonZeroU64) -> Option<String> {
        let found = KEYS.iter().find(|(_, id, _)| *id == key.get());
        found.map(|(.., name)| (*name).to_owned())
    }
}

struct WhoAmI;

impl Endpoint for WhoAmI {
    const URL_PATTERN: &'static str = "whoami";
    const ENDPOINT_TYPE: EndpointType = EndpointType::INFERENCE;
    const DESCRIPTION: &'static str = "Tells the id of the caller's key.";
    const METHODS: &'static [Method] = &[Method::GET];

    fn do_get(&self, request: &Request<'_>, _: &Context<'_>) -> Result<Response, PluginError> {
        let header = request.header("X-Mirror").unwrap_or_default();
        Ok(Response::text(format!(
            "key {:?}, {}",
            request.key().map(NonZeroU64::get),
            String::from_utf8_lossy(header)
        )))
    }
}
