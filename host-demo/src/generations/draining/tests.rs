use std::sync::{
    Mutex,
    mpsc::{Receiver, Sender, channel},
};

use abi_stable::{sabi_trait::TD_Opaque, std_types::ROption};
use plugin_api::abi::{RawLifecycle, RawLifecycle_TO, RawState};

use super::*;
use crate::generations::ServingSettings;
use crate::{
    config::{CommandLine, Config, ExemptPaths},
    plugins::{Plugins, test_support::loaded_plugin},
    policy::Authorizer,
};

/// Longer than anything takes in a test that passes.
const TOO_LONG: Duration = Duration::from_secs(30);

/// A plugin that reports its shutdown, which then takes as long as the test requires.
struct SlowEnd {
    begun: Sender<()>,
    may_end: Mutex<Receiver<()>>,
}

impl RawLifecycle for SlowEnd {
    fn took_over(&self) -> bool {
        false
    }

    fn hand_over(&self) -> ROption<RawState> {
        ROption::RNone
    }

    fn retire(&self) {}

    fn shutdown(&self) {
        self.begun.send(()).unwrap();
        // An error means that the test is over.
        let _ = self.may_end.lock().unwrap().recv();
    }
}

struct Slow {
    plugin: Arc<LoadedPlugin>,
    begun: Receiver<()>,
    may_end: Sender<()>,
}

fn slow_plugin(name: &str) -> Slow {
    let ((begun, has_begun), (end, may_end)) = (channel(), channel());
    let lifecycle = SlowEnd {
        begun,
        may_end: Mutex::new(may_end),
    };
    let lifecycle = RawLifecycle_TO::from_value(lifecycle, TD_Opaque);
    Slow {
        plugin: Arc::new(loaded_plugin(name, lifecycle)),
        begun: has_begun,
        may_end: end,
    }
}

fn generation(number: u64) -> Arc<Generation> {
    let (config, _) = Config::resolve(&CommandLine::default(), |_| None).unwrap();
    Arc::new(Generation {
        number,
        plugins: Plugins::default(),
        authorizer: Authorizer::new(None, ExemptPaths::default()),
        settings: Arc::new(ServingSettings::new(Arc::new(config), None)),
        changed_settings: Vec::new(),
    })
}

/// As a reload does.
fn replace(
    list: &Arc<LeavingList<DrainingPlugins>>,
    generation: Arc<Generation>,
    plugin: &Arc<LoadedPlugin>,
) {
    let replaced = ReplacedPlugin {
        plugin: Arc::clone(plugin),
        is_taken_over: false,
    };
    list.add(DrainingPlugins::new(generation, vec![replaced], None));
    watch(list);
}

/// Runs something on a thread, and fails if it does not come back.
fn in_time(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    is_done.recv_timeout(TOO_LONG).unwrap();
}

#[test]
fn a_slow_shutdown_of_a_plugin_does_not_delay_a_reload() {
    let draining = Arc::default();
    let (first, second) = (slow_plugin("first"), slow_plugin("second"));
    replace(&draining, generation(1), &first.plugin);
    first.begun.recv_timeout(TOO_LONG).unwrap();

    let plugin = Arc::clone(&second.plugin);
    in_time(move || replace(&draining, generation(2), &plugin));

    first.may_end.send(()).unwrap();
    second.begun.recv_timeout(TOO_LONG).unwrap();
}

#[test]
fn when_all_are_ended_every_plugin_is_shut_down() {
    let draining = Arc::default();
    let slow = slow_plugin("slow");
    replace(&draining, generation(1), &slow.plugin);
    slow.begun.recv_timeout(TOO_LONG).unwrap();

    let (ended, has_ended) = channel();
    thread::spawn(move || {
        draining.end_all();
        ended.send(()).unwrap();
    });
    assert!(has_ended.recv_timeout(INTERVAL).is_err());
    slow.may_end.send(()).unwrap();
    has_ended.recv_timeout(TOO_LONG).unwrap();
}

#[test]
fn a_plugin_is_shut_down_after_the_last_request_that_its_generation_admits() {
    let draining = Arc::default();
    let slow = slow_plugin("in use");
    let generation = generation(1);
    let admitting = Arc::clone(&generation);
    replace(&draining, generation, &slow.plugin);
    assert!(slow.begun.recv_timeout(INTERVAL * 3).is_err());
    drop(admitting);
    slow.begun.recv_timeout(TOO_LONG).unwrap();
}
