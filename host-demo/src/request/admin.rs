//! `/plugins` and `/plugins/reload` on the management listener.

use std::sync::Arc;

use http::Response;
use serde_json::{Value, json};

use super::application::Application;
use crate::{
    config::ChangedSetting,
    generations::ReloadReport,
    http::{body::ResponseBody, rejection::Rejection, response},
    plugins::LoadedPlugin,
    policy::{Management, Permit},
    telemetry::error_chain::error_chain,
};

/// The loaded plugins, and since when they serve.
pub(crate) fn list(application: &Application, _: &Permit<Management>) -> Response<ResponseBody> {
    let generation = application.generations.current();
    let plugins: Vec<Value> = generation
        .plugins
        .loaded()
        .iter()
        .map(|plugin| description(plugin))
        .collect();
    response::json(&json!({
        "generation": generation.number,
        "changedSettings": keys(&generation.changed_settings),
        "plugins": plugins,
    }))
}

/// Reloads settings and plugins like SIGHUP, and responds with the outcome.
pub(crate) async fn reload(
    application: &Application,
    _: &Permit<Management>,
) -> Result<Response<ResponseBody>, Rejection> {
    let outcome = Arc::clone(&application.generations).reload_for_caller();
    match outcome.await? {
        Ok(ReloadReport {
            generation,
            changes,
            changed_settings,
            waiting_settings,
        }) => {
            let files: Vec<Value> = changes
                .iter()
                .map(|(file, change)| {
                    json!({"file": file.to_string_lossy(), "outcome": change.to_string()})
                })
                .collect();
            Ok(response::json(&json!({
                "generation": generation,
                "files": files,
                "changedSettings": keys(&changed_settings),
                "settingsWaitingForRestart": keys(&waiting_settings),
            })))
        }
        Err(error) => Err(Rejection::conflict(
            "PluginReloadException",
            error_chain(&error),
        )),
    }
}

fn keys(settings: &[ChangedSetting]) -> Vec<&str> {
    settings.iter().map(|one| one.key.as_str()).collect()
}

fn description(plugin: &LoadedPlugin) -> Value {
    let identity = &plugin.identity;
    let endpoints: Vec<Value> = plugin
        .endpoints
        .iter()
        .map(|endpoint| {
            let methods = endpoint.methods().iter().map(|method| method.as_str());
            json!({
                "urlPattern": endpoint.url_pattern(),
                "type": endpoint.endpoint_type().as_str(),
                "methods": methods.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "file": identity.file.to_string_lossy(),
        "sha256": identity.sha256.to_string(),
        "name": identity.name,
        "version": identity.version,
        "contract": identity.contract,
        "compiler": identity.compiler,
        "endpoints": endpoints,
        "tokenAuthorizer": plugin.token.is_some(),
        "generation": plugin.generation,
        "since": response::timestamp(plugin.since),
    })
}
