"""Ray Data: the tensor extensions that its blocks have; no cluster is started for them."""

import numpy as np
import pyarrow as pa
import ray
from case import Case, Producer, plain
from ray.data.extensions import ArrowTensorArray, ArrowVariableShapedTensorArray
from reasons import RAY
from truth import IDS, LOGITS, TENSOR, TOKENS


def block(logits):
    table = pa.table({"id": IDS, "logits": logits})

    def write(path):
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)

    return write


def read(path):
    """Ray's extension types are registered with pyarrow; a row is an array of the tensor's shape."""
    table = pa.ipc.open_file(path).read_all()
    tensors = table["probs"].combine_chunks()
    rows = tensors.to_numpy(zero_copy_only=False) if hasattr(tensors, "to_numpy") else tensors.to_pylist()
    return {"id": table["id"].to_pylist(), "probs": [plain(np.asarray(row).tolist()) for row in rows]}


def of_many_shapes():
    rows = np.empty(len(TOKENS), object)
    rows[:] = TOKENS
    return ArrowVariableShapedTensorArray.from_numpy(rows)


PRODUCER = Producer(
    "Ray Data",
    ray.__version__,
    [
        Case("ArrowTensorArray, a vector a row", "vectors.arrow", block(ArrowTensorArray.from_numpy(LOGITS)), LOGITS,
             "ray.data.arrow_tensor_v2, shape (6)", beside=("id",)),
        Case("ArrowTensorArray, a matrix a row", "matrices.arrow", block(ArrowTensorArray.from_numpy(TENSOR)), TENSOR,
             "ray.data.arrow_tensor_v2, shape (3, 7)", beside=("id",), missing=RAY),
        Case("ArrowVariableShapedTensorArray", "shapes.arrow", block(of_many_shapes()), TOKENS,
             "ray.data.arrow_variable_shaped_tensor, struct<data, shape>", beside=("id",), missing=RAY),
    ],
    read,
)
