//! One loaded ONNX model that classifies grey images.

use std::{
    any::Any,
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use rten::{DataType, Dimension, Model, NodeId, ValueType, ValueView};
use thiserror::Error;

use super::{
    decode::{self, ImageError},
    name::ModelVersion,
    prediction::Prediction,
    wire::{self, WireError},
};

/// What a worker does with the image of a job.
pub(super) trait Classify: Send + Sync {
    /// Classifies one image. May take long and may panic; called from several threads at once.
    fn classify(&self, image: &[u8]) -> Result<Prediction, ClassifyError>;

    /// The memory that the model takes, however many workers use it.
    fn memory_bytes(&self) -> u64;
}

/// Whether the image or the model is the reason that there is no prediction.
#[derive(Debug, Error)]
pub(super) enum ClassifyError {
    /// The image of the request.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The model.
    #[error(transparent)]
    Inference(#[from] InferenceError),
}

/// A loaded model failed on an image.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// An operator of the model failed.
    #[error("the model failed: {reason}")]
    Failed {
        /// The error of rten.
        reason: String,
    },
    /// The output has the wrong shape, or is not a probability distribution.
    #[error("the model did not return one probability for each class")]
    NotProbabilities,
    /// The inference panicked.
    #[error("the model panicked: {reason}")]
    Panicked {
        /// The panic's message.
        reason: String,
    },
}

impl InferenceError {
    pub(super) fn panicked(payload: &(dyn Any + Send)) -> Self {
        Self::Panicked {
            reason: panic_message(payload),
        }
    }
}

/// A model file that cannot be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not ONNX, or an operator that is not supported.
    #[error("the model cannot be loaded: {reason}")]
    Load {
        /// The error of rten.
        reason: String,
    },
    /// A model that is not a classifier of grey images.
    #[error("the model is not suitable: {reason}")]
    Unsuitable {
        /// What is expected and what was found.
        reason: String,
    },
    /// A metadata entry that is not as expected.
    #[error("the model's metadata entry \"{entry}\" is not valid: {reason}")]
    Metadata {
        /// Its key.
        entry: &'static str,
        /// What is expected.
        reason: String,
    },
    /// The model loads, but fails on a black image.
    #[error("the model failed on a black image")]
    Trial {
        /// Why.
        source: InferenceError,
    },
}

/// An ONNX model with one input `[batch, 1, height, width]` of float32 from 0 to 1, and one output
/// `[batch, classes]` of probabilities.
///
/// The metadata entry `labels`, a JSON array, names the classes (without it they are `0`, `1`, ..)
/// and the entry `version` gives the model's version.
#[derive(Debug)]
pub(super) struct OnnxClassifier {
    model: Model,
    input: NodeId,
    output: NodeId,
    width: u16,
    height: u16,
    labels: Vec<Arc<str>>,
    version: Option<ModelVersion>,
    file_bytes: u64,
}

impl OnnxClassifier {
    /// Loads a model and runs it on a black image, so that a model that cannot work is refused now
    /// and not at its first request.
    ///
    /// External data is not loaded. A well-formed model may use any amount of memory and time: only
    /// trusted users may write to the model store.
    pub(super) fn load(bytes: Vec<u8>) -> Result<Self, ModelError> {
        // rten's loader trusts parts of the file; a panic there must not end the host.
        catch_unwind(AssertUnwindSafe(|| Self::load_trusting(bytes))).unwrap_or_else(|payload| {
            Err(ModelError::Load {
                reason: panic_message(&*payload),
            })
        })
    }

    /// The version that the model file says it has.
    pub(super) fn version(&self) -> Option<&ModelVersion> {
        self.version.as_ref()
    }

    fn load_trusting(bytes: Vec<u8>) -> Result<Self, ModelError> {
        let unreadable = |error: WireError| ModelError::Load {
            reason: error.to_string(),
        };
        wire::check_model(&bytes).map_err(unreadable)?;
        let file_bytes = bytes.len() as u64;
        let model = Model::load(bytes).map_err(|error| ModelError::Load {
            reason: error.to_string(),
        })?;
        let (&[input], &[output]) = (model.input_ids(), model.output_ids()) else {
            return Err(unsuitable("one input and one output are expected"));
        };
        let (height, width) = image_size(&model, input)?;
        let labels = labels(&model)?;
        let version = version(&model)?;
        let mut classifier = Self {
            model,
            input,
            output,
            width,
            height,
            labels,
            version,
            file_bytes,
        };
        let black = vec![0.0; usize::from(width) * usize::from(height)];
        let trial = |source| ModelError::Trial { source };
        let probabilities = classifier.run(&black).map_err(trial)?;
        if classifier.labels.is_empty() {
            classifier.labels = (0..probabilities.len())
                .map(|class| Arc::from(class.to_string()))
                .collect();
        }
        classifier.predict(&black).map_err(trial)?;
        Ok(classifier)
    }

    fn predict(&self, pixels: &[f32]) -> Result<Prediction, InferenceError> {
        let probabilities = self.run(pixels)?;
        let are_probabilities = probabilities
            .iter()
            .all(|value| (0.0..=1.0).contains(value))
            && (probabilities.iter().sum::<f32>() - 1.0).abs() <= SUM_TOLERANCE;
        if probabilities.len() == self.labels.len() && are_probabilities {
            Ok(Prediction::top(&self.labels, &probabilities))
        } else {
            Err(InferenceError::NotProbabilities)
        }
    }

    fn run(&self, pixels: &[f32]) -> Result<Vec<f32>, InferenceError> {
        let shape = [1, 1, usize::from(self.height), usize::from(self.width)];
        let image = ValueView::from_shape(shape, pixels).map_err(failed)?;
        let inputs = vec![(self.input, image.into())];
        let [output] = self
            .model
            .run_n(inputs, [self.output], None)
            .map_err(failed)?;
        match output.into_shape_vec::<f32, 2>() {
            Ok(([1, _], probabilities)) => Ok(probabilities),
            Ok(_) | Err(_) => Err(InferenceError::NotProbabilities),
        }
    }
}

impl Classify for OnnxClassifier {
    fn classify(&self, image: &[u8]) -> Result<Prediction, ClassifyError> {
        let pixels = decode::grey_pixels(image, self.width.into(), self.height.into())?;
        Ok(self.predict(&pixels)?)
    }

    fn memory_bytes(&self) -> u64 {
        self.file_bytes
    }
}

/// Height and width of the image that the model takes.
fn image_size(model: &Model, input: NodeId) -> Result<(u16, u16), ModelError> {
    let info = model.node_info(input);
    let shape = info
        .as_ref()
        .and_then(rten::NodeInfo::shape)
        .unwrap_or_default();
    let is_float = info
        .and_then(|info| info.dtype())
        .is_none_or(|t| t == ValueType::Tensor(DataType::Float));
    let side = |length: usize| {
        u16::try_from(length)
            .ok()
            .filter(|s| (1..=SIDE_MAX).contains(s))
    };
    if let [
        Dimension::Symbolic(_) | Dimension::Fixed(1),
        Dimension::Fixed(1),
        rows,
        columns,
    ] = shape.as_slice()
        && let (Dimension::Fixed(rows), Dimension::Fixed(columns)) = (rows, columns)
        && let (Some(height), Some(width)) = (side(*rows), side(*columns))
        && is_float
    {
        return Ok((height, width));
    }
    Err(unsuitable(&format!(
        "an input [batch, 1, height, width] of float32, sides up to {SIDE_MAX}, is expected, not {shape:?}"
    )))
}

/// The classes' names, empty if the model has none.
fn labels(model: &Model) -> Result<Vec<Arc<str>>, ModelError> {
    let invalid = |reason: String| ModelError::Metadata {
        entry: "labels",
        reason,
    };
    let Some(json) = model.metadata().get("labels") else {
        return Ok(Vec::new());
    };
    let labels: Vec<Arc<str>> = serde_json::from_str::<Vec<String>>(json)
        .map_err(|error| invalid(error.to_string()))?
        .into_iter()
        .map(Arc::from)
        .collect();
    let different: HashSet<_> = labels.iter().collect();
    if labels.is_empty() || different.len() < labels.len() {
        return Err(invalid(
            "a JSON array of different names is expected".to_owned(),
        ));
    }
    Ok(labels)
}

fn version(model: &Model) -> Result<Option<ModelVersion>, ModelError> {
    let parsed = model
        .metadata()
        .get("version")
        .map(ModelVersion::parse)
        .transpose();
    parsed.map_err(|error| ModelError::Metadata {
        entry: "version",
        reason: error.to_string(),
    })
}

fn unsuitable(reason: &str) -> ModelError {
    ModelError::Unsuitable {
        reason: reason.to_owned(),
    }
}

fn failed(error: impl std::fmt::Display) -> InferenceError {
    InferenceError::Failed {
        reason: error.to_string(),
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").to_owned()
}

const SIDE_MAX: u16 = 1024;
/// What float32 may lose when a few thousand probabilities are added up.
const SUM_TOLERANCE: f32 = 0.01;

#[cfg(test)]
mod tests;
