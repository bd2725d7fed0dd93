//! The settings of the two logs.

use crate::{
    config::{
        declaration::{Argument, Declaration, Defaulted, Flag, Group, settings},
        parse::{boolean, from_str},
    },
    telemetry::LogLevel,
};

settings! {
    LOG_SETTINGS: LogSettings, LOG_DECLARATIONS;
    host {
        log_level: Defaulted<LogLevel> {
            parse: from_str,
            default: "info",
            help: "Least important level that is logged: error, warn, info, debug or trace",
            changes: WhileServing,
            flag: Flag::new(Group::Logging, "log-level", Argument::One("LEVEL")),
        }
        access_log: Defaulted<bool> {
            parse: boolean,
            default: "false",
            help: "Write one line for each request to standard output",
            changes: AtRestart,
            flag: Flag::switch(Group::Logging, "access-log"),
        }
    }
    token_plugin {}
}
