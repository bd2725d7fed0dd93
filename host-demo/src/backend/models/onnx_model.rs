//! One loaded ONNX model.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use rten::{Model, NodeId, RunOptions, Value, ValueOrView, ValueView};

use super::{
    classifier::ImageClassifier,
    compute::ComputePool,
    decode::ImageError,
    graph::GraphSummary,
    inference::{
        Elements, InferenceBody, InferenceRequest, ModelId, RenderedResponse, RequestError, Tensor,
        render,
    },
    limits::ModelLimits,
    model_error::{InferenceError, ModelError, panic_message},
    name::ModelVersion,
    operators,
    predict::{Answer, Predict, PredictFailure, PredictInput},
    prediction::Prediction,
    signature::{Signature, TensorSpec},
    size::{GraphSize, SizeError},
    value_sizes::ValueSizes,
    wire::{self, WireError},
};

/// An ONNX model with dense tensors as inputs and outputs.
///
/// The metadata entry `version` gives its version; [`ImageClassifier`] reads the others.
#[derive(Debug)]
pub(super) struct OnnxModel {
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    signature: Arc<Signature>,
    classifier: Option<ImageClassifier>,
    version: Option<ModelVersion>,
    file_bytes: u64,
    size: GraphSize,
    values: ValueSizes,
}

impl OnnxModel {
    /// Loads a model. An image classifier is run on a black image, so that one that cannot work is
    /// refused now and not at its first request.
    ///
    /// External data is not loaded. What the file declares is within the limits; what loading it
    /// takes is for [`super::probe`] to find out first.
    pub(super) fn load(bytes: Vec<u8>, limits: &ModelLimits) -> Result<Self, ModelError> {
        wire::check_model(&bytes).map_err(unreadable)?;
        let size = GraphSize::read(&bytes, limits).map_err(|error| match error {
            SizeError::Wire(error) => unreadable(error),
            SizeError::Limit(error) => error.into(),
        })?;
        let load = || Self::load_trusting(bytes, size, limits.bytes_max);
        // rten's loader trusts parts of the file; a panic there must not end the host.
        let load = || {
            let loaded = catch_unwind(AssertUnwindSafe(load));
            loaded.unwrap_or_else(|payload| Err(panicked(&*payload)))
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new()
                .name("load-model".to_owned())
                .stack_size(size.stack_bytes())
                .spawn_scoped(scope, load);
            let thread = thread.map_err(|source| ModelError::Thread { source })?;
            let loaded = thread.join();
            loaded.unwrap_or_else(|payload| Err(panicked(&*payload)))
        })
    }

    /// The version that the model file says it has.
    pub(super) fn version(&self) -> Option<&ModelVersion> {
        self.version.as_ref()
    }

    fn load_trusting(bytes: Vec<u8>, size: GraphSize, bytes_max: u64) -> Result<Self, ModelError> {
        let graph = GraphSummary::read(&bytes).map_err(unreadable)?;
        let file_bytes = bytes.len() as u64;
        let model = Model::load(bytes).map_err(|error| {
            operators::unsupported(&graph.operators).unwrap_or_else(|| ModelError::Load {
                reason: error.to_string(),
            })
        })?;
        let values = ValueSizes::of(&model, &graph.values, bytes_max)?;
        let signature = Arc::new(Signature::new(&graph)?);
        let metadata = |entry: &str| model.metadata().get(entry);
        let classifier = ImageClassifier::described(&signature, graph.ends_in_softmax, &metadata)?;
        let version = version(&metadata)?;
        let mut loaded = Self {
            inputs: nodes(&model, model.input_ids(), &signature.inputs)?,
            outputs: nodes(&model, model.output_ids(), &signature.outputs)?,
            model,
            signature,
            classifier: None,
            version,
            file_bytes,
            size,
            values,
        };
        if let Some(mut classifier) = classifier {
            let trial = |source| ModelError::Trial { source };
            let scores = loaded.scores(&classifier, &classifier.black(), RunOptions::default());
            let scores = scores.map_err(trial)?;
            classifier.name_classes(scores.len());
            classifier.prediction(scores).map_err(trial)?;
            loaded.classifier = Some(classifier);
        }
        Ok(loaded)
    }

    fn classify(&self, image: &[u8], options: RunOptions) -> Result<Prediction, PredictFailure> {
        let Some(classifier) = &self.classifier else {
            return Err(ImageError::NoClassifier.into());
        };
        let elements = classifier.elements(image)?;
        Ok(classifier.prediction(self.scores(classifier, &elements, options)?)?)
    }

    /// The output of a classifier for one image.
    fn scores(
        &self,
        classifier: &ImageClassifier,
        elements: &[f32],
        options: RunOptions,
    ) -> Result<Vec<f32>, InferenceError> {
        let image = ValueView::from_shape(classifier.shape(), elements);
        let image = image.map_err(InferenceError::failed)?;
        let inputs = self.inputs.iter().map(|&node| (node, image.clone().into()));
        let outputs = self.run(inputs.collect(), &self.outputs, options)?;
        let [output] =
            <[Value; 1]>::try_from(outputs).map_err(|_| InferenceError::NotProbabilities)?;
        match output.into_shape_vec::<f32, 2>() {
            Ok(([1, _], scores)) => Ok(scores),
            Ok(_) | Err(_) => Err(InferenceError::NotProbabilities),
        }
    }

    fn infer(
        &self,
        model: &ModelId,
        body: &InferenceBody,
        options: RunOptions,
    ) -> Result<RenderedResponse, PredictFailure> {
        let InferenceRequest {
            id,
            inputs,
            outputs,
        } = InferenceRequest::parse(body, &self.signature)?;
        let shapes = inputs.iter().map(|tensor| &*tensor.shape);
        self.values.check(shapes).map_err(RequestError::Size)?;
        let values: Result<Vec<_>, InferenceError> = (self.inputs.iter().zip(inputs))
            .map(|(&node, tensor)| Ok((node, value(tensor)?.into())))
            .collect();
        let specs = outputs.iter().filter_map(|output| {
            let node = self.outputs.get(output.index)?;
            let spec = self.signature.outputs.get(output.index)?;
            Some((*node, (spec, output.is_binary)))
        });
        let (nodes, specs): (Vec<NodeId>, Vec<(&TensorSpec, bool)>) = specs.unzip();
        let outputs = self.run(values?, &nodes, options)?;
        let outputs: Vec<_> = (specs.into_iter().zip(outputs))
            .map(|((spec, is_binary), value)| (spec, value, is_binary))
            .collect();
        Ok(render(model, id.as_deref(), &outputs)?)
    }

    fn run(
        &self,
        inputs: Vec<(NodeId, ValueOrView<'_>)>,
        outputs: &[NodeId],
        options: RunOptions,
    ) -> Result<Vec<Value>, InferenceError> {
        let values = self.model.run(inputs, outputs, Some(options));
        values.map_err(InferenceError::failed)
    }
}

impl Predict for OnnxModel {
    fn predict(
        &self,
        model: &ModelId,
        input: &PredictInput,
        pool: &ComputePool,
    ) -> Result<Answer, PredictFailure> {
        let options = pool.run_options();
        match input {
            PredictInput::Image(image) => self.classify(image, options).map(Answer::Classes),
            PredictInput::Tensors(body) => self.infer(model, body, options).map(Answer::Tensors),
        }
    }

    fn signature(&self) -> &Arc<Signature> {
        &self.signature
    }

    fn is_image_classifier(&self) -> bool {
        self.classifier.is_some()
    }

    fn memory_bytes(&self) -> u64 {
        self.file_bytes
    }

    fn stack_bytes(&self) -> usize {
        self.size.stack_bytes()
    }
}

fn unreadable(error: WireError) -> ModelError {
    ModelError::Load {
        reason: error.to_string(),
    }
}

fn panicked(payload: &(dyn Any + Send)) -> ModelError {
    ModelError::Load {
        reason: panic_message(payload),
    }
}

fn value(tensor: Tensor) -> Result<Value, InferenceError> {
    let shape = tensor.shape;
    match tensor.elements {
        Elements::Float(elements) => {
            Value::from_shape(shape, elements).map_err(InferenceError::failed)
        }
        Elements::Signed(elements) => {
            Value::from_shape(shape, elements).map_err(InferenceError::failed)
        }
        Elements::Unsigned(elements) => {
            Value::from_shape(shape, elements).map_err(InferenceError::failed)
        }
    }
}

/// The nodes of rten's graph for the declared tensors.
fn nodes(
    model: &Model,
    nodes: &[NodeId],
    tensors: &[TensorSpec],
) -> Result<Vec<NodeId>, ModelError> {
    let name = |&node: &NodeId| model.node_info(node)?.name();
    let names = nodes.iter().map(name);
    if names.eq(tensors.iter().map(|tensor| Some(tensor.name.as_str()))) {
        Ok(nodes.to_vec())
    } else {
        Err(ModelError::unsuitable(
            "the names of its inputs and outputs are not unique",
        ))
    }
}

fn version<'a>(
    metadata: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<Option<ModelVersion>, ModelError> {
    let parsed = metadata("version").map(ModelVersion::parse).transpose();
    parsed.map_err(|error| ModelError::Metadata {
        entry: "version",
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
