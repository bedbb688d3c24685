"""Hugging Face datasets: save_to_disk, the files of its cache, to_csv and to_json."""

import datasets
from case import Case, Producer, Refusal, plain
from datasets import Array2D, Dataset, Features, List, Value
from reasons import FOLDERS, LIST_CELLS, NESTED, PARQUET, TENSORS
from truth import IDS, LOGITS, NAMES, TENSOR, TOKENS, columns, listed, tokens

datasets.disable_progress_bars()


def read_folder(path):
    return {name: plain(values) for name, values in Dataset.load_from_disk(str(path))[:].items()}


def read_file(path):
    return {name: plain(values) for name, values in Dataset.from_file(str(path))[:].items()}


def read(path):
    """Our files are in Arrow's file form; datasets reads streams, so pandas hands the columns over."""
    import pandas as pd

    return {name: plain(values) for name, values in Dataset.from_pandas(pd.read_feather(path), preserve_index=False)[:].items()}


def features(table: dict, logits) -> Dataset:
    kinds = {"id": Value("int64"), "text": Value("string"), "label": Value("int64"), "loss": Value("float64"), "input_ids": List(Value("int64"))}
    return Dataset.from_dict(table, Features({name: kinds.get(name, logits) for name in table}))


def only_file(dataset: Dataset):
    """The one Arrow stream of a saved dataset, as people copy it out of the folder."""

    def write(path):
        folder = path.with_name(f"{path.name}.saved")
        dataset.save_to_disk(str(folder))
        next(folder.glob("data-*.arrow")).rename(path)

    return write


def mapped(path):
    """map() in batches, which is how logits get beside the tokens they belong to."""
    source = Dataset.from_dict({name: values for name, values in tokens().items() if name != "logits"})
    found = source.map(lambda rows, at: {"logits": [TOKENS[i] for i in at]}, with_indices=True, batched=True, batch_size=5)
    only_file(found)(path)


lists = features(listed(), List(Value("float32")))
fixed = features(listed(), List(Value("float32"), length=6))
nested = features(tokens(), List(List(Value("float32"))))
arrays = features({"id": IDS, "logits": TENSOR}, Array2D((3, 7), "float32"))
wide = Dataset.from_dict(columns())
BESIDE = ("id", "text", "label", "loss")

PRODUCER = Producer(
    "Hugging Face datasets",
    datasets.__version__,
    [
        Case("save_to_disk, its file", "list.arrow", only_file(lists), LOGITS, "a stream of list<float>", beside=BESIDE,
             options=("--format", "stream"), read=read_file),
        Case("save_to_disk of List(length=6)", "fixed.arrow", only_file(fixed), LOGITS, "a stream of fixed_size_list<float>[6]",
             beside=BESIDE, options=("--format", "stream"), read=read_file),
        Case("save_to_disk, the folder", "saved", lambda path: lists.save_to_disk(str(path)), LOGITS, "data-*.arrow, state.json",
             beside=BESIDE, read=read_folder, missing=FOLDERS),
        Case("save_to_disk, two shards", "shards", lambda path: lists.save_to_disk(str(path), num_shards=2), LOGITS,
             "data-*.arrow, state.json", beside=BESIDE, read=read_folder, missing=FOLDERS),
        Case("save_to_disk, a column a class", "wide.arrow", only_file(wide), LOGITS, "a stream, a column a class", names=NAMES,
             options=("--format", "stream"), beside=BESIDE[:3], read=read_file),
        Case("map of tokens x vocabulary", "map.arrow", mapped, TOKENS, "a stream of list<list<float>>",
             options=("--column", "logits", "--format", "stream"), beside=("id", "input_ids", "loss"), read=read_file, missing=NESTED),
        Case("List(List)", "tokens.arrow", only_file(nested), TOKENS, "a stream of list<list<float>>",
             options=("--column", "logits", "--format", "stream"), beside=("id", "input_ids", "loss"), read=read_file, missing=NESTED),
        Case("the same, nothing said", "which.arrow", only_file(nested), TOKENS, "a stream of list<list<float>>, list<int64>",
             refusal=Refusal(2, ("logits",))),
        Case("Array2D", "array2d.arrow", only_file(arrays), TENSOR, "a stream of datasets.features.features.Array2DExtensionType",
             beside=("id",), options=("--format", "stream"), read=read_file, missing=TENSORS),
        Case("to_csv", "lists.csv", lambda path: lists.to_csv(str(path)), LOGITS, "arrays in cells: [0.5 1.5]",
             options=("--column", "logits"), beside=BESIDE, missing=LIST_CELLS),
        Case("to_csv, a column a class", "wide.csv", lambda path: wide.to_csv(str(path)), LOGITS, "quoted text, nulls",
             options=("--columns", "logit_*"), names=NAMES, beside=BESIDE[:3]),
        Case("to_json", "lists.jsonl", lambda path: lists.to_json(str(path)), None, "JSON lines", refusal=Refusal(3, ("JSON",))),
        Case("to_parquet", "lists.parquet", lambda path: lists.to_parquet(str(path)), LOGITS, "Parquet", beside=BESIDE, missing=PARQUET),
    ],
    read,
)
