"""NumPy: savetxt as it is, with a header and with commas; save and savez."""

import numpy as np
from case import Case, Producer, plain
from reasons import BLANKS, COMMENTS, NPY
from truth import ANIMALS, LOGITS

NUMBERED = [f"c{j}" for j in range(6)]


def read(path):
    """NumPy reads no Arrow: a column's buffer is what it takes from pyarrow."""
    import pyarrow as pa

    table = pa.ipc.open_file(path).read_all()
    return {name: plain(np.asarray(table[name])) for name in table.column_names}


def text(**options):
    return lambda path: np.savetxt(path, LOGITS, **options)


PRODUCER = Producer(
    "NumPy",
    np.__version__,
    [
        Case("savetxt", "logits.txt", text(), LOGITS, "blanks, %.18e", names=NUMBERED, missing=BLANKS),
        Case("savetxt with a header", "header.txt", text(header=" ".join(ANIMALS)), LOGITS, "blanks, # header", names=ANIMALS,
             missing=BLANKS),
        Case("savetxt, %8.3f", "padded.txt", text(fmt="%8.3f"), LOGITS.round(3), "padded columns", names=NUMBERED, missing=BLANKS),
        Case("savetxt with commas", "commas.csv", text(delimiter=","), LOGITS, "%.18e", names=NUMBERED),
        Case("savetxt with commas and a header", "header.csv", text(delimiter=",", header=",".join(ANIMALS)), LOGITS, "# header",
             names=ANIMALS, missing=COMMENTS),
        Case("savetxt with commas, comments=''", "plain.csv", text(delimiter=",", header=",".join(ANIMALS), comments=""), LOGITS,
             "%.18e", names=ANIMALS),
        Case("savetxt with tabs", "tabs.tsv", text(delimiter="\t"), LOGITS, "tabs", names=NUMBERED),
        Case("savetxt.gz", "logits.csv.gz", text(delimiter=","), LOGITS, "gzip", names=NUMBERED),
        Case("save", "logits.npy", lambda path: np.save(path, LOGITS), LOGITS, ".npy", missing=NPY),
        Case("savez", "logits.npz", lambda path: np.savez(path, logits=LOGITS), LOGITS, ".npz", missing=NPY),
    ],
    read,
)
