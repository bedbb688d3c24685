"""DuckDB from CSV to Arrow by way of pyarrow, streaming, every number read as float: INPUT OUTPUT.

Does not do: sums, validation, an output that is whole or absent.
"""

import sys

import duckdb
import pyarrow as pa

with open(sys.argv[1], encoding="utf8") as file:
    names = file.readline().rstrip("\n").split(",")
columns = ", ".join(f"'{name}': 'FLOAT'" for name in names)


def total(terms):
    """A sum as a balanced tree: a chain of a thousand is too deep for DuckDB."""
    half = len(terms) // 2
    return terms[0] if half == 0 else f"({total(terms[:half])} + {total(terms[half:])})"


largest = f"greatest({', '.join(names)})"
query = f"""
WITH logits AS (
  SELECT *, {largest} AS largest
  FROM read_csv('{sys.argv[1]}', header=true, delim=',', auto_detect=false, columns={{{columns}}})
), exponentials AS (
  SELECT {", ".join(f"exp({name} - largest) AS {name}" for name in names)} FROM logits
), totals AS (
  SELECT *, {total(names)} AS total FROM exponentials
)
SELECT {", ".join(f"({name} / total)::FLOAT AS {name}" for name in names)} FROM totals
"""
reader = duckdb.connect().sql(query).to_arrow_reader(16384)
with pa.OSFile(sys.argv[2], "wb") as sink, pa.ipc.new_file(sink, reader.schema) as writer:
    for batch in reader:
        writer.write_batch(batch)
