//! What makes a model a classifier of images, by its file: from an image to the likeliest classes.

use std::{collections::HashSet, sync::Arc};

use super::{
    datatype::Datatype,
    decode::{self, Channels, ImageError},
    graph::Dimension,
    model_error::{InferenceError, ModelError},
    prediction::Prediction,
    signature::{Signature, TensorSpec},
};

/// A model with one input `[batch, channels, height, width]` of FP32, 1 channel (grey) or 3 (red,
/// green, blue), and one output `[batch, classes]` of FP32.
#[derive(Debug)]
pub(super) struct ImageClassifier {
    channels: Channels,
    width: u16,
    height: u16,
    normalization: Normalization,
    outputs_are_logits: bool,
    /// Empty until the number of classes is known, if the file names none.
    labels: Vec<Arc<str>>,
}

/// The value of each channel minus `mean`, divided by `std`.
#[derive(Debug)]
struct Normalization {
    mean: Vec<f32>,
    std: Vec<f32>,
}

/// The file's metadata entries by their keys.
pub(super) type Metadata<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

impl ImageClassifier {
    /// What the file describes: with the metadata entry `task` of `image-classification`, or
    /// without `task` if inputs and outputs are those of a classifier and the file has `labels` or
    /// ends in a softmax. None for any other model.
    ///
    /// # Errors
    /// The file says that it is a classifier, and is none; or one of the metadata entries is not
    /// valid.
    pub(super) fn described(
        signature: &Signature,
        ends_in_softmax: bool,
        metadata: Metadata<'_>,
    ) -> Result<Option<Self>, ModelError> {
        let task = metadata(TASK);
        let is_implied = || metadata(LABELS).is_some() || ends_in_softmax;
        let form = match (task, form(signature)) {
            (Some(IMAGE_CLASSIFICATION), None) => return Err(no_classifier(signature)),
            (Some(IMAGE_CLASSIFICATION), Some(form)) => form,
            (None, Some(form)) if is_implied() => form,
            _ => return Ok(None),
        };
        let (channels, height, width) = form;
        let outputs_are_logits = match metadata(FUNCTION_TO_APPLY) {
            None => !ends_in_softmax,
            Some("softmax") => true,
            Some("none") => false,
            Some(_) => return Err(invalid(FUNCTION_TO_APPLY, "softmax or none is expected")),
        };
        Ok(Some(Self {
            channels,
            width,
            height,
            normalization: Normalization::parse(channels, metadata)?,
            outputs_are_logits,
            labels: labels(metadata)?,
        }))
    }

    /// The shape of the tensor for one image.
    pub(super) fn shape(&self) -> [usize; 4] {
        let (height, width) = (self.height.into(), self.width.into());
        [1, self.channels.count(), height, width]
    }

    /// Decodes and scales an image to the elements of a tensor of [`Self::shape`].
    ///
    /// # Errors
    /// What is wrong with the image.
    pub(super) fn elements(&self, image: &[u8]) -> Result<Vec<f32>, ImageError> {
        let (width, height) = (self.width.into(), self.height.into());
        let mut elements = decode::planes(image, self.channels, width, height)?;
        self.normalization.apply(&mut elements);
        Ok(elements)
    }

    /// The tensor of a black image.
    pub(super) fn black(&self) -> Vec<f32> {
        let mut elements = vec![0.0; self.shape().iter().product()];
        self.normalization.apply(&mut elements);
        elements
    }

    /// Numbers the classes if the file does not name them.
    pub(super) fn name_classes(&mut self, count: usize) {
        if self.labels.is_empty() {
            self.labels = (0..count).map(|class| class.to_string().into()).collect();
        }
    }

    /// The likeliest classes, from the model's output for one image.
    ///
    /// # Errors
    /// [`InferenceError::NotProbabilities`], as well for logits that are not finite.
    pub(super) fn prediction(&self, mut scores: Vec<f32>) -> Result<Prediction, InferenceError> {
        if self.outputs_are_logits {
            softmax(&mut scores);
        }
        let are_probabilities = scores.iter().all(|value| (0.0..=1.0).contains(value))
            && (scores.iter().sum::<f32>() - 1.0).abs() <= SUM_TOLERANCE;
        if scores.len() == self.labels.len() && are_probabilities {
            Ok(Prediction::top(&self.labels, &scores))
        } else {
            Err(InferenceError::NotProbabilities)
        }
    }
}

impl Normalization {
    fn parse(channels: Channels, metadata: Metadata<'_>) -> Result<Self, ModelError> {
        let numbers = |entry, default| {
            let Some(json) = metadata(entry) else {
                return Ok(vec![default; channels.count()]);
            };
            let numbers: Vec<f32> = serde_json::from_str(json).unwrap_or_default();
            let is_valid =
                numbers.len() == channels.count() && numbers.iter().all(|n| n.is_finite());
            if is_valid {
                Ok(numbers)
            } else {
                Err(invalid(
                    entry,
                    "a JSON array with one number for each channel is expected",
                ))
            }
        };
        let (mean, std) = (numbers(IMAGE_MEAN, 0.0)?, numbers(IMAGE_STD, 1.0)?);
        if std.iter().any(|&number| number <= 0.0) {
            return Err(invalid(IMAGE_STD, "numbers above 0 are expected"));
        }
        Ok(Self { mean, std })
    }

    /// `elements` are the channels one after the other.
    fn apply(&self, elements: &mut [f32]) {
        let plane_length = (elements.len() / self.mean.len().max(1)).max(1);
        let planes = elements.chunks_mut(plane_length);
        for (plane, (mean, std)) in planes.zip(self.mean.iter().zip(&self.std)) {
            for element in plane {
                *element = (*element - mean) / std;
            }
        }
    }
}

/// Channels, height and width of the images that a classifier with these tensors takes.
fn form(signature: &Signature) -> Option<(Channels, u16, u16)> {
    let ([input], [output]) = (&*signature.inputs, &*signature.outputs) else {
        return None;
    };
    let [batch, channels, height, width] = dimensions(input)? else {
        return None;
    };
    let [output_batch, _] = dimensions(output)? else {
        return None;
    };
    if !admits_one(batch) || !admits_one(output_batch) {
        return None;
    }
    let channels = match channels {
        Dimension::Fixed(1) => Channels::Grey,
        Dimension::Fixed(3) => Channels::Rgb,
        _ => return None,
    };
    Some((channels, side(height)?, side(width)?))
}

fn dimensions(tensor: &TensorSpec) -> Option<&[Dimension]> {
    let dimensions = tensor.shape.0.as_deref();
    dimensions.filter(|_| tensor.datatype == Datatype::Fp32)
}

const fn admits_one(batch: &Dimension) -> bool {
    matches!(batch, Dimension::Any(_) | Dimension::Fixed(1))
}

fn side(dimension: &Dimension) -> Option<u16> {
    let Dimension::Fixed(length) = dimension else {
        return None;
    };
    let length = u16::try_from(*length).ok()?;
    (1..=SIDE_MAX).contains(&length).then_some(length)
}

fn no_classifier(signature: &Signature) -> ModelError {
    let shown = |tensors: &[TensorSpec]| {
        let tensors: Vec<_> = tensors.iter().map(TensorSpec::to_string).collect();
        tensors.join(", ")
    };
    ModelError::unsuitable(format!(
        "its {TASK} is {IMAGE_CLASSIFICATION}: one input [batch, 1 or 3, height, width] of FP32, \
         sides up to {SIDE_MAX}, and one output [batch, classes] of FP32 are expected, not {} and {}",
        shown(&signature.inputs),
        shown(&signature.outputs),
    ))
}

/// The classes' names, empty if the model has none.
fn labels(metadata: Metadata<'_>) -> Result<Vec<Arc<str>>, ModelError> {
    let Some(json) = metadata(LABELS) else {
        return Ok(Vec::new());
    };
    let labels: Vec<Arc<str>> = serde_json::from_str::<Vec<String>>(json)
        .map_err(|error| invalid(LABELS, &error.to_string()))?
        .into_iter()
        .map(Arc::from)
        .collect();
    let different: HashSet<_> = labels.iter().collect();
    if labels.is_empty() || different.len() < labels.len() {
        return Err(invalid(
            LABELS,
            "a JSON array of different names is expected",
        ));
    }
    Ok(labels)
}

fn invalid(entry: &'static str, reason: &str) -> ModelError {
    ModelError::Metadata {
        entry,
        reason: reason.to_owned(),
    }
}

/// Turns logits into probabilities. Subtracting the largest first keeps the powers finite.
fn softmax(scores: &mut [f32]) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for score in &mut *scores {
        *score = (*score - largest).exp();
    }
    let sum: f32 = scores.iter().sum();
    for score in scores {
        *score /= sum;
    }
}

const TASK: &str = "task";
/// Hugging Face's name for the task.
const IMAGE_CLASSIFICATION: &str = "image-classification";
const LABELS: &str = "labels";
const FUNCTION_TO_APPLY: &str = "function_to_apply";
const IMAGE_MEAN: &str = "image_mean";
const IMAGE_STD: &str = "image_std";
const SIDE_MAX: u16 = 1024;
/// What float32 may lose when a few thousand probabilities are added up.
const SUM_TOLERANCE: f32 = 0.01;

#[cfg(test)]
mod tests;
