"""The same text is read by pyarrow and by Polars to the same values as by us."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.csv
import pytest
from common import assert_close, reference, run
from readers import with_pyarrow

ROWS, CLASSES = 400, 9
NAMES = [f"c{j}" for j in range(CLASSES)]
VALUES = np.random.default_rng(8).normal(0, 1, (ROWS, CLASSES)) * 10.0 ** np.random.default_rng(9).integers(-6, 2, (ROWS, CLASSES))

FORMATS = {
    "%.6f": lambda x: f"{x:.6f}",
    "%.9g": lambda x: f"{x:.9g}",
    "%.18e": lambda x: f"{x:.18e}",
    "shortest float32": lambda x: str(np.float32(x)),
    "shortest float64": lambda x: repr(float(x)),
    "integers": lambda x: str(round(x * 10)),
    "quoted": lambda x: f'"{x:.6f}"',
    "thirty digits": lambda x: f"{x:.30f}",
}
DIALECTS = {
    "comma": (",", "\n", True), "semicolon": (";", "\n", True), "tab": ("\t", "\n", True), "pipe": ("|", "\n", True),
    "windows": (",", "\r\n", True), "no header": (",", "\n", False), "no final newline": (",", "\n", True),
}


def document(form: str, dialect: str) -> str:
    delimiter, newline, header = DIALECTS[dialect]
    lines = [delimiter.join(NAMES)] if header else []
    lines += [delimiter.join(FORMATS[form](x) for x in row) for row in VALUES]
    return newline.join(lines) + ("" if dialect == "no final newline" else newline)


def by_pyarrow(path: Path, dialect: str, kind) -> np.ndarray:
    delimiter, _, header = DIALECTS[dialect]
    table = pyarrow.csv.read_csv(path, pyarrow.csv.ReadOptions(column_names=None if header else NAMES), pyarrow.csv.ParseOptions(delimiter=delimiter),
                                 pyarrow.csv.ConvertOptions(column_types={name: kind for name in NAMES}))
    return np.array([table[name].to_numpy() for name in NAMES]).T


def by_polars(path: Path, dialect: str) -> np.ndarray:
    delimiter, _, header = DIALECTS[dialect]
    return pl.read_csv(path, separator=delimiter, has_header=header, schema_overrides=[pl.Float64] * CLASSES).to_numpy()


def ours(path: Path, *args: str) -> dict[str, list]:
    return with_pyarrow(run(path, "--op", "both", "--layout", "list", "--keep-logits", *args))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("form", FORMATS)
def test_numbers(tmp_path: Path, form: str, dialect: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(document(form, dialect).encode())
    columns = ours(path)
    logits = np.array([columns[name] for name in NAMES], dtype=np.float32).T
    assert np.array_equal(logits, by_pyarrow(path, dialect, pyarrow.float32()))
    # Polars reads float64, from which a float32 is at most one rounding more away.
    assert np.allclose(logits, by_polars(path, dialect), rtol=6.1e-8, atol=1e-45)
    assert_close(columns["probs"], reference(logits))
    assert_close(columns["log_probs"], reference(logits, log=True), log=True)


@pytest.mark.parametrize("form", FORMATS)
def test_float64(tmp_path: Path, form: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(document(form, "comma").encode())
    columns = ours(path, "--dtype", "float64")
    logits = np.array([columns[name] for name in NAMES]).T
    assert np.array_equal(logits, by_pyarrow(path, "comma", pyarrow.float64()))
    assert_close(columns["probs"], reference(logits), "float64")


def test_other_columns(tmp_path: Path) -> None:
    """Text with quotes, delimiters and newlines, integers and booleans come out as pyarrow and Polars read them."""
    texts = ['say "hi"', "a,b", "two\nlines", "", "naïve 日本", "x" * 500]
    path = tmp_path / "in.csv"
    lines = ["text,n,ok,a,b"]
    for i in range(600):
        escaped = texts[i % 6].replace('"', '""')
        lines.append(f'"{escaped}",{i - 300},{"true" if i % 3 else "false"},{i / 7:.4f},-0.5')
    path.write_bytes(("\n".join(lines) + "\n").encode())
    columns = with_pyarrow(run(path, "--columns", "a,b"))
    frame = pl.read_csv(path)
    table = pyarrow.csv.read_csv(path, parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True))
    for name in ("text", "n", "ok"):
        assert columns[name] == frame[name].to_list() == table[name].to_pylist()


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_compressed(tmp_path: Path, ending: str) -> None:
    plain = tmp_path / "in.csv"
    plain.write_bytes(document("%.6f", "comma").encode())
    packed = tmp_path / f"in.csv.{ending}"
    with pyarrow.CompressedOutputStream(str(packed), {"gz": "gzip", "zst": "zstd"}[ending]) as out:
        out.write(plain.read_bytes())
    assert ours(packed) == ours(plain)
