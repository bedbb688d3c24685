"""Writes the Arrow cases of data/golden whose columns beside the logits are of many types."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
from arrow_files import fixed_list, write
from reference import GOLDEN, expect, results

ROWS = 7
UTC = dt.timezone.utc


def kept_columns() -> dict[str, pa.Array]:
    day = dt.datetime(2024, 2, 29, 12, 30, 15, 123456)
    texts = ["a", None, "", "naïve", "日本語", "x" * 40, "last"]
    return {
        "nothing": pa.nulls(ROWS),
        "flag": pa.array([True, None, False, True, True, None, False]),
        "small": pa.array([1, 2, None, 4, 5, 6, 7], pa.int8()),
        "large": pa.array([2**63 - 1, None, -(2**63), 0, 1, 2, 3], pa.int64()),
        "unsigned": pa.array([2**64 - 1, 0, 1, 2, 3, None, 5], pa.uint64()),
        "text": pa.array(texts),
        "large_text": pa.array(texts, pa.large_string()),
        "bytes": pa.array([b"\x00\xff", None, b"", b"a", b"b", b"c", b"d"], pa.binary()),
        "hash": pa.array([b"0123456789abcdef"] * 6 + [None], pa.binary(16)),
        "date": pa.array([day.date(), None] + [day.date()] * 5),
        "time": pa.array([day.time()] * 7, pa.time64("us")),
        "moment": pa.array([day, None] + [day] * 5, pa.timestamp("us")),
        "moment_utc": pa.array([day.replace(tzinfo=UTC)] * 7, pa.timestamp("ns", "UTC")),
        "span": pa.array([dt.timedelta(seconds=1)] * 7, pa.duration("ms")),
        "money": pa.array([Decimal("1.10"), None] + [Decimal("-2.25")] * 5, pa.decimal128(12, 2)),
        "kind": pa.array(["cat", "dog", None, "cat", "bird", "dog", "cat"]).dictionary_encode(),
        "pair": pa.array([{"x": 1, "y": "p"}, None, {"x": None, "y": "q"}, *[{"x": 4, "y": None}] * 4]),
        "tags": pa.array([["a", "b"], None, [], ["c", None], ["d"], ["e", "f", "g"], []]),
        "nested": pa.array([[[1, 2], []], None, [[3]], [], [None, [4]], [[5, 6, 7]], [[]]], pa.list_(pa.list_(pa.int32()))),
        "attributes": pa.array([[("k", 1)], None, [], [("l", 2), ("m", None)], [], [], [("z", 9)]], pa.map_(pa.string(), pa.int64())),
        "either": pa.UnionArray.from_dense(
            pa.array([0, 1, 0, 1, 0, 1, 0], pa.int8()), pa.array([0, 0, 1, 1, 2, 2, 3], pa.int32()),
            [pa.array([1, 2, 3, 4]), pa.array(["a", "b", "c"])], ["number", "word"]),
    }


def main() -> None:
    logits = np.random.default_rng(11).normal(0, 4, (ROWS, 5)).astype(np.float32).astype(float).tolist()
    kept = kept_columns()
    front, back = list(kept)[:10], list(kept)[10:]
    ordered = {name: kept[name] for name in front} | {"logits": fixed_list(logits)} | {name: kept[name] for name in back}
    for name, cut in (("kept-types", None), ("kept-types-batches", [1, 0, 4, 2])):
        write(GOLDEN / f"{name}.arrow", ordered, cut)
        expect(name, "columns of every common type pass through as they were", args=["--op", "both"], same=list(kept),
               names=[*front, "probs", "log_probs", "row_sum", *back], **results(logits, "both"))


if __name__ == "__main__":
    main()
