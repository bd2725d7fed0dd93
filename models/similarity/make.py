"""Writes similarity.onnx.

Run in this folder:

    pip install -r requirements.txt
    python make.py

Nothing is trained: the same library version writes the same file.
"""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FOLDER = Path(__file__).parent
OPSET = 17
IR_VERSION = 8


def unit_length(name):
    """Divides each row by its length."""
    return [
        helper.make_node("ReduceL2", [name], [f"{name}_length"], axes=[1], keepdims=1),
        helper.make_node("Div", [name, f"{name}_length"], [f"{name}_unit"]),
    ]


def main():
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            *unit_length("queries"),
            *unit_length("documents"),
            helper.make_node("Transpose", ["documents_unit"], ["columns"], perm=[1, 0]),
            helper.make_node("MatMul", ["queries_unit", "columns"], ["cosines"]),
            helper.make_node("Where", ["allowed", "cosines", "lowest"], ["scores"]),
            helper.make_node("ArgMax", ["scores"], ["best"], axis=1, keepdims=0),
        ],
        "similarity",
        [
            tensor("queries", TensorProto.FLOAT, ["query_count", "features"]),
            tensor("documents", TensorProto.FLOAT, ["document_count", "features"]),
            tensor("allowed", TensorProto.BOOL, ["document_count"]),
        ],
        [
            tensor("scores", TensorProto.FLOAT, ["query_count", "document_count"]),
            tensor("best", TensorProto.INT64, ["query_count"]),
        ],
        [helper.make_tensor("lowest", TensorProto.FLOAT, [], [-2.0])],
    )
    model = helper.make_model(
        graph,
        producer_name="make.py",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(model, {"version": "1.0"})
    onnx.checker.check_model(model, full_check=True)
    (FOLDER / "similarity.onnx").write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
