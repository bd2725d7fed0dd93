use std::{
    path::Path,
    pin::Pin,
    sync::mpsc::{self, Receiver, Sender},
    task::{Context, Waker},
    thread,
    time::Duration,
};

use bytes::Bytes;

use super::*;
use crate::{
    backend::models::{
        compute::ComputePool,
        error::ScaleError,
        inference::ModelId,
        name::InvalidName,
        predict::{Predict, PredictFailure},
        prediction::Prediction,
        signature::Signature,
    },
    plugins::{ListedModel, ListedWorker, ModelListing as _},
};

mod workers;

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns its worker's name; does what the image says before that.
struct Scripted {
    signature: Arc<Signature>,
    started: Sender<()>,
    released: Mutex<Receiver<()>>,
    /// Disconnects when the last worker has let go of the model.
    _gone: Sender<()>,
}

/// The other end of a [`Scripted`] model.
struct Script {
    started: Receiver<()>,
    release: Sender<()>,
    gone: Receiver<()>,
}

impl Predict for Scripted {
    fn predict(
        &self,
        _: &ModelId,
        input: &PredictInput,
        _: &ComputePool,
    ) -> Result<Answer, PredictFailure> {
        let PredictInput::Image(script) = input else {
            panic!("tensors")
        };
        match &**script {
            b"panic" => panic!("scripted"),
            b"wait" => {
                self.started.send(()).unwrap();
                self.released.lock().recv_timeout(PATIENCE).unwrap();
            }
            _ => {}
        }
        let worker = thread::current().name().unwrap().to_owned();
        Ok(Answer::Classes(Prediction::top(
            &[Arc::from(worker)],
            &[1.0],
        )))
    }

    fn signature(&self) -> &Arc<Signature> {
        &self.signature
    }

    fn is_image_classifier(&self) -> bool {
        true
    }

    fn memory_bytes(&self) -> u64 {
        100
    }

    fn stack_bytes(&self) -> usize {
        1024 * 1024
    }
}

impl Script {
    fn wait_for_the_model_to_go(&self) {
        assert_eq!(
            self.gone.recv_timeout(PATIENCE),
            Err(mpsc::RecvTimeoutError::Disconnected)
        );
    }
}

fn registry(limits: RegistryLimits) -> ModelRegistry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits");
    ModelRegistry::new(Some(ModelStore::open(&folder).unwrap()), limits)
}

fn add_scripted(registry: &ModelRegistry, version: &str, workers: usize) -> Script {
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let (gone, is_gone) = mpsc::channel();
    let model = Scripted {
        signature: Arc::new(Signature {
            inputs: Vec::new(),
            outputs: Vec::new(),
        }),
        started,
        released: Mutex::new(released),
        _gone: gone,
    };
    let served = ServedModel::new(
        ModelName::parse("scripted").unwrap(),
        ModelVersion::parse(version).unwrap(),
        ModelUrl::parse("scripted.onnx").unwrap(),
        false,
        Arc::new(model),
        &registry.limits,
    );
    registry
        .insert(&registry.change.lock(), served, workers)
        .unwrap();
    Script {
        started: has_started,
        release,
        gone: is_gone,
    }
}

fn sample_path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits/samples/3.png")
}

const DIGITS: Registration<'_> = Registration {
    url: "digits.onnx",
    name: None,
    version: None,
    initial_workers: 1,
    loaded_at_startup: true,
};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn predict(registry: &ModelRegistry, image: &'static str) -> Result<Prediction, PredictError> {
    let answer = block_on(registry.predict("scripted", None, input(image)))?;
    match answer {
        Answer::Classes(prediction) => Ok(prediction),
        Answer::Tensors(_) => panic!("tensors"),
    }
}

fn input(script: &'static str) -> PredictInput {
    PredictInput::Image(Bytes::from(script))
}

/// Runs a prediction up to where it waits for its worker.
fn begin<F: Future>(mut prediction: Pin<&mut F>) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(prediction.as_mut().poll(&mut context).is_pending());
}

fn worker_ids(registry: &ModelRegistry) -> Vec<u64> {
    registry
        .describe("scripted", None)
        .unwrap()
        .workers
        .iter()
        .map(|worker| worker.id)
        .collect()
}

#[test]
fn the_shipped_model_answers_its_sample() {
    let registry = registry(RegistryLimits::default());
    registry.register(&DIGITS).unwrap();
    let sample = PredictInput::Image(std::fs::read(sample_path()).unwrap().into());
    let answer = block_on(registry.predict("digits", None, sample)).unwrap();
    let Answer::Classes(prediction) = answer else {
        panic!("{answer:?}")
    };
    let json = serde_json::to_string(&prediction).unwrap();
    assert!(json.starts_with(r#"{"3":0.99"#), "{json}");
}

#[test]
fn plugins_see_the_default_version_of_each_model() {
    let registry = registry(RegistryLimits::default());
    let _script = add_scripted(&registry, "1.0", 2);
    let _other = add_scripted(&registry, "2.0", 1);

    let worker = |memory_bytes| ListedWorker {
        is_running: true,
        memory_bytes,
    };
    let expected = ListedModel {
        name: "scripted".to_owned(),
        version: "1.0".to_owned(),
        url: "scripted.onnx".to_owned(),
        handler: "image_classifier",
        workers: vec![worker(100), worker(0)],
    };
    assert_eq!(registry.models(), [expected]);
}

#[test]
fn a_registered_model_is_described() {
    let registry = registry(RegistryLimits::default());
    let request = Registration {
        initial_workers: 2,
        ..DIGITS
    };
    let registered = registry.register(&request).unwrap();
    let described = registry.describe("digits", Some("1.0")).unwrap();
    assert_eq!(described.workers.len(), 2);
    assert_eq!(described.workers, registered.workers);
    assert_eq!(
        (described.name.as_str(), described.url.as_str()),
        ("digits", "digits.onnx")
    );
    assert!(described.is_default && described.loaded_at_startup);
    assert!(described.workers.iter().all(|worker| worker.is_running));
    let memory_bytes: Vec<_> = described.workers.iter().map(|w| w.memory_bytes).collect();
    assert_eq!(memory_bytes, [19_738, 0]);
    assert_eq!(registry.list(), [described]);
}

#[test]
fn a_registration_that_fails_changes_nothing() {
    let registry = registry(RegistryLimits::default());
    registry.register(&DIGITS).unwrap();
    let before = registry.describe_all("digits").unwrap();
    let conflict = registry.register(&DIGITS).unwrap_err();
    assert_eq!(
        conflict.to_string(),
        "Model version 1.0 is already registered for model digits"
    );
    let escape = registry.register(&Registration {
        url: "../digits.onnx",
        ..DIGITS
    });
    assert!(matches!(
        escape,
        Err(RegisterError::Store(StoreError::Url { .. }))
    ));
    let name: Result<_, InvalidName> = ModelName::parse("a/b");
    let wrong_name = registry
        .register(&Registration {
            name: Some("a/b"),
            ..DIGITS
        })
        .unwrap_err();
    assert_eq!(wrong_name.to_string(), name.unwrap_err().to_string());
    let wrong_version = registry.register(&Registration {
        version: Some("all"),
        ..DIGITS
    });
    assert!(matches!(wrong_version, Err(RegisterError::Name(_))));
    assert_eq!(registry.describe_all("digits").unwrap(), before);
}

#[test]
fn a_file_that_is_not_a_model_is_named_with_the_reason() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::copy(sample_path(), folder.path().join("image.onnx")).unwrap();
    let store = ModelStore::open(folder.path()).unwrap();
    let registry = ModelRegistry::new(Some(store), RegistryLimits::default());
    let error = registry
        .register(&Registration {
            url: "image.onnx",
            ..DIGITS
        })
        .unwrap_err();
    let text = crate::telemetry::error_chain::error_chain(&error);
    assert!(
        text.starts_with("model url \"image.onnx\" cannot be served: "),
        "{text}"
    );
    assert!(text.ends_with("not an ONNX file"), "{text}");
}

#[test]
fn without_a_model_store_nothing_is_registered() {
    let registry = ModelRegistry::new(None, RegistryLimits::default());
    let error = registry.register(&DIGITS).unwrap_err();
    assert_eq!(error.to_string(), "Model store has not been configured.");
}

#[test]
fn models_and_workers_are_limited() {
    let limits = RegistryLimits {
        models_max: 2,
        workers_max: 3,
        ..RegistryLimits::default()
    };
    let registry = registry(limits);
    add_scripted(&registry, "1.0", 2);
    add_scripted(&registry, "2.0", 0);
    let third = registry.register(&DIGITS);
    assert!(matches!(
        third,
        Err(RegisterError::TooManyModels { models_max: 2 })
    ));
    registry.scale("scripted", Some("2.0"), 1).unwrap();
    let too_many = registry.scale("scripted", Some("2.0"), 2);
    assert!(matches!(
        too_many,
        Err(ScaleError::TooManyWorkers {
            workers: 4,
            workers_max: 3
        })
    ));
    assert!(matches!(
        registry.scale("scripted", None, usize::MAX),
        Err(ScaleError::TooManyWorkers { .. })
    ));
    assert_eq!(worker_ids(&registry).len(), 2);
}

#[test]
fn unknown_models_and_versions_have_the_messages_of_torchserve() {
    let registry = registry(RegistryLimits::default());
    add_scripted(&registry, "1.0", 1);
    let model = block_on(registry.predict("digits", None, input(""))).unwrap_err();
    assert_eq!(model.to_string(), "Model not found: digits");
    let version = "Model version: 2.0 does not exist for model: scripted";
    let predicted = block_on(registry.predict("scripted", Some("2.0"), input("")));
    assert_eq!(predicted.unwrap_err().to_string(), version);
    let unregistered = registry.unregister("scripted", Some("2.0")).unwrap_err();
    assert_eq!(unregistered.to_string(), version);
    assert_eq!(
        registry
            .set_default("scripted", "2.0")
            .unwrap_err()
            .to_string(),
        version
    );
    assert_eq!(
        registry
            .scale("scripted", Some("2.0"), 1)
            .unwrap_err()
            .to_string(),
        version
    );
    assert_eq!(
        registry
            .describe("scripted", Some("2.0"))
            .unwrap_err()
            .to_string(),
        version
    );
    assert!(registry.describe_all("digits").is_err());
}

#[test]
fn the_first_version_is_the_default_until_another_is_chosen() {
    let registry = registry(RegistryLimits::default());
    add_scripted(&registry, "1.0", 1);
    add_scripted(&registry, "2.0", 1);
    let default = || {
        registry
            .describe("scripted", None)
            .unwrap()
            .version
            .to_string()
    };
    assert_eq!(default(), "1.0");
    registry.set_default("scripted", "2.0").unwrap();
    assert_eq!(default(), "2.0");
    let all = registry.describe_all("scripted").unwrap();
    let versions: Vec<_> = all
        .iter()
        .map(|one| (one.version.as_str(), one.is_default))
        .collect();
    assert_eq!(versions, [("1.0", false), ("2.0", true)]);
    let refused = registry.unregister("scripted", None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Cannot remove default version for model scripted"
    );
    registry.unregister("scripted", Some("1.0")).unwrap();
    registry.unregister("scripted", None).unwrap();
    assert!(registry.list().is_empty());
}
