"""Writes the Arrow cases of data/golden: float32 in rows, in every layout."""

import math

import numpy as np
import pyarrow as pa
from arrow_files import fixed_list, wide, write
from reference import GOLDEN, expect, results, wide_results

NAN, INF = math.nan, math.inf
EXAMPLE = [[float((i + 1) * (j + 1)) for j in range(6)] for i in range(4)]
OPS = ("softmax", "log_softmax", "both")


def list_schema(op: str, classes: int, dtype: str = "Float32") -> list[str]:
    names = {"softmax": ["probs"], "log_softmax": ["log_probs"], "both": ["probs", "log_probs"]}[op]
    return [f"{name}: FixedSizeList[{classes}]<{dtype}>" for name in names] + ["row_sum: Float64"]


def rounded(seed: int, rows: int, classes: int, spread: float = 10) -> list[list[float]]:
    values = np.random.default_rng(seed).normal(0, spread, (rows, classes)).astype(np.float32)
    return values.astype(float).tolist()


def example() -> None:
    for op in OPS:
        expect(f"example-{op}", "the published example, as one list column", input="../example.arrow",
               args=["--op", op], schema=list_schema(op, 6), batches=[4], **results(EXAMPLE, op),
               summary={"status": "ok", "op": op, "classes": 6, "validation": {"rows_checked": 4, "rows_valid": 4}})


def numbers() -> None:
    """The table "What the numbers mean" of the documentation."""
    cases = {
        "sure-winner": ("a winner beyond doubt keeps its tiny log-probability", [[20.0, 0.0, 0.0, 0.0]]),
        "far-loser": ("e^-104 is less than half of the smallest float32", [[0.0, -104.0], [-104.0, 0.0]]),
        "equal-large": ("equal logits, so large that exp overflows", [[1e8] * 4, [-1e8] * 4, [3e38] * 4]),
        "one-class": ("a single class is certain", [[-3.5], [0.0], [1e30]]),
        "wide-spread": ("differences from 1e-6 to 6e38", [[0.0, 1e-6, -1e-6], [3e38, -3e38, 0.0], [88.5, -15.0, 0.25]]),
        "one-row": ("a single row", [[0.5, -1.25, 3.0]]),
    }
    for name, (why, rows) in cases.items():
        rows = [[float(np.float32(x)) for x in row] for row in rows]
        write(GOLDEN / f"{name}.arrow", {"logits": fixed_list(rows)})
        expect(name, why, args=["--op", "both"], schema=list_schema("both", len(rows[0])), **results(rows, "both"))


def specials() -> None:
    bad = {1: [NAN, 0.0, 1.0, 2.0, 3.0], 3: [0.0, INF, 1.0, 2.0, 3.0], 5: [-INF] * 5, 6: [0.0, 1.0, INF, NAN, 2.0]}
    rows = [bad.get(i, [0.0, 1.0, -INF, float(i), 0.5]) for i in range(9)]
    write(GOLDEN / "specials.arrow", {"id": pa.array(range(9)), "logits": fixed_list(rows)})
    reasons = {1: "nan", 3: "+inf", 5: "all -inf", 6: "nan"}
    counts = {"rows_checked": 9, "rows_valid": 5, "rows_invalid": 4, "rows_null": 0,
              "first_invalid": [{"row": row, "sum": None, "reason": reason} for row, reason in reasons.items()]}
    for op in OPS:
        schema = ["id: Int64", *list_schema(op, 5)]
        expect(f"specials-keep-{op}", "NaN, infinities and -inf alone are kept and reported",
               input="specials.arrow", args=["--op", op, "--on-invalid", "keep"], schema=schema,
               same=["id"], **results(rows, op), summary={"status": "ok", "validation": counts})
        nulled = [None if i in bad else row for i, row in enumerate(rows)]
        expect(f"specials-null-{op}", "invalid rows become null", input="specials.arrow",
               args=["--op", op, "--on-invalid", "null"], schema=schema, same=["id"], **results(nulled, op),
               summary={"status": "ok", "validation": counts})
    expect("specials-fail", "invalid rows are not published", input="specials.arrow", exitCode=4,
           summary={"status": "invalid", "validation": counts}, message="4 (of 9 )?rows? .*invalid|invalid.* 4 ")


def batches() -> None:
    rows = rounded(1, 40, 7)
    cut = [1, 0, 3, 1, 1, 0, 0, 30, 4]
    write(GOLDEN / "batches.arrow", {"logits": fixed_list(rows), "id": pa.array(range(40))}, cut)
    expect("batches", "batches of one row and of none keep their places", schema=[*list_schema("softmax", 7), "id: Int64"],
           batches=cut, same=["id"], **results(rows))
    write(GOLDEN / "no-batches.arrow", {"logits": fixed_list([], length=3)}, [])
    write(GOLDEN / "no-rows.arrow", {"logits": fixed_list([], length=3)}, [0])
    for name in ("no-batches", "no-rows"):
        expect(name, "an empty table gives an empty table", args=["--op", "both"], schema=list_schema("both", 3),
               rows=0, summary={"status": "ok", "validation": {"rows_checked": 0, "rows_invalid": 0}})
    write(GOLDEN / "no-classes.arrow", {"logits": pa.array([[], []], pa.list_(pa.float32(), 0)), "id": pa.array([4, 5])})
    expect("no-classes", "rows without classes are valid and sum to 0", schema=[*list_schema("softmax", 0), "id: Int64"],
           values={"probs": [[], []], "row_sum": [0.0, 0.0]}, same=["id"],
           summary={"status": "ok", "classes": 0, "validation": {"rows_checked": 2, "rows_valid": 2}})


def provenance(form: str, names: list[str], **more) -> dict:
    """A part of what the output's schema says of it."""
    columns = {"form": form, "names": names, "count": len(names), "dtype": "float32"}
    return {"op": "softmax", "dim": 1, "dtype": "float32", "temperature": 1, "columns": columns, **more}


def layouts() -> None:
    rows, names = rounded(2, 5, 3), ["cat", "dog", "bird"]
    write(GOLDEN / "wide.arrow", {"id": pa.array("abcde"), **wide(rows, names)}, [2, 3])
    floats = [f"{name}: Float32" for name in names]
    kept = [f"probs_{name}: Float32" for name in names]
    expect("wide", "one column a class, named after the logits' columns", schema=["id: Utf8", *kept, "row_sum: Float64"],
           batches=[2, 3], same=["id"], provenance=provenance("wide", names, classes=names), **wide_results(rows, names))
    expect("wide-log", "log-probabilities likewise", input="wide.arrow", args=["--op", "log_softmax"],
           schema=["id: Utf8", *[f"log_{one}" for one in kept], "row_sum: Float64"], **wide_results(rows, names, "log_softmax"))
    both = [f"{result}_{name}: Float32" for result in ("probs", "log_probs") for name in names]
    expect("wide-both", "two results, one column a class each", input="wide.arrow", args=["--op", "both"],
           schema=["id: Utf8", *both, "row_sum: Float64"], **wide_results(rows, names, "both"))
    expect("wide-keep-logits", "kept logits keep their names", input="wide.arrow", args=["--keep-logits"],
           schema=["id: Utf8", *floats, *kept, "row_sum: Float64"], same=["id", *names],
           **wide_results(rows, names))
    expect("wide-to-list", "one column a class to one list column, whose metadata say what the columns were called", input="wide.arrow",
           args=["--layout", "list"], schema=["id: Utf8", *list_schema("softmax", 3)], same=["id"],
           metadata={"probs": {"classes": '["cat","dog","bird"]'}}, provenance=provenance("wide", names, classes=names), **results(rows))
    expect("wide-selected", "columns by name; the others pass through", input="wide.arrow",
           args=["--columns", "dog,bird"], schema=["id: Utf8", floats[0], *kept[1:], "row_sum: Float64"],
           same=["id", "cat"], **wide_results([row[1:] for row in rows], names[1:]))

    write(GOLDEN / "list.arrow", {"id": pa.array("abcde"), "logits": fixed_list(rows), "weight": pa.array([0.5, 1, 2, 4, 8])})
    listed = list_schema("softmax", 3)
    expect("keep-none", "only the results", input="list.arrow", args=["--keep", "none"], schema=listed, **results(rows))
    expect("keep-names", "the results and the columns that were named", input="list.arrow", args=["--keep", "weight"],
           schema=[*listed, "weight: Float64"], same=["weight"], **results(rows))
    expect("keep-logits", "kept logits stand before the results", input="list.arrow", args=["--keep-logits"],
           schema=["id: Utf8", "logits: FixedSizeList[3]<Float32>", *listed, "weight: Float64"],
           same=["id", "logits", "weight"], **results(rows))
    split = [str(j) for j in range(3)]
    expect("list-to-wide", "one list column to one column a class", input="list.arrow", args=["--layout", "wide"],
           schema=["id: Utf8", *[f"probs_{name}: Float32" for name in split], "row_sum: Float64", "weight: Float64"],
           same=["id", "weight"], **wide_results(rows, split))
    for text in ("2", "0.5", "0.7"):
        expect(f"temperature-{text}", "logits divided by the temperature", input="list.arrow",
               args=["--op", "both", "--temperature", text],
               schema=["id: Utf8", *list_schema("both", 3), "weight: Float64"],
               summary={"temperature": float(text)}, **results(rows, "both", temperature=float(text)))


def column_choice() -> None:
    rows, other = rounded(3, 3, 4), rounded(4, 3, 2)
    write(GOLDEN / "two-lists.arrow", {"a": fixed_list(rows), "b": fixed_list(other)})
    expect("two-lists-chosen", "--column says which", input="two-lists.arrow", args=["--column", "b"],
           schema=["a: FixedSizeList[4]<Float32>", *list_schema("softmax", 2)], same=["a"], **results(other))
    expect("two-lists", "two candidates are named, never guessed", exitCode=2, message='"?a"?.*"?b"?.*\n.*try: .*--column',
           error="AMBIGUOUS_COLUMNS")
    table = pa.table([fixed_list(rows), pa.array([1, 2, 3]), pa.array(["x", "y", None])], names=["logits", "k", "k"])
    write(GOLDEN / "same-names.arrow", table)
    # apache-arrow takes one type for both; the interoperability job looks at the values.
    expect("same-names", "columns that share a name pass through both", names=["probs", "row_sum", "k", "k"], **results(rows))


def of_others() -> None:
    """Probabilities that are already there, for `validate`; as logits they are just numbers."""
    rows = [[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]
    write(GOLDEN / "probabilities-of-others.arrow", {"key": pa.array(["x", "y", None]), "scores": fixed_list(rows)})
    expect("probabilities-of-others", "any float list can be logits", same=["key"], **results(rows))


def metadata() -> None:
    rows = rounded(5, 2, 3)
    field = pa.field("logits", pa.list_(pa.field("score", pa.float32(), nullable=False, metadata={"unit": "nat"}), 3),
                     nullable=False, metadata={"model": "a/b", "layer": "head"})
    column = pa.FixedSizeListArray.from_arrays(pa.array(np.array(rows, dtype=np.float32).ravel()), type=field.type)
    schema = pa.schema([field, pa.field("id", pa.uint8(), nullable=False, metadata={"k": "v"})],
                       metadata={"pandas": '{"x": 1}', "empty": "", "näme": "ünï"})
    write(GOLDEN / "metadata.arrow", pa.Table.from_arrays([column, pa.array([7, 9], pa.uint8())], schema=schema))
    expect("metadata", "metadata of the schema and of the fields is kept, and says what the output is", same=["id"],
           provenance=provenance("list", ["logits"]),
           schema=[*list_schema("softmax", 3), "id: Uint8"], nullable={"probs": False, "id": False},
           metadata={"": {"pandas": '{"x": 1}', "empty": "", "näme": "ünï"},
                     "probs": {"model": "a/b", "layer": "head"}, "id": {"k": "v"}}, **results(rows))


def main() -> None:
    for part in (example, numbers, specials, batches, layouts, column_choice, of_others, metadata):
        part()


if __name__ == "__main__":
    main()
