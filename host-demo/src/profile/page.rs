//! The documentation of a profile, in Markdown.

use std::fmt::{self, Write};

use super::{
    class::Class,
    document::{Document, RuleGroup},
};

/// Everything that an operator needs to put the host before this server.
pub(super) struct Page<'d>(pub(super) &'d Document);

impl fmt::Display for Page<'_> {
    fn fmt(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Document {
            name,
            server,
            version,
            source,
            remarks,
            ..
        } = self.0;
        writeln!(page, "# {server} (`upstream_profile={name}`)\n")?;
        writeln!(
            page,
            "<!-- Made from host-demo/profiles/{name}.toml by `host-demo profile page`. -->\n"
        )?;
        writeln!(
            page,
            "The rules were read from {server} {version}: {source}.\n"
        )?;
        self.without_the_host(page)?;
        self.configuration(page)?;
        if !remarks.is_empty() {
            writeln!(page, "## Remarks\n")?;
            for remark in remarks {
                writeln!(page, "- {remark}")?;
            }
            writeln!(page)?;
        }
        self.classes(page)
    }
}

impl Page<'_> {
    fn without_the_host(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.0.server;
        writeln!(page, "## What is open without the host\n")?;
        let open = Class::ALL.into_iter().flat_map(|class| {
            let groups = self.0.groups(class).iter().filter(|group| group.open);
            groups.map(move |group| (class, group))
        });
        match &self.0.own_keys {
            None => writeln!(
                page,
                "{server} has no keys of its own: whoever reaches its port can do everything that is listed below, what is blocked here included.\n"
            )?,
            Some(keys) => writeln!(page, "{keys}\n")?,
        }
        let mut open = open.peekable();
        if open.peek().is_some() {
            writeln!(page, "Without its key, {server} answers:\n")?;
            writeln!(page, "| call | class here | when |\n| --- | --- | --- |")?;
            for (class, group) in open {
                let (calls, when) = (calls(group), group.when.as_deref().unwrap_or_default());
                writeln!(page, "| {calls} | {class} | {when} |")?;
            }
            writeln!(page)?;
        }
        Ok(())
    }

    fn configuration(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Document { name, ports, .. } = self.0;
        let port = ports.first().map_or(80, |port| port.number);
        writeln!(page, "## Configuration\n")?;
        writeln!(page, "| default port | serves |\n| --- | --- |")?;
        for port in ports {
            writeln!(page, "| {} | {} |", port.number, port.serves)?;
        }
        writeln!(
            page,
            "\nLet the server listen on a loopback address or a private network, and in `config.properties`:\n\n\
             ```properties\n\
             plugins_path=plugins\n\
             upstream=http://127.0.0.1:{port}\n\
             upstream_profile={name}\n\
             ```\n\n\
             The same on the command line, and the rules themselves:\n\n\
             ```sh\n\
             host-demo --plugins-path plugins --upstream http://127.0.0.1:{port} --upstream-profile {name}\n\
             host-demo profile show {name}\n\
             ```\n"
        )
    }

    fn classes(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        for class in Class::ALL {
            let groups = self.0.groups(class);
            let (heading, meaning) = heading(class);
            writeln!(page, "## {heading}\n")?;
            if groups.is_empty() {
                writeln!(page, "None.\n")?;
                continue;
            }
            writeln!(page, "{meaning}\n")?;
            let note = if class == Class::Blocked {
                "why"
            } else {
                "note"
            };
            writeln!(
                page,
                "| call | when | {note} | source |\n| --- | --- | --- | --- |"
            )?;
            for group in groups {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let (when, note) = (text(&group.when), text(&group.note));
                let source = text(&group.source).replace('*', "\\*");
                writeln!(page, "| {} | {when} | {note} | {source} |", calls(group))?;
            }
            writeln!(page)?;
        }
        writeln!(
            page,
            "## Everything else\n\n\
             No rule names it: it is not forwarded. A right key gets 404, anyone else the denial.\n\
             `upstream_allow=METHOD PATH` adds a call for the management key."
        )
    }
}

fn heading(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Inference => (
            "The inference key opens",
            "Forwarded with the inference key.",
        ),
        Class::Management => (
            "The management key opens",
            "Forwarded with the management key.",
        ),
        Class::Health => (
            "Health: no key",
            "Forwarded without a key; with `upstream_health_paths=guarded` the inference key is needed.",
        ),
        Class::Metrics => (
            "Metrics",
            "Forwarded with the management key, or on the metrics listener.",
        ),
        Class::Docs => (
            "Documentation of the server",
            "Forwarded with the inference key.",
        ),
        Class::Blocked => (
            "Blocked",
            "Never forwarded, whatever the key, unless `upstream_allow=METHOD PATH` names the call; then the management key opens it.",
        ),
    }
}

/// Each rule in a line of its own within a cell.
fn calls(group: &RuleGroup) -> String {
    let mut cell = String::new();
    let mut separator = "";
    for rule in &group.rules {
        let rule = rule.get_ref().replace('|', "\\|");
        // Writing to a string cannot fail.
        let _ = write!(cell, "{separator}`{rule}`");
        separator = "<br>";
    }
    cell
}
