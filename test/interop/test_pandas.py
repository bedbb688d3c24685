"""What pandas makes of our output: the frame with its index, and labels that say what is in the columns."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import assert_close, reference, run

LOGITS = np.random.default_rng(5).normal(scale=4, size=(6, 3)).astype(np.float32)

LABELS = {
    "default": None,
    "texts": ["cat", "dog", "bird"],
    "dates": pd.date_range("2024-01-01", periods=3, name="day"),
    "dates of a time zone": pd.date_range("2024-01-01", periods=3, tz="Europe/Paris"),
    "floats": [0.5, 1.5, 2.5],
    "categories": pd.CategoricalIndex(["a", "b", "c"], name="class"),
    "intervals": pd.interval_range(0, 3),
    "bytes": [b"a", b"b", b"c"],
    "texts and integers": ["a", 1, "c"],
    "two levels": pd.MultiIndex.from_tuples([("head", "it's"), ("head", "b"), ("tail", 'q"')], names=["part", None]),
    "two levels, integers": pd.MultiIndex.from_tuples([("head", 1), ("head", 2), ("tail", 1)]),
    "three levels": pd.MultiIndex.from_tuples([(1, 0.5, "x"), (1, 1.5, "y"), (2, 0.5, "x")], names=list("abc")),
}

INDEXES = {
    "default": None,
    "a range": pd.RangeIndex(10, 22, 2, name="row"),
    "texts": pd.Index(list("pqrstu")),
    "names": pd.Index(list("pqrstu"), name="who"),
    "dates": pd.DatetimeIndex(pd.date_range("2024-03-30", periods=6, tz="Europe/Paris"), freq=None, name="when"),
    "floats": pd.Index([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], name="at"),
    "categories": pd.CategoricalIndex(list("aababb"), name="group"),
    "several": pd.MultiIndex.from_product([["x", "y"], [1, 2, 3]], names=["side", None]),
}


def written(labels, index, tmp_path: Path) -> pd.DataFrame:
    frame = pd.DataFrame(LOGITS, columns=labels, index=index)
    frame.to_feather(tmp_path / "in.arrow", compression="uncompressed")
    return frame


def columns_of(frame: pd.DataFrame) -> list[str]:
    return pa.Table.from_pandas(frame, preserve_index=False).column_names


def classes(frame: pd.DataFrame) -> list[str]:
    """The columns with logits as `--columns` takes them: some of the names share a pattern, so that it would ask."""
    return ["--columns", ",".join(name.replace(",", r"\,") for name in columns_of(frame))]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("op", ["softmax", "both"])
def test_labels_of_every_kind(tmp_path: Path, labels: str, op: str) -> None:
    frame = written(LABELS[labels], None, tmp_path)
    result = pd.read_feather(run(tmp_path / "in.arrow", "--op", op, *classes(frame)))
    assert result.index.equals(frame.index)
    assert result.columns.nlevels == frame.columns.nlevels
    assert result.columns.names == frame.columns.names
    prefixes = ["probs_"] if op == "softmax" else ["probs_", "log_probs_"]
    firsts = [label[0] if isinstance(label, tuple) else label for label in result.columns]
    assert all(first.startswith(prefixes[at // 3]) for at, first in enumerate(firsts[:-1])) and firsts[-1] == "row_sum"
    assert_close(result.iloc[:, :3], reference(LOGITS))


@pytest.mark.parametrize("layout", ["mirror", "list"])
@pytest.mark.parametrize("labels", ["default", "texts", "two levels, integers"])
@pytest.mark.parametrize("index", INDEXES)
def test_indexes_of_every_kind(tmp_path: Path, index: str, labels: str, layout: str) -> None:
    frame = written(LABELS[labels], INDEXES[index], tmp_path)
    args = classes(frame)
    result = pd.read_feather(run(tmp_path / "in.arrow", "--layout", layout, "--keep-logits", *args))
    pd.testing.assert_index_equal(result.index, frame.index)
    assert np.array_equal(result.iloc[:, :3], LOGITS)
    probs = result.iloc[:, 3:-1] if layout == "mirror" else np.array(result.iloc[:, 3].tolist())
    assert_close(probs, reference(LOGITS))


@pytest.mark.parametrize("index", INDEXES)
def test_an_index_that_is_left_out(tmp_path: Path, index: str) -> None:
    frame = written(["a", "b", "c"], INDEXES[index], tmp_path)
    result = pd.read_feather(run(tmp_path / "in.arrow", "--keep", "none", *classes(frame)))
    assert list(result.columns) == ["probs_a", "probs_b", "probs_c", "row_sum"]
    if index in ("default", "a range"):
        pd.testing.assert_index_equal(result.index, frame.index)
    else:
        assert result.index.equals(pd.RangeIndex(6))


def test_columns_beside_the_logits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [3, 1, 2], "when": pd.to_datetime(["2024-01-01", "2024-02-01", None]),
                          "group": pd.Categorical(["x", "y", "x"]), "logits": LOGITS[:3].tolist(),
                          "count": pd.array([1, None, 3], dtype="Int16")}, index=pd.Index(["r", "s", "t"], name="key"))
    frame["logits"] = frame["logits"].map(lambda row: np.array(row, dtype=np.float32))
    frame.to_feather(tmp_path / "in.arrow", compression="uncompressed")
    result = pd.read_feather(run(tmp_path / "in.arrow"))
    others = ["id", "when", "group", "count"]
    pd.testing.assert_frame_equal(result[others], frame[others])
    assert_close(np.array(result["probs"].tolist()), reference(LOGITS[:3]))
