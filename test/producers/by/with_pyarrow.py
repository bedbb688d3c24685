"""pyarrow: IPC files and streams of every form of list, and write_csv."""

import pyarrow as pa
import pyarrow.csv
from case import Case, Producer, Refusal
from reasons import LIST_VIEWS, NESTED
from truth import ANIMALS, IDS, LOGITS, LOSSES, NAMES, RAGGED, TENSOR, TOKENS, columns, listed, tokens

F32 = pa.float32()


def read(path):
    table = pa.ipc.open_file(path).read_all()
    table.validate(full=True)
    return {field.name: storage(table[field.name]).to_pylist() for field in table.schema}


def storage(column):
    extension = isinstance(column.type, pa.BaseExtensionType)
    return column.combine_chunks().storage if extension else column


def read_tensor(path):
    table = pa.ipc.open_file(path).read_all()
    return {"id": table["id"].to_pylist(), "probs": table["probs"].combine_chunks().to_numpy_ndarray().tolist()}


def ipc(table: pa.Table, make=pa.ipc.new_file, rows: int | None = None, **options):
    def write(path):
        with make(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            writer.write_table(table, max_chunksize=rows)

    return write


def of(kind, table: dict = listed()) -> pa.Table:
    return pa.table({name: pa.array(values, kind) if name == "logits" else pa.array(values) for name, values in table.items()})


def scored(form) -> dict:
    """The classes' columns in a form that is not read, and floats beside them."""
    return {name: form(pa.array(LOGITS[:, j])) for j, name in enumerate(NAMES)} | FLOATS


def beside(column: pa.Array) -> pa.Table:
    return of(pa.list_(F32)).append_column("beside", column)


lists = of(pa.list_(F32))
wide, with_loss = pa.table(columns()), pa.table(columns(loss=True))
tensors = pa.table({"id": IDS, "logits": pa.FixedShapeTensorArray.from_numpy_ndarray(TENSOR)})
runs = pa.RunEndEncodedArray.from_arrays(pa.array([5, 12], pa.int32()), pa.array(["a", "b"]))
union = pa.UnionArray.from_sparse(pa.array([0, 1] * 6, pa.int8()), [pa.array(IDS), pa.array(["t"] * 12)])
integers = {name: (values * 100).astype("int8") for name, values in columns().items() if name in NAMES}
FLOATS = {"loss": pa.array(LOSSES, F32), "gain": pa.array(LOSSES, F32)}
# No hint may offer what lies beside scores that are not read.
UNREAD = Refusal(2, ("logit_",), ("loss,gain",))
BESIDE = ("id", "text", "label", "loss")

PRODUCER = Producer(
    "pyarrow",
    pa.__version__,
    [
        Case("new_file", "wide.arrow", ipc(wide), LOGITS, "a column a class", names=NAMES, beside=BESIDE[:3]),
        Case("new_file, a loss beside", "loss.arrow", ipc(with_loss), None, "a column a class", refusal=Refusal(2, ("loss", "logit_"))),
        Case("new_stream", "list.arrows", ipc(lists, pa.ipc.new_stream), LOGITS, "list<float>", beside=BESIDE),
        Case("new_file of list", "list.arrow", ipc(lists), LOGITS, "list<float>", beside=BESIDE),
        Case("new_file of list, batches of 5", "batches.arrow", ipc(lists, rows=5), LOGITS, "list<float>", beside=BESIDE),
        Case("new_file of list, LZ4", "lz4.arrow", ipc(lists, compression="lz4"), LOGITS, "list<float>, LZ4", beside=BESIDE),
        Case("new_file of list, ZSTD", "zstd.arrow", ipc(lists, compression="zstd"), LOGITS, "list<float>, ZSTD", beside=BESIDE),
        Case("new_file of list, ragged", "ragged.arrow", ipc(of(pa.list_(F32), listed(RAGGED))), RAGGED, "list<float>", beside=BESIDE),
        Case("new_file of large_list", "large.arrow", ipc(of(pa.large_list(F32))), LOGITS, "large_list<float>", beside=BESIDE),
        Case("new_file of fixed_size_list", "fixed.arrow", ipc(of(pa.list_(F32, 6))), LOGITS, "fixed_size_list<float>[6]", beside=BESIDE),
        Case("new_file of list_view", "view.arrow", ipc(of(pa.list_view(F32))), LOGITS, "list_view<float>", beside=BESIDE,
             missing=LIST_VIEWS),
        Case("new_file of large_list_view", "views.arrow", ipc(of(pa.large_list_view(F32))), LOGITS, "large_list_view<float>",
             beside=BESIDE, missing=LIST_VIEWS),
        Case("new_file of list of half floats", "half.arrow", ipc(of(pa.list_(pa.float16()), listed(LOGITS.astype("float16")))),
             LOGITS.astype("float16"), "list<halffloat>", dtype="float16", beside=BESIDE),
        Case("new_file of tokens x vocabulary", "tokens.arrow", ipc(of(pa.list_(pa.list_(F32)), tokens())), TOKENS, "list<list<float>>",
             options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("the same, fixed in list", "rows.arrow", ipc(of(pa.list_(pa.list_(F32, 7)), tokens())), TOKENS,
             "list<fixed_size_list<float>[7]>", options=("--column", "logits"), beside=("id", "input_ids", "loss"), missing=NESTED),
        Case("the same, nothing said", "which.arrow", ipc(of(pa.list_(pa.list_(F32, 7)), tokens())), TOKENS,
             "list<fixed_size_list<float>[7]>, list<int64>", refusal=Refusal(2, ("logits",))),
        Case("FixedShapeTensorArray", "tensor.arrow", ipc(tensors), TENSOR, "arrow.fixed_shape_tensor[3, 7]",
             beside=("id",), read=read_tensor),
        Case("a dictionary beside", "dictionary.arrow", ipc(beside(pa.array(["a", "b"] * 6).dictionary_encode())), LOGITS,
             "list<float>, dictionary", beside=(*BESIDE, "beside")),
        Case("run-end encoding beside", "runs.arrow", ipc(beside(runs)), LOGITS, "list<float>, run_end_encoded",
             options=("--keep", ",".join(BESIDE)), beside=BESIDE),
        Case("a union beside", "union.arrow", ipc(beside(union)), LOGITS, "list<float>, sparse_union",
             options=("--keep", ",".join(BESIDE)), beside=BESIDE),
        Case("a string view beside", "strings.arrow", ipc(beside(pa.array(["a", "b" * 20] * 6, pa.string_view()))), LOGITS,
             "list<float>, string_view", beside=(*BESIDE, "beside")),
        Case("int8 columns", "int8.arrow", ipc(pa.table(integers)), None, "a column of int8 a class", refusal=Refusal(2, ("--dtype",))),
        Case("scores as text", "text.arrow", ipc(pa.table(scored(lambda column: column.cast(pa.string())))), None, "a column of text a class, floats beside",
             refusal=UNREAD),
        Case("scores in dictionaries", "encoded.arrow", ipc(pa.table(scored(pa.Array.dictionary_encode))), None,
             "a dictionary<float> a class, floats beside", refusal=UNREAD),
        Case("rows as bytes", "bytes.arrow", ipc(pa.table({"logits": [row.tobytes() for row in LOGITS], **FLOATS})), None,
             "binary, floats beside", refusal=Refusal(2, ("logits",), ("loss,gain",))),
        Case("write_csv", "animals.csv", lambda path: pa.csv.write_csv(pa.table(dict(zip(ANIMALS, LOGITS.T.copy(), strict=True))), path),
             LOGITS, "quoted header", names=ANIMALS),
        Case("write_csv with ids and labels", "wide.csv", lambda path: pa.csv.write_csv(with_loss, path), LOGITS, "all text quoted",
             options=("--columns", "logit_*"), names=NAMES, beside=BESIDE),
    ],
    read,
)

