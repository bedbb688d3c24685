"""Awkward Array: to_feather, and to_arrow_table with its own extension types."""

import awkward as ak
import numpy as np
import pyarrow as pa
from case import Case, Producer
from reasons import NESTED
from truth import IDS, LOGITS, RAGGED, TENSOR, TOKENS


def read(path):
    array = ak.from_feather(path)
    return {name: ak.to_list(array[name]) for name in array.fields}


def feather(logits, **options):
    def write(path):
        ak.to_feather(ak.Array({"id": np.array(IDS), "logits": logits}), path, **options)

    return write


def extended(path):
    table = ak.to_arrow_table(ak.Array({"id": np.array(IDS), "logits": ak.Array([list(row) for row in RAGGED])}))
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def rows_of(arrays):
    """Ragged rows keep the dtype of their elements."""
    return ak.values_astype(ak.Array([np.asarray(row).tolist() for row in arrays]), np.float32)


PRODUCER = Producer(
    "Awkward Array",
    ak.__version__,
    [
        Case("to_feather", "regular.feather", feather(LOGITS), LOGITS, "fixed_size_list<float>[6], LZ4", beside=("id",)),
        Case("to_feather, ragged", "ragged.feather", feather(rows_of(RAGGED)), RAGGED, "large_list<float>, LZ4", beside=("id",)),
        Case("to_feather of tokens x vocabulary", "tokens.feather", feather(rows_of(TOKENS)), TOKENS, "large_list<large_list<float>>, LZ4",
             beside=("id",), missing=NESTED),
        Case("to_feather of a 3-D array", "cube.feather", feather(TENSOR), TENSOR, "fixed_size_list<fixed_size_list<float>[7]>[3], LZ4",
             beside=("id",)),
        Case("to_arrow_table", "extension.arrow", extended, RAGGED, "extension type awkward", beside=("id",)),
    ],
    read,
)
