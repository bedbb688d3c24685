"""Writes the Arrow cases of data/golden with other dtypes, dims, ragged lists and nulls."""

import math
import struct

import numpy as np
import pyarrow as pa
from arrow_files import NAMES, fixed_list, tensor, variable_list, wide, write
from reference import GOLDEN, columns, expect, log_softmax, reduce, results, wide_results


def normal(seed: int, shape: tuple[int, ...], dtype: str = "float32", spread: float = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, shape).astype(dtype)


def along(values: np.ndarray, axis: int, log: bool = False) -> list:
    """The reference along any axis."""
    moved = np.moveaxis(values.astype(float), axis, -1)
    flat = [reduce(row.tolist(), log=log) for row in moved.reshape(-1, moved.shape[-1])]
    return np.moveaxis(np.array(flat, dtype=float).reshape(moved.shape), -1, axis).tolist()


def dtypes() -> None:
    for dtype in ("float16", "float64"):
        rows = normal(21, (6, 9), dtype).astype(float).tolist()
        name, kind = dtype, NAMES[dtype]
        write(GOLDEN / f"{name}.arrow", {"logits": fixed_list(rows, dtype)}, [4, 2])
        expect(name, f"{dtype} in, {dtype} out", args=["--op", "both"], batches=[4, 2],
               schema=[f"{r}: FixedSizeList[9]<{kind}>" for r in ("probs", "log_probs")] + ["row_sum: Float64"],
               summary={"dtype": dtype}, **results(rows, "both", dtype))
        names = [f"c{j}" for j in range(9)]
        write(GOLDEN / f"{name}-wide.arrow", wide(rows, names, dtype))
        expect(f"{name}-wide", f"{dtype}, one column a class", schema=[*[f"probs_{n}: {kind}" for n in names], "row_sum: Float64"],
               **wide_results(rows, names, dtype=dtype))
    hard = [[20.0, 0.0, 0.0, 0.0], [0.0, -745.5, -1.0, 1.0], [1e300, -1e300, 1e300, 0.0], [-700.0, 700.0, 1e-300, 5.0]]
    write(GOLDEN / "float64-hard.arrow", {"logits": fixed_list(hard, "float64")})
    expect("float64-hard", "the far ends of float64", args=["--op", "both"], **results(hard, "both", "float64"))

    rows = normal(22, (3, 5)).astype(float).tolist()
    write(GOLDEN / "cast.arrow", {"logits": fixed_list(rows)})
    expect("cast-float64", "float32 logits computed and stored as float64", input="cast.arrow", args=["--dtype", "float64"],
           schema=["probs: FixedSizeList[5]<Float64>", "row_sum: Float64"], **results(rows, dtype="float64"))
    halves = np.array(rows, dtype=np.float32).astype(np.float16).astype(float).tolist()
    expect("cast-float16", "float32 logits rounded to float16 first", input="cast.arrow", args=["--dtype", "float16"],
           schema=["probs: FixedSizeList[5]<Float16>", "row_sum: Float64"], **results(halves, dtype="float16"))

    whole = [[3, -1, 0, 7], [100, 99, -100, 2]]
    flat = pa.array(np.array(whole, dtype=np.int32).ravel())
    write(GOLDEN / "integers.arrow", {"logits": pa.FixedSizeListArray.from_arrays(flat, 4)})
    expect("integers", "integers need --dtype", exitCode=2, error="INTEGER_LOGITS", message="try: .*--dtype float(32|64)")
    expect("integers-cast", "and with it are taken", input="integers.arrow", args=["--dtype", "float32"],
           schema=["probs: FixedSizeList[4]<Float32>", "row_sum: Float64"], **results([[float(x) for x in row] for row in whole]))


def halves() -> None:
    tiny, inf, nan = 2.0**-24, math.inf, math.nan
    rows = [[tiny, -tiny, 3 * tiny], [-0.0, 0.0, -0.0], [65504.0, -65504.0, 65504.0], [-inf, 1.0, 2.0], [0.0, -16.5, -9.703125],
            [nan, 1.0, 2.0], [inf, 1.0, 2.0], [-inf, -inf, -inf], [1.0, 2.0, 3.0]]
    for form in ("list", "wide"):
        args = ["--op", "both", "--on-invalid", "keep"]
        name, names = f"float16-specials-{form}", ["a", "b", "c"]
        write(GOLDEN / f"{name}.arrow", {"logits": fixed_list(rows, "float16")} if form == "list" else wide(rows, names, "float16"))
        found = results(rows, "both", "float16") if form == "list" else wide_results(rows, names, "both", "float16")
        found.pop("sumOf")
        expect(name, "float16: subnormal, -0, the largest, results that are subnormal, rows without a softmax", args=args, **found,
               summary={"validation": {"rows_invalid": 3, "first_invalid": [{"row": 5, "sum": None, "reason": "nan"},
                        {"row": 6, "sum": None, "reason": "+inf"}, {"row": 7, "sum": None, "reason": "all -inf"}]}})
    lists = [[1.0, 2.0, 3.0], [], [5.0], None, [0.25, -0.5], [7.0] * 70]
    write(GOLDEN / "float16-ragged.arrow", {"logits": variable_list(lists, "float16")}, [2, 4])
    expect("float16-ragged", "ragged rows of halves", args=["--op", "log_softmax"], batches=[2, 4],
           schema=["log_probs: List<Float16>", "row_sum: Float64"], **results(lists, "log_softmax", "float16"))
    values = normal(26, (3, 2, 4, 3), "float16")
    write(GOLDEN / "float16-tensor.arrow", {"logits": tensor(values)})
    result = {"probs": along(values, 2), "log_probs": along(values, 2, log=True)}
    expect("float16-tensor", "an inner dim of halves", args=["--op", "both", "--dim=2"], values=result,
           tolerance={key: {"ulp": 2, "of": "float16"} for key in result})
    # 1 + 2^-11 + 2^-40 is nearest to 1 + 2^-10; rounded to float32 first, it would become 1.
    once = [[1 + 2.0**-11 + 2.0**-40, 0.0], [1 + 2.0**-11 - 2.0**-40, 0.0], [70000.0, 0.0]]
    rounded = np.array(once).astype(np.float16).astype(float).tolist()
    write(GOLDEN / "cast-once.arrow", {"logits": fixed_list(once, "float64")})
    expect("cast-once", "float64 to float16 is rounded once; what is too large is infinity", args=["--op", "log_softmax", "--dtype", "float16", "--keep-logits", "--on-invalid", "keep"],
           schema=["logits: FixedSizeList[2]<Float64>", "log_probs: FixedSizeList[2]<Float16>", "row_sum: Float64"],
           values={"log_probs": log_softmax(rounded), "logits": once},
           tolerance={"log_probs": {"ulp": 0.51, "of": "float16"}}, summary={"validation": {"rows_invalid": 1}})
    whole = [[3, -1, 0, 7], [100, 99, -100, 2], [4097, 4095, 0, 4096]]
    flat = pa.array(np.array(whole, dtype=np.int64).ravel())
    write(GOLDEN / "integers-float16.arrow", {"logits": pa.FixedSizeListArray.from_arrays(flat, 4)})
    rounded = np.array(whole).astype(np.float16).astype(float).tolist()
    expect("integers-float16", "integers rounded to float16", args=["--dtype", "float16"],
           schema=["probs: FixedSizeList[4]<Float16>", "row_sum: Float64"], **results(rounded, "softmax", "float16"))


def ragged() -> None:
    rows = [[1.0, 2.0, 3.0], [], [5.0], [0.25, -0.5], [], [7.0, 7.0, 7.0, 7.0]]
    for large, name, kind in ((False, "ragged", "List"), (True, "ragged-large", "LargeList")):
        write(GOLDEN / f"{name}.arrow", {"logits": variable_list(rows, large=large), "id": pa.array(range(6))}, [2, 4])
        expect(name, "rows of different widths, some without classes", args=["--op", "both"], same=["id"],
               schema=[f"probs: {kind}<Float32>", f"log_probs: {kind}<Float32>", "row_sum: Float64", "id: Int64"],
               batches=[2, 4], summary={"classes": None}, **results(rows, "both"))
    # A first offset that is not 0 is allowed; pyarrow never writes one, so it is put in afterwards.
    path = GOLDEN / "ragged-offset.arrow"
    write(path, {"logits": variable_list([[9.0, 1.0, 2.0], [3.0, 4.5], [5.0, 6.0, 7.0]])})
    data = path.read_bytes()
    before = struct.pack("<4i", 0, 3, 5, 8)
    assert data.count(before) == 1
    path.write_bytes(data.replace(before, struct.pack("<4i", 1, 3, 5, 8)))
    expect("ragged-offset", "a first list offset other than 0", schema=["probs: List<Float32>", "row_sum: Float64"],
           **results([[1.0, 2.0], [3.0, 4.5], [5.0, 6.0, 7.0]]))


def nulls() -> None:
    rows = [[1.0, 2.0, 3.0], None, [None, 0.5, 0.0], [4.0, 5.0, 6.0], [None, None, None], [0.0, None, -2.0]]
    masked = [[1.0, 2.0, 3.0], None, [-math.inf, 0.5, 0.0], [4.0, 5.0, 6.0], [-math.inf] * 3, [0.0, -math.inf, -2.0]]
    strict = [row if row is not None and None not in row else None for row in rows]
    forms = {"nulls": fixed_list(rows), "nulls-list": variable_list(rows)}
    for name, column in forms.items():
        kind = "FixedSizeList[3]<Float32>" if name == "nulls" else "List<Float32>"
        schema = [f"probs: {kind}", "row_sum: Float64"]
        write(GOLDEN / f"{name}.arrow", {"logits": column}, [4, 2])
        expect(name, "a null row or a null element makes the row null", schema=schema, batches=[4, 2],
               nullable={"probs": True, "row_sum": True}, **results(strict),
               summary={"validation": {"rows_checked": 6, "rows_valid": 2, "rows_null": 4, "rows_invalid": 0}})
        expect(f"{name}-masked", "with --mask-nulls a null logit counts as -inf", input=f"{name}.arrow", schema=schema,
               args=["--mask-nulls", "--on-invalid", "keep"], **results(masked),
               summary={"validation": {"rows_null": 1, "rows_invalid": 1,
                                       "first_invalid": [{"row": 4, "sum": None, "reason": "all -inf"}]}})
    names = ["a", "b", "c"]
    table = wide([row if row is not None else [None] * 3 for row in rows], names)
    write(GOLDEN / "nulls-wide.arrow", table)
    expect("nulls-wide", "a null in any column makes the row null", **wide_results(strict, names),
           summary={"validation": {"rows_null": 4, "rows_valid": 2}})


def dims() -> None:
    shapes = {"tensor-3d": (5, 2, 3), "tensor-4d": (3, 2, 4, 3)}
    for name, shape in shapes.items():
        values = normal(23, shape)
        write(GOLDEN / f"{name}.arrow", {"logits": tensor(values)}, [1, shape[0] - 1])
        for axis in range(len(shape)):
            dim = axis if axis % 2 else axis - len(shape)
            both = {"probs": along(values, axis), "log_probs": along(values, axis, log=True)}
            tolerance = {key: {"ulp": 2, "of": "float32"} for key in both}
            if axis == 0:
                extra = {"names": ["probs", "log_probs"], "values": both, "tolerance": tolerance,
                         "summary": {"dim": dim, "validation": {"unit": "column", "rows_checked": math.prod(shape[1:]), "rows_invalid": 0}}}
            else:
                slices = math.prod(shape[1:]) // shape[axis]
                sums = [[1.0] * slices if slices > 1 else 1.0] * shape[0]
                extra = {"names": ["probs", "log_probs", "row_sum"], "values": {**both, "row_sum": sums},
                         "tolerance": {**tolerance, "row_sum": {"abs": 2e-7}}, "summary": {"classes": shape[axis]}}
            expect(f"{name}-dim{axis}", f"dim {dim} of {list(shape)}", input=f"{name}.arrow",
                   args=["--op", "both", f"--dim={dim}"], batches=[1, shape[0] - 1], **extra)
    expect("dim-out-of-range", "the error names the range that is allowed", input="tensor-3d.arrow", args=["--dim=3"],
           exitCode=2, error="DIM_OUT_OF_RANGE", message="-3 .*2")

    values = normal(24, (4, 2, 3))
    kind = {"ARROW:extension:name": "arrow.fixed_shape_tensor",
            "ARROW:extension:metadata": '{"shape":[2,3],"dim_names":["head","token"]}'}
    storage = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 6)
    schema = pa.schema([pa.field("logits", storage.type, metadata=kind)])
    write(GOLDEN / "tensor-extension.arrow", pa.Table.from_arrays([storage], schema=schema))
    result = along(values, 1)
    expect("tensor-extension", "the canonical tensor type keeps its metadata", args=["--dim=1"],
           schema=["probs: FixedSizeList[6]<Float32>", "row_sum: FixedSizeList[3]<Float64>"],
           values={"probs": [np.array(row).ravel().tolist() for row in result], "row_sum": [[1.0] * 3] * 4},
           tolerance={"probs": {"ulp": 2, "of": "float32"}, "row_sum": {"abs": 2e-7}},
           metadata={"probs": kind})


def rows_of_the_file() -> None:
    values = normal(25, (9, 3))
    rows, names = values.astype(float).tolist(), ["a", "b", "c"]
    down, down_log = along(values, 0), along(values, 0, log=True)
    unit = {"dim": 0, "validation": {"unit": "column", "rows_checked": 3, "rows_valid": 3, "rows_invalid": 0}}
    write(GOLDEN / "dim0.arrow", {"logits": fixed_list(rows)}, [1, 5, 0, 3])
    expect("dim0", "every column sums to one over the whole file", args=["--op", "both", "--dim", "0"], batches=[1, 5, 0, 3],
           schema=["probs: FixedSizeList[3]<Float32>", "log_probs: FixedSizeList[3]<Float32>"], summary=unit,
           values={"probs": down, "log_probs": down_log},
           tolerance={"probs": {"ulp": 2, "of": "float32"}, "log_probs": {"ulp": 2, "of": "float32"}})
    write(GOLDEN / "dim0-wide.arrow", {**wide(rows, names), "id": pa.array(range(9))}, [4, 5])
    expect("dim0-wide", "likewise one column a class", args=["--dim", "0"], same=["id"], summary=unit,
           schema=[*[f"probs_{name}: Float32" for name in names], "id: Int64"],
           values=dict(zip([f"probs_{name}" for name in names], columns(down))),
           tolerance={f"probs_{name}": {"ulp": 2, "of": "float32"} for name in names})


def main() -> None:
    for part in (dtypes, halves, ragged, nulls, dims, rows_of_the_file):
        part()


if __name__ == "__main__":
    main()
