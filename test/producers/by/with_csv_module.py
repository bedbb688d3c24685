"""Python's csv module, which ends lines with CR LF, and rows printed by str()."""

import csv
import platform

from case import Case, Producer
from reasons import LIST_CELLS
from truth import ANIMALS, IDS, LABELS, LOGITS, TEXTS


def write(path):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([ANIMALS, *LOGITS.tolist()])


def dictionaries(path):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "label", *ANIMALS])
        writer.writeheader()
        rows = zip(IDS, TEXTS, LABELS, LOGITS.tolist(), strict=True)
        writer.writerows({"id": i, "text": text, "label": label, **dict(zip(ANIMALS, row, strict=True))} for i, text, label, row in rows)


def lists(path):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("id", "logits"), *zip(IDS, LOGITS.tolist(), strict=True)])


PRODUCER = Producer(
    "csv (Python)",
    platform.python_version().rpartition(".")[0],
    [
        Case("writer", "animals.csv", write, LOGITS, "CR LF, doubles", names=ANIMALS),
        Case("DictWriter with ids and labels", "wide.csv", dictionaries, LOGITS, "CR LF, quoted text, nulls",
             options=("--columns", "cat..hen"), names=ANIMALS, beside=("id", "text", "label")),
        Case("writer of lists", "lists.csv", lists, LOGITS, "lists in cells: [0.5, 1.5]", options=("--column", "logits"), beside=("id",),
             missing=LIST_CELLS),
    ],
)
