"""Writes the cases of data/golden on which columns are logits: files as people's tools write them, where one column or another was once taken by mistake."""

import json
import struct
from decimal import Decimal

import numpy as np
import pyarrow as pa
from arrow_files import fixed_list, write
from make_golden_csv import schema
from reference import GOLDEN, expect, nearest, results, wide_results

ROWS = [[1.5, -2.25, 0.125], [10.0, 9.5, -3.75], [0.5, 0.25, 0.75]]


def asked(name: str, why: str, data: str | dict | pa.Table, message: str, error: str = "AMBIGUOUS_COLUMNS", exit_code: int = 2, args=()) -> None:
    """A file that a run refuses, and what it then says."""
    if isinstance(data, str):
        (GOLDEN / f"{name}.csv").write_text(data, newline="")
    else:
        write(GOLDEN / f"{name}.arrow", data if isinstance(data, pa.Table) else pa.table(data))
    expect(name, why, args=list(args), exitCode=exit_code, error=error, message=message)


def read(name: str, why: str, text: str, rows, names, kept=(), args=(), **more) -> None:
    (GOLDEN / f"{name}.csv").write_text(text, newline="")
    values = [None if None in row else [nearest(str(value), "float32") for value in row] for row in rows]
    expect(name, why, args=list(args), schema=schema(names, *kept), **wide_results(values, names), **more)


def floats(values) -> pa.Array:
    return pa.array(values, pa.float32())


def tables() -> None:
    loss = floats([0.5, 0.75, 0.25])
    nested = pa.array([[[1.5, 2.5]], [[0.5]], [[2.0, 1.0]]], pa.list_(pa.list_(pa.float32())))
    asked("choice-list-and-integers", "quantized scores in a list: the loss beside them is no logit", {"logits": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.int8())), "loss": loss},
          r"logits \(list of int8\).*loss.*\ntry: --column logits --dtype float32 --temperature 1/scale")
    money = pa.array([[Decimal(str(x)) for x in row] for row in ROWS], pa.list_(pa.decimal128(9, 3)))
    asked("choice-list-of-decimals", "decimals in lists beside a loss", {"logits": money, "loss": loss}, r"logits \(list of decimal128\).*loss.*\ntry: --column logits --dtype float64")
    write(GOLDEN / "decimals.arrow", pa.table({"logits": money}))
    expect("decimals", "decimals in lists, once there is a dtype", args=["--dtype", "float64"], schema=["probs: List<Float64>", "row_sum: Float64"], **results(ROWS, dtype="float64"))
    asked("choice-list-view", "a list view that is not read", {"logits": pa.array([[1.0, 2.0]] * 3, pa.list_view(pa.float32())), "loss": loss}, r"logits \(listView of float32\).*loss")
    asked("choice-list-of-nulls", "lists of nothing", {"logits": pa.array([[None]] * 3, pa.list_(pa.null())), "loss": loss}, r"logits \(list of null\).*loss")
    asked("choice-bbox", "a box beside logits that are named so", {"bbox": fixed_list([[0.0, 1.0, 2.0, 3.0]] * 3), "scores": fixed_list(ROWS)},
          r"scores .*bbox .*\ntry: --column scores  or  --column bbox")
    wide = {f"logit_{j}": floats([row[j] for row in ROWS]) for j in range(3)}
    asked("choice-loss-and-pattern", "a loss beside columns that share a pattern", {"loss": loss, **wide}, r"\ntry: --columns logit_0\.\.logit_2  or  --columns loss\.\.logit_2")
    asked("choice-embedding-and-pattern", "a float list beside scalars that share a pattern", {"embedding": fixed_list(ROWS), **wide}, r"\ntry: --column embedding  or  --columns logit_0\.\.logit_2")
    asked("choice-lone-float", "one number a row is no logits", {"id": pa.array([1, 2, 3]), "loss": loss}, r"the only float column is loss.*\ntry: name the class columns")
    asked("choice-class-of-integers", "a class that came out as integers is not left out", {**wide, "logit_3": pa.array([0, 0, 1])}, r"logit_3 is int64.*\ntry: --columns logit_0\.\.logit_3 --dtype float64")
    asked("choice-bits", "the bits of bfloat16", {"logits": pa.array([[16256, 0], [1, 2], [3, 4]], pa.list_(pa.uint16()))}, r"bfloat16.*\ntry: --column logits --bits bfloat16  or  --column logits --dtype float32", "INTEGER_LOGITS")
    asked("choice-tokens", "token ids are never offered", {"input_ids": pa.array([[1, 2], [3, 4], [5, 6]], pa.list_(pa.int32()))}, r"\ntry: name the columns that hold logits", "NO_LOGITS", 3)
    asked("choice-tokens-beside-nested", "token ids beside lists of lists of logits: the logits are named, with why they are not taken", {"tokens": pa.array([[101, 7], [101], [7]], pa.list_(pa.int32())), "logits": pa.array([[[0.5, 1.5], [2.5, 0.25]], [[0.5, 0.75]], []], pa.list_(pa.list_(pa.float32(), 2)))}, r"logits list of fixedSizeList of float32\)\ntry: one row for each inner list", "NO_LOGITS", 3)

    index = pa.table({"when": floats([9.5, 8.5, 7.5]), **wide, "__index_level_0__": floats([0.0, 1.0, 2.0])})
    write(GOLDEN / "choice-index.arrow", index.replace_schema_metadata({"pandas": json.dumps({"index_columns": ["when", "__index_level_0__"], "columns": []})}))
    expect("choice-index", "an index of pandas is no class", **wide_results(ROWS, list(wide)), summary={"columns": {"form": "wide", "names": list(wide), "count": 3, "dtype": "float32"}})
    write(GOLDEN / "choice-tokens-beside.arrow", pa.table({"input_ids": pa.array([[1], [2], [3]], pa.list_(pa.int32())), "logits": fixed_list(ROWS)}))
    expect("choice-tokens-beside", "token ids beside logits say by their names what they are", **results(ROWS), message="logits: logits, a column of lists of float32")

    brains = np.array(ROWS, np.float32).ravel()
    words = pa.array([struct.unpack("<I", struct.pack("<f", x))[0] >> 16 for x in brains], pa.uint16())
    write(GOLDEN / "bits.arrow", pa.table({"logits": pa.FixedSizeListArray.from_arrays(words, 3)}))
    expect("bits", "bfloat16 as uint16, computed in float32", args=["--bits", "bfloat16"], schema=["probs: FixedSizeList[3]<Float32>", "row_sum: Float64"], **results(ROWS))
    pairs = pa.array([struct.pack("<H", word) for word in words.to_pylist()], pa.binary(2))
    write(GOLDEN / "bits-in-bytes.arrow", pa.table({"logits": pa.ListArray.from_arrays(pa.array([0, 3, 6, 9], pa.int32()), pairs)}))
    expect("bits-in-bytes", "bfloat16 in two bytes each", args=["--bits", "bfloat16", "--dtype", "float64"], **results(ROWS, dtype="float64"))
    nulls = pa.table({name: pa.array([None] * 3, pa.float32()) for name in wide})
    write(GOLDEN / "choice-null-rows.arrow", nulls)
    expect("choice-null-rows", "all rows null, and that is what is wanted", args=["--on-null", "keep"], rows=3, summary={"validation": {"rows_null": 3}})


def texts() -> None:
    decimals = [["0.5", "1.5", "2.5"], ["0.25", "0.75", "1.25"], ["1.5", "0.5", "3.5"]]
    table = "".join(",".join(row) + "\n" for row in decimals)
    asked("choice-na", "another spelling of null is no text", "a,b,c\n0.5,1.5,2.5\n0.25,NA,1.25\n", r'line 3 \(row 1\), column b: "NA" .*\ntry: --null-values NA\n', "BAD_NUMBER", 3)
    asked("choice-decimal-commas", "decimal commas beside an id", "id;a;b\n1;0,5;1,5\n2;0,25;0,75\n", r"decimal commas.*\ntry: --decimal ,\n", "BAD_NUMBER", 3)
    asked("choice-decimal-commas-alone", "the whole parts of decimal commas are no columns", "0,5;1,5\n0,25;0,75\n", r"decimal commas.*\ntry: --decimal ,\n", "BAD_NUMBER", 3)
    asked("choice-thousands", "a comma before three digits may be a thousands separator", "a;b\n1,250;2,500\n3,125;4,000\n", r"thousands separator", "BAD_NUMBER", 3)
    asked("choice-lists-in-cells", "lists in the cells of a text", 'id,logits\n1,"[0.5, 1.5]"\n2,"[0.25, 0.75]"\n', r"column logits holds lists", "UNSUPPORTED_COLUMN")
    asked("choice-whole-class", "a class that is whole throughout may be one, or an id", "a,b,c\n0.5,-10000,2.5\n1.5,-10000,0.25\n", r"\ntry: --columns a\.\.c  or  --columns a,c")
    asked("choice-integers-with-id", "integers that share a pattern beside an id", "id,logit_0,logit_1\n11,3,4\n12,5,6\n", r"\ntry: --columns logit_0,logit_1\n")
    asked("choice-counter", "a column that counts the rows, without a name", "1,7,9\n2,3,5\n3,8,8\n", r"c0 counts the rows.*\ntry: --columns c1,c2\n")
    asked("choice-numbers-above-numbers", "0,1,2 above integers is a header, or a row", "0,1,2\n7,8,9\n", r"\ntry: --header yes  or  --header no\n")
    asked("choice-loss-and-pattern-in-text", "a loss beside columns that share a pattern", "loss,logit_0,logit_1\n0.5,1.5,2.5\n0.25,3.5,0.5\n", r"\ntry: --columns logit_0,logit_1  or  --columns loss\.\.logit_1\n")
    asked("choice-lone-decimal", "one column of numbers", "id,score\n11,0.5\n12,0.25\n", r"\ntry: name the class columns")

    names = ["a", "b", "c"]
    read("decimal-commas", "decimal commas between semicolons", ";".join(names) + "\n" + table.replace(",", ";").replace(".", ","), decimals, names, args=["--decimal", ","])
    quoted = "".join(",".join(f'"{text.replace(".", ",")}"' for text in row) + "\n" for row in decimals)
    read("decimal-commas-quoted", "decimal commas in quotes between commas", ",".join(names) + "\n" + quoted, decimals, names, args=["--decimal", ","])
    read("choice-returns", "lines that end with CR CR LF", (",".join(names) + "\n" + table + "\n").replace("\n", "\r\r\n"), decimals, names)
    read("choice-trailing", "a delimiter at the end of each row", ",".join(names) + ",\n" + table.replace("\n", ",\n"), decimals, names, args=["--keep", "none"])
    read("choice-empty", "a column without a single value", ",".join(names) + ",note\n" + table.replace("\n", ",\n"), decimals, names, args=["--keep", "none"])
    whole = [["3", "4", "5"], ["6", "7", "8"]]
    read("choice-nameless", "an index without a name, and names that are numbers above integers", ",0,1,2\n0,3,4,5\n1,6,7,8\n", whole, ["0", "1", "2"], args=["--keep", "none"])
    read("choice-unnamed", "the index that pandas reads back from its own CSV", "Unnamed: 0,a,b,c\n" + "".join(f"{i},{line}\n" for i, line in enumerate(table.splitlines())), decimals, names, args=["--keep", "none"])


if __name__ == "__main__":
    tables()
    texts()
