"""A stream on standard output that failed is taken for a whole one by no reader, wherever it ends."""

import importlib
import io

import pyarrow as pa
import pytest

from common import logitmill

END_MARKER = bytes.fromhex("ffffffff00000000")
FAILED_END = bytes.fromhex("ffffffff1000000000000000")


def read_pyarrow(stream: bytes) -> int:
    return pa.ipc.open_stream(stream).read_all().num_rows


def read_pyarrow_batches(stream: bytes) -> int:
    return sum(batch.num_rows for batch in pa.ipc.open_stream(stream))


def read_polars(stream: bytes) -> int:
    return importlib.import_module("polars").read_ipc_stream(io.BytesIO(stream)).height


def read_duckdb(stream: bytes) -> int:
    duckdb = importlib.import_module("duckdb")
    return len(duckdb.from_arrow(pa.ipc.open_stream(stream)).fetchall())


def read_nanoarrow(stream: bytes) -> int:
    nanoarrow = importlib.import_module("nanoarrow")
    return len(nanoarrow.Array(nanoarrow.ArrayStream.from_readable(stream)))


def read_arrow_rs(stream: bytes) -> int:
    arro3 = importlib.import_module("arro3.io")
    return sum(batch.num_rows for batch in arro3.read_ipc_stream(io.BytesIO(stream)))


READERS = [read_pyarrow, read_pyarrow_batches, read_polars, read_duckdb, read_nanoarrow, read_arrow_rs]


@pytest.fixture(scope="module")
def stream(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("streams")
    (folder / "in.csv").write_text("a,b\n" + "0.5,1.5\n" * 1000)
    return logitmill("run", folder / "in.csv", "-o", "-").stdout


@pytest.mark.parametrize("read", READERS)
def test_failed(read, stream: bytes) -> None:
    try:
        assert read(stream) == 1000
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    assert stream.endswith(END_MARKER)
    batches = stream[: -len(END_MARKER)]
    schema = 8 + int.from_bytes(stream[4:8], "little")
    for sent in (batches, batches[:schema], batches[:-40], b""):
        with pytest.raises(Exception):
            read(sent + FAILED_END)


def test_invalid_rows(tmp_path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n0.5,1.5\nnan,2.5\n")
    assert logitmill("run", tmp_path / "in.csv", "-o", "-", code=4).stdout.endswith(FAILED_END)
