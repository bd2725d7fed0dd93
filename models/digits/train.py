"""Trains the digits classifier and writes digits.onnx, metrics.json and samples/.

Run in this folder:

    pip install -r requirements.txt
    python train.py

The seed is fixed: the same library versions give the same files.
"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier

FOLDER = Path(__file__).parent
SEED = 0
HELD_OUT_SHARE = 0.2
CLASSES = [str(digit) for digit in range(10)]
SIDE_PIXELS = 8
INK_MAX = 16  # the data set counts 0 to 16 inked dots in each pixel
SAMPLE_SIDE_PIXELS = 64
OPSET = 17
IR_VERSION = 8


def train(images, digits):
    """Picks the width and the weight decay by cross-validation on the training part alone."""
    search = GridSearchCV(
        MLPClassifier(max_iter=1000, random_state=SEED),
        {"hidden_layer_sizes": [(32,), (64,)], "alpha": [0.01, 0.1]},
        scoring="neg_log_loss",
        cv=5,
    )
    search.fit(images, digits)
    return search.best_estimator_, search.best_params_


def export(classifier, path):
    """Writes flatten -> dense -> relu -> dense -> softmax; the weights are the classifier's own."""
    names = ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]
    values = [
        classifier.coefs_[0],
        classifier.intercepts_[0],
        classifier.coefs_[1],
        classifier.intercepts_[1],
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["pixels"], axis=1),
            helper.make_node("Gemm", ["pixels", *names[:2]], ["hidden"]),
            helper.make_node("Relu", ["hidden"], ["active"]),
            helper.make_node("Gemm", ["active", *names[2:]], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        ],
        "digits",
        [
            helper.make_tensor_value_info(
                "image", TensorProto.FLOAT, ["batch", 1, SIDE_PIXELS, SIDE_PIXELS]
            )
        ],
        [
            helper.make_tensor_value_info(
                "probabilities", TensorProto.FLOAT, ["batch", len(CLASSES)]
            )
        ],
        [
            numpy_helper.from_array(value.astype(np.float32), name)
            for name, value in zip(names, values)
        ],
    )
    model = helper.make_model(
        graph,
        producer_name="train.py",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(model, {"labels": json.dumps(CLASSES), "version": "1.0"})
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def write_samples(folder, images, digits, probabilities):
    """Writes, of each digit, the first held-out image that the classifier gets right."""
    folder.mkdir(exist_ok=True)
    shown = {}
    for digit in range(len(CLASSES)):
        index = next(
            index
            for index in np.flatnonzero(digits == digit)
            if probabilities[index].argmax() == digit
        )
        grey = np.rint(images[index].reshape(SIDE_PIXELS, SIDE_PIXELS) * 255).astype(np.uint8)
        picture = Image.fromarray(grey).resize(
            (SAMPLE_SIDE_PIXELS, SAMPLE_SIDE_PIXELS), Image.Resampling.NEAREST
        )
        picture.save(folder / f"{digit}.png", optimize=True)
        shown[str(digit)] = round(float(probabilities[index][digit]), 4)
    return shown


def main():
    data = load_digits()
    train_images, test_images, train_digits, test_digits = train_test_split(
        data.data / INK_MAX,
        data.target,
        test_size=HELD_OUT_SHARE,
        stratify=data.target,
        random_state=SEED,
    )
    classifier, chosen = train(train_images, train_digits)
    probabilities = classifier.predict_proba(test_images)
    right = int((probabilities.argmax(axis=1) == test_digits).sum())
    of_the_right_class = probabilities[np.arange(len(test_digits)), test_digits]

    model_path = FOLDER / "digits.onnx"
    export(classifier, model_path)
    samples = write_samples(FOLDER / "samples", test_images, test_digits, probabilities)

    metrics = {
        "training_images": len(train_digits),
        "held_out_images": len(test_digits),
        "held_out_right": right,
        "held_out_accuracy": round(right / len(test_digits), 4),
        "held_out_log_loss": round(float(-np.log(of_the_right_class).mean()), 4),
        "hidden_units": chosen["hidden_layer_sizes"][0],
        "weight_decay": chosen["alpha"],
        "parameters": int(sum(w.size for w in classifier.coefs_ + classifier.intercepts_)),
        "model_bytes": model_path.stat().st_size,
        "sample_probabilities": samples,
    }
    (FOLDER / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(json.dumps(metrics, indent=2))


if __name__ == "__main__":
    main()
