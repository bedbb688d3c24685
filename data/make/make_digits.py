"""Writes data/digits.csv, digits.arrow and digits-wide.arrow: the scores of a small classifier on real images.

The images are scikit-learn's bundled handwritten digits (1,797 of 8 x 8 pixels, from the UCI test set of
Alpaydin and Kaynak). A perceptron with one hidden layer of 32 units is trained on the first 898 and scores all
of them; the float32 scores before its softmax are the logits.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

DATA = Path(__file__).resolve().parent.parent
CLASSES = 10


def scores() -> tuple[np.ndarray, np.ndarray]:
    digits = load_digits()
    images = digits.data / 16.0
    model = MLPClassifier(hidden_layer_sizes=(32,), max_iter=1000, random_state=0)
    model.fit(images[:898], digits.target[:898])
    hidden = np.maximum(images @ model.coefs_[0] + model.intercepts_[0], 0)
    return (hidden @ model.coefs_[1] + model.intercepts_[1]).astype(np.float32), digits.target.astype(np.int64)


def write_arrow(path: Path, table: pa.Table, rows_per_batch: int) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows_per_batch)


def main() -> None:
    logits, labels = scores()
    ids = np.arange(len(labels), dtype=np.int64)

    # The shortest text that names each float32, without exponents.
    with open(DATA / "digits.csv", "w", newline="") as file:
        file.write("id,label," + ",".join(f"logit_{j}" for j in range(CLASSES)) + "\n")
        for row, (number, label) in enumerate(zip(ids, labels)):
            text = ",".join(np.format_float_positional(v, unique=True, trim="0") for v in logits[row])
            file.write(f"{number},{label},{text}\n")

    shared = {"id": pa.array(ids), "label": pa.array(labels)}
    column = pa.FixedSizeListArray.from_arrays(pa.array(logits.ravel()), CLASSES)
    write_arrow(DATA / "digits.arrow", pa.table(shared | {"logits": column}), 512)

    wide = {f"logit_{j}": pa.array(np.ascontiguousarray(logits[:, j])) for j in range(CLASSES)}
    write_arrow(DATA / "digits-wide.arrow", pa.table(shared | wide), 512)


if __name__ == "__main__":
    main()
