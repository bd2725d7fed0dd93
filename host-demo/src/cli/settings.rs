//! The options that name the configuration file or set one of its keys, made of the table of
//! settings.

use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource, value_parser,
};

use crate::config::{Argument, CommandLine, Declaration, DefaultValue, Flag, Group, declarations};

const FILE: &str = "ts-config";
const FILE_HELP: &str = "Configuration file in the syntax of Java properties";
const FILE_DEFAULT: &str = "config.properties, if it exists";

impl Args for CommandLine {
    fn augment_args(command: Command) -> Command {
        command
            .args(flags().map(|(declaration, flag)| argument(declaration, flag)))
            .arg(file())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CommandLine {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut command_line = Self::default();
        command_line.update_from_arg_matches(matches)?;
        Ok(command_line)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one(FILE).cloned();
        for (declaration, flag) in flags() {
            if matches.value_source(flag.name) == Some(ValueSource::CommandLine) {
                self.set(declaration, flag, value(matches, flag));
            }
        }
        Ok(())
    }
}

fn flags() -> impl Iterator<Item = (&'static Declaration, &'static Flag)> {
    let with_flag =
        |declaration: &'static Declaration| Some((declaration, declaration.flag.as_ref()?));
    declarations().filter_map(with_flag)
}

fn argument(declaration: &Declaration, flag: &Flag) -> Arg {
    let argument = option(
        flag.name,
        flag.group,
        declaration.help,
        default(declaration),
    );
    match flag.argument {
        Argument::None => argument.action(ArgAction::SetTrue),
        Argument::One(name) => argument
            .value_name(name)
            .value_parser(value_parser!(OsString)),
        Argument::List(name) => argument
            .value_name(name)
            .value_parser(value_parser!(OsString))
            .action(ArgAction::Append)
            .num_args(1..),
        Argument::Count(name, min, max) => argument
            .value_name(name)
            .value_parser(value_parser!(u32).range(i64::from(min)..=i64::from(max))),
    }
}

fn file() -> Arg {
    option(
        FILE,
        Group::Server,
        FILE_HELP,
        Some(FILE_DEFAULT.to_owned()),
    )
    .value_name("FILE")
    .value_parser(value_parser!(PathBuf))
    // Before the other options of its group.
    .display_order(0)
}

/// An option whose help ends with its default, if that says anything.
fn option(name: &'static str, group: Group, help: &str, default: Option<String>) -> Arg {
    let option = Arg::new(name).long(name).help_heading(group.heading());
    match default {
        None => option.help(help.to_owned()),
        Some(default) => option
            .help(format!("{help} [default: {default}]"))
            .long_help(format!("{help}\n\n[default: {default}]")),
    }
}

/// What `--help` says about the default: nothing for a switch and for what is not set.
fn default(declaration: &Declaration) -> Option<String> {
    match declaration.default {
        DefaultValue::Text("false") | DefaultValue::Described("none") => None,
        DefaultValue::Text(text) | DefaultValue::Described(text) => Some(text.replace('`', "")),
    }
}

/// What was typed, as the configuration file would have it.
fn value(matches: &ArgMatches, flag: &Flag) -> OsString {
    match flag.argument {
        Argument::None => "true".into(),
        Argument::One(_) | Argument::List(_) | Argument::Count(..) => {
            let typed = matches.get_raw(flag.name).into_iter().flatten();
            typed.collect::<Vec<_>>().join(OsStr::new(","))
        }
    }
}
