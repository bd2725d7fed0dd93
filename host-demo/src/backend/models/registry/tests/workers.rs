//! The results of requests while workers start, end, are busy and panic.

use std::pin::pin;

use super::*;

#[test]
fn a_model_without_workers_refuses_at_once() {
    let registry = registry(RegistryLimits::default());
    add_scripted(&registry, "1.0", 0);
    assert_eq!(
        predict(&registry, "").unwrap_err().to_string(),
        "Model \"scripted\" has no worker to serve inference request. Please use scale workers \
         API to add workers."
    );
}

#[test]
fn a_full_queue_refuses_at_once_and_serves_again_later() {
    let registry = registry(RegistryLimits {
        job_queue_size: 1,
        ..RegistryLimits::default()
    });
    let script = add_scripted(&registry, "1.0", 1);
    let mut first = pin!(registry.predict("scripted", None, input("wait")));
    begin(first.as_mut());
    script.started.recv_timeout(PATIENCE).unwrap();
    let mut second = pin!(registry.predict("scripted", None, input("")));
    begin(second.as_mut());
    assert_eq!(registry.describe("scripted", None).unwrap().jobs_waiting, 1);
    let third = predict(&registry, "");
    assert!(matches!(
        third,
        Err(PredictError::QueueFull { jobs_max: 1, .. })
    ));
    script.release.send(()).unwrap();
    assert!(block_on(first).is_ok());
    assert!(block_on(second).is_ok());
    assert!(predict(&registry, "").is_ok());
}

#[test]
fn a_request_whose_client_disconnected_is_not_run() {
    let registry = registry(RegistryLimits::default());
    let script = add_scripted(&registry, "1.0", 1);
    let mut first = pin!(registry.predict("scripted", None, input("wait")));
    begin(first.as_mut());
    script.started.recv_timeout(PATIENCE).unwrap();
    {
        let mut abandoned = pin!(registry.predict("scripted", None, input("wait")));
        begin(abandoned.as_mut());
    }
    script.release.send(()).unwrap();
    assert!(block_on(first).is_ok());
    assert!(predict(&registry, "").is_ok());
    assert_eq!(script.started.try_recv(), Err(mpsc::TryRecvError::Empty));
}

#[test]
fn a_panic_fails_that_request_and_the_worker_goes_on() {
    let registry = registry(RegistryLimits::default());
    add_scripted(&registry, "1.0", 1);
    let error = predict(&registry, "panic").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Model \"scripted\" failed to process the request"
    );
    assert!(matches!(error, PredictError::Inference { .. }));
    assert_eq!(
        *predict(&registry, "").unwrap().classes()[0].0,
        *"W-scripted-0"
    );
}

#[test]
fn workers_are_added_and_the_newest_end_first() {
    let registry = registry(RegistryLimits::default());
    let script = add_scripted(&registry, "1.0", 1);
    registry.scale("scripted", None, 3).unwrap();
    assert_eq!(worker_ids(&registry), [0, 1, 2]);
    registry.scale("scripted", None, 1).unwrap();
    assert_eq!(worker_ids(&registry), [0]);
    registry.scale("scripted", None, 2).unwrap();
    assert_eq!(worker_ids(&registry), [0, 3]);
    // Both workers are at work at once.
    let mut first = pin!(registry.predict("scripted", None, input("wait")));
    let mut second = pin!(registry.predict("scripted", None, input("wait")));
    begin(first.as_mut());
    script.started.recv_timeout(PATIENCE).unwrap();
    begin(second.as_mut());
    script.release.send(()).unwrap();
    script.release.send(()).unwrap();
    script.started.recv_timeout(PATIENCE).unwrap();
    assert!(block_on(first).is_ok());
    assert!(block_on(second).is_ok());
}

#[test]
fn unregistering_completes_the_running_request_and_refuses_the_waiting_one() {
    let registry = registry(RegistryLimits::default());
    let script = add_scripted(&registry, "1.0", 1);
    let mut running = pin!(registry.predict("scripted", None, input("wait")));
    begin(running.as_mut());
    script.started.recv_timeout(PATIENCE).unwrap();
    let mut waiting = pin!(registry.predict("scripted", None, input("")));
    begin(waiting.as_mut());
    registry.unregister("scripted", None).unwrap();
    assert!(matches!(
        predict(&registry, ""),
        Err(PredictError::Lookup(_))
    ));
    assert!(matches!(
        block_on(waiting),
        Err(PredictError::NoWorker { .. })
    ));
    script.release.send(()).unwrap();
    assert!(block_on(running).is_ok());
    script.wait_for_the_model_to_go();
}

#[test]
fn dropping_the_registry_ends_the_workers() {
    let registry = registry(RegistryLimits::default());
    let script = add_scripted(&registry, "1.0", 2);
    drop(registry);
    script.wait_for_the_model_to_go();
}

#[test]
fn predictions_go_on_while_models_come_and_go() {
    let registry = registry(RegistryLimits::default());
    add_scripted(&registry, "1.0", 2);
    thread::scope(|scope| {
        let changes = scope.spawn(|| {
            for round in 0..200 {
                let script = add_scripted(&registry, "2.0", 1);
                registry
                    .scale("scripted", Some("1.0"), 1 + round % 3)
                    .unwrap();
                registry.unregister("scripted", Some("2.0")).unwrap();
                script.wait_for_the_model_to_go();
            }
        });
        let mut completed = 0;
        while !changes.is_finished() || completed < 100 {
            predict(&registry, "").unwrap();
            completed += 1;
        }
    });
}
