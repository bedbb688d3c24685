"""R without packages: write.table, write.csv and write.csv2; where there is no Rscript, there are no cases."""

import json
import shutil
import subprocess

from case import Case, Producer, Refusal
from reasons import R_TABLES
from truth import ANIMALS, LOGITS

# A matrix with the names of its columns, as predict() of many packages gives it; `x` and `path` are the script's words.
MATRIX = f"x <- matrix(c({', '.join(map(repr, LOGITS.astype(float).ravel().tolist()))}), ncol = 6, byrow = TRUE)"
NAMED = f"colnames(x) <- c({', '.join(json.dumps(name) for name in ANIMALS)})"
NUMBERED = [f"c{j}" for j in range(6)]
# Row names are texts of numbers, and a class to nobody: read without them, or refused with the columns to type.
ROW_NAMES = Refusal(2, ("cat..hen",))


def r(call: str, names: str = NAMED):
    return lambda path: script("\n".join([MATRIX, names, f"path <- {json.dumps(str(path))}", call]))


def script(text: str) -> str:
    return subprocess.run(["Rscript", "--vanilla", "-e", text], capture_output=True, text=True, check=True, timeout=120).stdout


RSCRIPT = shutil.which("Rscript")

PRODUCER = Producer(
    "R",
    script('cat(paste(R.version$major, R.version$minor, sep = "."))') if RSCRIPT else "",
    [
        Case("write.csv", "rows.csv", r("write.csv(x, path)"), LOGITS, 'row names under ""', names=ANIMALS, refusal=ROW_NAMES),
        Case("write.csv, row.names = FALSE", "animals.csv", r("write.csv(x, path, row.names = FALSE)"), LOGITS, "quoted header",
             names=ANIMALS),
        Case("write.csv2", "commas.csv", r("write.csv2(x, path, row.names = FALSE)"), LOGITS, "decimal commas",
             options=("--decimal", ","), names=ANIMALS),
        Case("write.table", "table.txt", r("write.table(x, path)"), LOGITS, "blanks, row names, a header one field short",
             names=ANIMALS, refusal=ROW_NAMES, missing=R_TABLES),
        Case("write.table with tabs", "table.tsv", r('write.table(x, path, sep = "\\t", quote = FALSE)'), LOGITS,
             "row names, a header one field short", names=ANIMALS, refusal=ROW_NAMES, missing=R_TABLES),
        Case("write.table, no names at all", "bare.txt", r("write.table(x, path, row.names = FALSE, col.names = FALSE)"), LOGITS,
             "blanks", names=NUMBERED, missing=R_TABLES),
        Case("write.csv of columns without names", "v.csv", r("write.csv(x, path, row.names = FALSE)", names=""), LOGITS,
             "header V1, V2, …", names=[f"V{j + 1}" for j in range(6)]),
    ]
    if RSCRIPT
    else [],
)
