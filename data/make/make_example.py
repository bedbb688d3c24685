"""Writes data/example.csv and data/example.arrow: inputs[i][j] = (i + 1) * (j + 1), 4 x 6."""

from pathlib import Path

import numpy as np
import pyarrow as pa

DATA = Path(__file__).resolve().parent.parent


def main() -> None:
    logits = np.outer(np.arange(1, 5), np.arange(1, 7)).astype(np.float32)

    with open(DATA / "example.csv", "w", newline="") as file:
        file.write(",".join(f"logit_{j}" for j in range(6)) + "\n")
        for row in logits:
            file.write(",".join(f"{value:.1f}" for value in row) + "\n")

    column = pa.FixedSizeListArray.from_arrays(pa.array(logits.ravel()), 6)
    table = pa.table({"logits": column})
    with pa.ipc.new_file(DATA / "example.arrow", table.schema) as writer:
        writer.write_table(table)


if __name__ == "__main__":
    main()
