//! `host-demo profile ..`: what the profiles of model servers say.

use std::{
    error::Error,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use crate::{
    cli::ProfileCommand,
    profile::{Class, Profile},
};

/// Runs the command: results go to standard output, errors to standard error.
///
/// The exit code is 0 only if everything succeeded.
#[must_use]
pub fn run(command: &ProfileCommand) -> ExitCode {
    let done = match command {
        ProfileCommand::List => list(),
        ProfileCommand::Show { name } => show(name),
        ProfileCommand::Check { file } => check(file),
        ProfileCommand::Page { profile } => page(profile),
    };
    // What is buffered must be written before success is reported.
    match done.and_then(|()| Ok(io::stdout().flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    for name in Profile::names() {
        let profile = Profile::named(name)?;
        let (server, version) = (profile.server(), profile.version());
        writeln!(output, "{name:<12}{server} {version}")?;
    }
    Ok(())
}

fn show(name: &str) -> Result<(), Box<dyn Error>> {
    let text = Profile::text_named(name)?;
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

fn check(file: &Path) -> Result<(), Box<dyn Error>> {
    let profile = Profile::read(file)?;
    let mut output = io::stdout().lock();
    let name = profile.name();
    writeln!(output, "{}: profile {name} is valid", file.display())?;
    for class in Class::ALL {
        let rules = profile.rules().iter();
        let rules = rules.filter(|rule| rule.class() == class).count();
        writeln!(output, "{class:<12}{rules}")?;
    }
    Ok(())
}

fn page(profile: &Path) -> Result<(), Box<dyn Error>> {
    let page = named_or_read(profile)?.page();
    Ok(io::stdout().lock().write_all(page.as_bytes())?)
}

/// What has a folder or an ending is a file.
fn named_or_read(profile: &Path) -> Result<Profile, Box<dyn Error>> {
    match profile.to_str() {
        Some(name) if !name.contains(['/', '.']) => Ok(Profile::named(name)?),
        Some(_) | None => Ok(Profile::read(profile)?),
    }
}
