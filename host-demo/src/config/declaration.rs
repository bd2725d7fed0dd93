//! What one setting is: its key, default, parser and help, and the flag that sets it.

use super::parse::Parser;

/// A setting without its type: what the command line, the environment and the documentation need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Declaration {
    /// The key in the configuration file.
    pub(crate) key: &'static str,
    pub(crate) default: DefaultValue,
    /// One or two phrases that begin with a capital letter, without a full stop; `--help` leaves
    /// out the backticks.
    pub(crate) help: &'static str,
    pub(crate) changes: Changes,
    pub(crate) flag: Option<Flag>,
    /// A second environment variable, which is used where the regular one is not set.
    pub(crate) environment_alias: Option<&'static str>,
}

/// The value of a setting that is not set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DefaultValue {
    /// As it would be written in the file.
    Text(&'static str),
    /// A description, because no value in the file means the same.
    Described(&'static str),
}

/// When a changed value is in force, once the configuration is read again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Changes {
    /// From that reload on.
    WhileServing,
    /// From that reload on; whether it is set at all, from the next start on.
    ValueWhileServing,
    /// From the next start on.
    AtRestart,
}

/// The command line option of a setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    pub(crate) group: Group,
    /// The name without its dashes.
    pub(crate) name: &'static str,
    pub(crate) argument: Argument,
}

/// What follows a flag; the texts are the names of values in `--help`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument {
    /// Nothing: the flag sets the value `true`. No flag sets `false`.
    None,
    /// One value.
    One(&'static str),
    /// One or more values, which are joined by commas.
    List(&'static str),
    /// A whole number from the first bound to the last.
    Count(&'static str, u32, u32),
}

/// The headings of `--help`, in its order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Group {
    Plugins,
    Upstream,
    Models,
    Server,
    Logging,
}

/// A setting that always has a value.
pub(super) struct Defaulted<T> {
    pub(super) key: &'static str,
    pub(super) default: &'static str,
    pub(super) parse: Parser<T>,
}

/// A setting that may have no value.
pub(super) struct Optional<T> {
    pub(super) key: &'static str,
    pub(super) parse: Parser<T>,
}

impl Declaration {
    pub(super) const fn new(
        key: &'static str,
        default: DefaultValue,
        help: &'static str,
        changes: Changes,
    ) -> Self {
        Self {
            key,
            default,
            help,
            changes,
            flag: None,
            environment_alias: None,
        }
    }

    /// The environment variables that set it, the one of higher precedence first.
    ///
    /// The name is that of TorchServe's Java field, which is `TS_` and the key in capitals in all
    /// cases but one.
    pub(crate) fn environment_variables(&self) -> impl Iterator<Item = String> {
        let alias = self.environment_alias.map(str::to_owned);
        [environment_variable(self.key)].into_iter().chain(alias)
    }
}

/// The environment variable of a key.
pub(super) fn environment_variable(key: &str) -> String {
    format!("TS_{}", key.to_ascii_uppercase())
}

impl Flag {
    pub(super) const fn switch(group: Group, name: &'static str) -> Option<Self> {
        Self::new(group, name, Argument::None)
    }

    pub(super) const fn new(group: Group, name: &'static str, argument: Argument) -> Option<Self> {
        Some(Self {
            group,
            name,
            argument,
        })
    }
}

impl Group {
    /// The heading, without a colon.
    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::Plugins => "Plugins and token authorization",
            Self::Upstream => "Upstream model servers",
            Self::Models => "Models",
            Self::Server => "Server",
            Self::Logging => "Logging",
        }
    }
}

impl<T> Defaulted<T> {
    pub(super) const fn new(key: &'static str, default: &'static str, parse: Parser<T>) -> Self {
        Self {
            key,
            default,
            parse,
        }
    }

    pub(super) const fn default_value(text: &'static str) -> DefaultValue {
        DefaultValue::Text(text)
    }
}

impl<T> Optional<T> {
    /// The default is a description, which only the [`Declaration`] holds.
    pub(super) const fn new(key: &'static str, _: &'static str, parse: Parser<T>) -> Self {
        Self { key, parse }
    }

    pub(super) const fn default_value(text: &'static str) -> DefaultValue {
        DefaultValue::Described(text)
    }
}

/// Generates from one table the typed settings of the host and the declarations of all its settings,
/// in the order of `--help` and of the documentation.
///
/// A setting that the host does not use is a field that is never read, which does not compile; neither
/// does one that does not say when a change of it is in force.
macro_rules! settings {
    (
        $settings:ident: $type_name:ident, $declarations:ident;
        host {$(
            $key:ident: $kind:ident<$type:ty> {
                parse: $parse:expr,
                default: $default:literal,
                help: $help:literal,
                changes: $changes:ident,
                $($field:ident: $value:expr,)*
            }
        )*}
        token_plugin {$(
            $plugin_key:ident {
                default: $plugin_default:literal,
                help: $plugin_help:literal,
                changes: $plugin_changes:ident,
            }
        )*}
    ) => {
        /// The settings that the host reads, each with its type.
        #[deny(dead_code)]
        pub(in crate::config) struct $type_name {
            $(pub(in crate::config) $key: $kind<$type>,)*
        }

        pub(in crate::config) static $settings: $type_name = $type_name {
            $($key: $kind::new(stringify!($key), $default, $parse),)*
        };

        pub(super) const $declarations: &[Declaration] = &[
            $(Declaration {
                $($field: $value,)*
                ..Declaration::new(
                    stringify!($key),
                    $kind::<$type>::default_value($default),
                    $help,
                    $crate::config::Changes::$changes,
                )
            },)*
            $(Declaration::new(
                stringify!($plugin_key),
                $crate::config::DefaultValue::Text($plugin_default),
                $plugin_help,
                $crate::config::Changes::$plugin_changes,
            ),)*
        ];
    };
}

pub(super) use settings;
