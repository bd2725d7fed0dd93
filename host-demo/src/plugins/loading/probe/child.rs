//! The process that loads a plugin before the server does.

use std::{
    io::{self, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use http::{Request, header::AUTHORIZATION};
use plugin_api::TokenType;

use super::{
    message::{self, ProbeOrder, ProbeProgress},
    sandbox,
};
use crate::{
    config::{Origin, Settings},
    plugins::{
        loading::open::Library,
        running::{
            host_api::{HostApi, OfferedState},
            plugin_settings::PluginSettings,
            token::TokenPlugin,
            view::RequestView,
        },
    },
    trial::{limits, socket_of_the_parent},
};

/// How much is told of the differences to the contract.
const COMPARISON_BYTES_MAX: usize = 128 * 1024;

const KINDS: [TokenType; 3] = [
    TokenType::TOKEN,
    TokenType::MANAGEMENT,
    TokenType::INFERENCE,
];

/// Loads a private copy, opens its plugin and drops it again, and reports to the socket on standard
/// input how far it came. `file` is the file in the plugins folder, for messages.
///
/// Only in a sandbox is the plugin opened: what it writes or connects to belongs to a server.
///
/// # Errors
/// The socket is closed.
pub(crate) fn run(copy: &Path, file: &Path) -> io::Result<ExitCode> {
    let mut socket = socket_of_the_parent()?;
    let order: Option<ProbeOrder> = message::receive(BufReader::new(&mut socket))?;
    let Some(order) = order else {
        return Ok(ExitCode::FAILURE);
    };
    if !limits::enter(order.server_id) {
        return Ok(ExitCode::FAILURE);
    }
    sandbox::limit(order.time_limit);
    let may_open = sandbox::enter();
    let library = match Library::of_copy(copy, file) {
        Ok(library) => library,
        Err(error) => {
            let refused = ProbeProgress::Refused {
                reason: error.to_string(),
                comparison: error.comparison().map(shortened),
            };
            message::send(&socket, &refused)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    message::send(&socket, &ProbeProgress::Loaded)?;
    if may_open {
        open(library, order);
    }
    message::send(&socket, &ProbeProgress::Survived)?;
    Ok(ExitCode::SUCCESS)
}

/// The beginning, which fits into a message however it is escaped.
fn shortened(comparison: &str) -> String {
    let end = comparison.floor_char_boundary(COMPARISON_BYTES_MAX);
    comparison.get(..end).unwrap_or_default().to_owned()
}

/// Calls what a reload calls, except what makes or replaces keys. Errors are not reported: they may be
/// due to the sandbox, and the server finds the others itself.
fn open(library: Library, order: ProbeOrder) {
    let mut settings = Settings::default();
    for (key, value) in order.settings {
        settings.set(&key, value, Origin::Default);
    }
    let settings = Arc::new(PluginSettings::new(Arc::new(settings)));
    let host = HostApi::boxed(
        Arc::from(library.name()),
        Arc::clone(&settings),
        OfferedState::default(),
    );
    let Ok(plugin) = library.open_with(host, settings, false, 1) else {
        return;
    };
    if let Some(token) = &plugin.token {
        let _ = token.set_time(order.key_minutes);
        check_requests(token);
    }
}

/// The first requests of a server: without a key, and with an unknown one.
fn check_requests(token: &TokenPlugin) {
    let unknown = Request::get("/").header(AUTHORIZATION, "Bearer unknown");
    for request in [Request::get("/"), unknown] {
        let Ok(request) = request.body(()) else {
            continue;
        };
        let (head, ()) = request.into_parts();
        let client = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let view = RequestView::new(&head, "/", "", client);
        for kind in KINDS {
            let _ = token.check_token_authorization(&view, kind);
        }
    }
}
