use abi_stable::StableAbi;

use super::*;

/// A contract with one module, one trait and one struct, each as it is written here.
macro_rules! contract {
    (
        $name:ident:
        struct Worker { $($fields:tt)* }
        trait Judge { $($methods:tt)* }
        enum Kind { $($variants:tt)* }
        open: fn($($parameters:tt)*) $(, $($more:tt)*)?
    ) => {
        #[expect(
            dead_code,
            non_local_definitions,
            unreachable_pub,
            unsafe_code,
            clippy::mem_forget,
            reason = "a fixture, and the expansion of abi_stable's macros"
        )]
        mod $name {
            use abi_stable::{
                StableAbi, sabi_trait,
                std_types::{RBox, RResult, RStr, RString, RVec},
            };

            #[repr(C)]
            #[derive(StableAbi)]
            pub struct Worker {
                $($fields)*
            }

            #[repr(u8)]
            #[derive(StableAbi)]
            pub enum Kind {
                $($variants)*
            }

            #[sabi_trait]
            pub trait Judge: Send + Sync {
                $($methods)*
            }

            pub type JudgeBox = Judge_TO<'static, RBox<()>>;

            #[repr(C)]
            #[derive(StableAbi)]
            #[sabi(kind(Prefix(prefix_ref = ModuleRef)))]
            #[sabi(missing_field(option))]
            pub struct Module {
                pub name: RStr<'static>,
                #[sabi(last_prefix_field)]
                pub open: extern "C" fn($($parameters)*) -> RResult<JudgeBox, RString>,
                $($($more)*)?
            }
        }
    };
}

contract! {
    host:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    parameter_type:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: RString) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    more_parameters:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64, seconds: u32) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    result_type:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<u8, RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    renamed_parameter:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(server: u64)
}

contract! {
    renamed_function:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_lifetime(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    grown_struct:
    struct Worker {
        pub is_running: bool,
        pub memory_bytes: u64,
        pub names: RVec<RStr<'static>>,
        pub restarts: u32,
    }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    field_type:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RString> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    more_variants:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference, Metric }
    open: fn(host: u64)
}

contract! {
    appended_function:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
        fn count(&self) -> u64 { let count = 0; count }
    }
    enum Kind { Management, Inference }
    open: fn(host: u64)
}

contract! {
    appended_field:
    struct Worker { pub is_running: bool, pub memory_bytes: u64, pub names: RVec<RStr<'static>> }
    trait Judge {
        fn check(&self, worker: &Worker, kind: Kind) -> u32;
        #[sabi(last_prefix_field)]
        fn set_time(&self, minutes: f64) -> RResult<(), RString>;
    }
    enum Kind { Management, Inference }
    open: fn(host: u64), pub describe: extern "C" fn() -> RStr<'static>
}

/// The error of a host of one contract for a plugin of another.
fn said(host: &'static TypeLayout, plugin: &'static TypeLayout) -> String {
    first_difference(&check(host, plugin).unwrap_err())
}

#[test]
fn older_and_newer_plugins_of_one_contract_are_accepted_in_any_order() {
    let oldest = host::ModuleRef::LAYOUT;
    for newer in [
        appended_function::ModuleRef::LAYOUT,
        appended_field::ModuleRef::LAYOUT,
    ] {
        for (host, plugin) in [
            (oldest, oldest),
            (newer, oldest),
            (oldest, newer),
            (newer, newer),
            (newer, oldest),
        ] {
            assert_eq!(check(host, plugin), Ok(()));
        }
    }
}

#[test]
fn a_difference_is_described_by_the_function_or_field_and_both_types() {
    let host = host::ModuleRef::LAYOUT;
    for (plugin, expected) in [
        (
            parameter_type::ModuleRef::LAYOUT,
            "check: 2nd parameter: host Kind, plugin RString",
        ),
        (
            more_parameters::ModuleRef::LAYOUT,
            "set_time: 2nd parameter: host none, plugin u32",
        ),
        (
            result_type::ModuleRef::LAYOUT,
            "set_time: result: host RResult<(), RString>, plugin RResult<u8, RString>",
        ),
        (
            renamed_parameter::ModuleRef::LAYOUT,
            "open: 1st parameter: host host: u64, plugin server: u64",
        ),
        (
            renamed_function::ModuleRef::LAYOUT,
            "Judge: 2nd function: host set_time, plugin set_lifetime",
        ),
        (
            grown_struct::ModuleRef::LAYOUT,
            "Worker: 4th field: host none, plugin restarts: u32",
        ),
        (
            field_type::ModuleRef::LAYOUT,
            "Worker.names: host RVec<RStr>, plugin RVec<RString>",
        ),
        (
            more_variants::ModuleRef::LAYOUT,
            "Kind: 3rd variant: host none, plugin Metric",
        ),
    ] {
        assert_eq!(said(host, plugin), expected);
    }
}

#[test]
fn a_plugin_of_a_diverged_contract_is_described_by_what_it_lacks() {
    assert_eq!(
        said(
            appended_function::ModuleRef::LAYOUT,
            appended_field::ModuleRef::LAYOUT
        ),
        "Judge: 3rd function: host count, plugin none"
    );
    assert_eq!(
        said(
            appended_field::ModuleRef::LAYOUT,
            appended_function::ModuleRef::LAYOUT
        ),
        "Module: 3rd field: host describe, plugin none"
    );
}

#[test]
fn another_module_is_described_by_both_names() {
    assert_eq!(
        said(<u64 as StableAbi>::LAYOUT, <bool as StableAbi>::LAYOUT),
        "root module: host u64, plugin bool"
    );
}
