"""Writes the CSV cases of data/golden."""

import gzip
import json

from reference import GOLDEN, expect, nearest, results, wide_results

TEXTS = [["1.5", "-2.25", "0.125"], ["10.0", "9.5", "-3.75"], ["0.1", "0.2", "0.3"]]
NAMES = ["a", "b", "c"]


def numbers(texts, dtype: str = "float32"):
    return [None if None in row else [nearest(text, dtype) for text in row] for row in texts]


def schema(names, *kept: str, dtype: str = "Float32", result: str = "probs") -> list[str]:
    return [*kept, *[f"{result}_{name}: {dtype}" for name in names], "row_sum: Float64"]


def case(name: str, why: str, document: str | bytes, texts=TEXTS, names=NAMES, args=(), kept=(), dtype="float32", **more) -> None:
    """A document whose logits are `texts`; `kept` fields stand before them in the schema."""
    data = document.encode() if isinstance(document, str) else document
    (GOLDEN / f"{name}.csv").write_bytes(data)
    found = wide_results(numbers(texts, dtype), names, dtype=dtype)
    found["values"].update(more.pop("values", {}))
    shape = {"names": more.pop("shape")} if "shape" in more else {"schema": schema(names, *kept, dtype=dtype.capitalize())}
    expect(name, why, args=list(args), **shape, **found, **more)


def joined(delimiter: str = ",", newline: str = "\n", header: bool = True, texts=TEXTS) -> str:
    lines = ([delimiter.join(NAMES)] if header else []) + [delimiter.join(row) for row in texts]
    return newline.join(lines) + newline


def zip_rows(rows):
    return zip([("01234", "0.5"), ("5", "007"), ("007", "0012")], rows)


def dialects() -> None:
    for name, delimiter in (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("pipe", "|")):
        case(f"csv-{name}", f"fields between {name}s", joined(delimiter))
    case("csv-crlf", "lines of Windows", joined(newline="\r\n"))
    case("csv-no-final-newline", "the last line may end without a newline", joined()[:-1])
    case("csv-bom", "a byte order mark before the header", b"\xef\xbb\xbf" + joined().encode())
    case("csv-bom-no-header", "a byte order mark before a number", b"\xef\xbb\xbf" + joined(header=False).encode(), names=["c0", "c1", "c2"])
    case("csv-no-header", "a first line of numbers is no header", joined(header=False), names=["c0", "c1", "c2"])
    case("csv-header-of-numbers", "unless it is said to be one", "0,1,2\n" + joined(header=False), names=["0", "1", "2"], args=["--header", "yes"])
    case("csv-blank-lines", "blank lines are skipped", joined().replace("\n", "\n\n") + "\n\n")
    quoted = '"a","b","c"\n' + "\n".join(",".join(f'"{text}"' for text in row) for row in TEXTS) + "\n"
    case("csv-quoted", "every field in quotes", quoted)
    case("csv-single-quotes", "another quote character", quoted.replace('"', "'"), args=["--quote", "'"])
    case("csv-padded", "blanks around numbers", "\n".join(["a,b,c", *[" , ".join(f" {t} " for t in row) for row in TEXTS]]) + "\n")
    case("csv-given-delimiter", "the delimiter is said", joined(":"), args=["--delimiter", ":"])
    (GOLDEN / "csv-gzip.csv.gz").write_bytes(gzip.compress(joined().encode(), mtime=0))
    expect("csv-gzip", "compressed text", input="csv-gzip.csv.gz", schema=schema(NAMES), **wide_results(numbers(TEXTS), NAMES))


def number_forms() -> None:
    forms = [["+1", ".5", "5."], ["1e5", "99999.5", "1E+05"], ["-0", "0", "-0.0"], ["1e-50", "-1e-50", "0e99"], ["007", "-.25e1", "+2.5E-3"]]
    case("csv-number-forms", "the ways to write a number", joined(texts=forms), forms, args=["--columns", "a,b,c"])
    hard = [["0.00007458978871", "0.00007458978870", "0"], ["16777217", "16777219", "16777218"], ["33554431.000000001", "33554430", "33554433"],
            ["1.00000005960464477539062499999999999", "1.00000005960464477539062500000000001", "1.000000059604644775390625"],
            ["3.4028235677973366e38", "3.4028235e38", "3.40282346e38"], ["7.0064923216240854e-46", "1.4e-45", "0." + "0" * 60 + "1"],
            ["0.1000000014901161193847656250000000000000000000000000000000000000000000000001", "0.1", "0.10000000149011612"]]
    found = results(numbers(hard))
    found["values"].update({name: [row[j] for row in numbers(hard)] for j, name in enumerate(NAMES)})
    (GOLDEN / "csv-hard-rounding.csv").write_text(joined(texts=hard))
    expect("csv-hard-rounding", "texts close to the middle between two float32; the kept logits show how they were read",
           args=["--keep-logits", "--layout", "list"], names=[*NAMES, "probs", "row_sum"], **found)
    special = [["inf", "0.5", "1"], ["0", "-Infinity", "-INF"], ["nan", "1", "2"], ["+inf", "NaN", "0"], ["0.5", "-inf", "0.25"], ["-inf", "-inf", "-Infinity"]]
    case("csv-specials", "infinities and NaN, in any case", joined(texts=special), special, args=["--on-invalid", "keep"],
         summary={"validation": {"rows_invalid": 4, "first_invalid": [{"row": r, "sum": None, "reason": w} for r, w in
                                                                     ((0, "+inf"), (2, "nan"), (3, "nan"), (5, "all -inf"))]}})
    large = [["1e39", "0", "1.5"], ["-1e39", "0", "1"], ["3.5e38", "-3.5e38", "1"]]
    case("csv-too-large", "a number too large for float32 is infinity", joined(texts=large), large, args=["--on-invalid", "keep"],
         summary={"validation": {"rows_invalid": 2}})
    double = [["0.1", "0.10000000000000001", "1e-320"], ["-745.13321910194", "1e300", "1.7976931348623157e308"]]
    case("csv-float64", "--dtype float64 reads doubles", joined(texts=double), double, args=["--dtype", "float64"], dtype="float64")
    zeros = [["00.5", "0000001.25", "+01"], ["-007.250", "000", "01e1"], ["0" * 30 + "2", "-00", "0.5"]]
    document = "zip,share,a,b,c\n" + "".join(f"{zip},{share},{','.join(row)}\n" for (zip, share), row in zip_rows(zeros))
    case("csv-leading-zeros", "leading zeros are numbers, and an identifier's where no fraction is in the column", document, zeros,
         args=["--columns", "a,b,c"], kept=["zip: Utf8", "share: Float64"], values={"zip": ["01234", "5", "007"], "share": [0.5, 7.0, 12.0]})
    halves = [["0.1", "2049", "65504"], ["1.00048828125", "1.000488281250001", "6e-8"]]
    case("csv-float16", "--dtype float16 reads halves", joined(texts=halves), halves, args=["--dtype", "float16"], dtype="float16")
    whole = [["1", "2", "3"], ["-4", "5", "60"]]
    case("csv-integers", "columns of integers alone are logits", joined(texts=whole), whole)


def nulls() -> None:
    holes = [["1.5", "", "0.5"], ["2.5", "0.25", "1.0"], ["", "", ""]]
    texts = [[text or None for text in row] for row in holes]
    case("csv-nulls", "an empty field is null and makes the row null", joined(texts=holes), texts,
         summary={"validation": {"rows_null": 2, "rows_valid": 1}})
    spelled = [["1.5", "NA", "0.5"], ["2.5", "0.25", "1.0"], ["null", "", "3.0"]]
    texts = [[None if text in ("NA", "null", "") else text for text in row] for row in spelled]
    case("csv-null-values", "further spellings of null", joined(texts=spelled), texts, args=["--null-values", "NA,null"])
    (GOLDEN / "csv-one-column.csv").write_bytes(b"a\n1.5\n\n-2.5\n")
    expect("csv-one-column", "in a file of one column a blank line is a null; one column of numbers is taken only when it is named", args=["--columns", "a"], schema=["probs_a: Float32", "row_sum: Float64"],
           values={"probs_a": [1.0, None, 1.0], "row_sum": [1.0, None, 1.0]})


def other_columns() -> None:
    text = ['say ""hi""', "two\nlines", "com,ma", "", "naïve 日本"]
    read = ['say "hi"', "two\nlines", "com,ma", "", "naïve 日本"]
    logits = [[f"{i}.5", f"-{i}.25", "0.0625"] for i in range(5)]
    rest = {"when": ["2024-01-01"] * 5, "n": ["1", "-2", "", "30", "9007199254740993"], "zip": ["01234", "5", "6", "7", "8"],
            "share": ["0.1", "1", "2.5", "", "1e3"], "ok": ["true", "false", "", "true", "false"]}
    lines = ["text,when,n,zip,share,ok,logit_a,logit_b,logit_c"]
    for i in range(5):
        lines.append(",".join([f'"{text[i]}"', *[column[i] for column in rest.values()], *logits[i]]))
    names = ["logit_a", "logit_b", "logit_c"]
    document = "\n".join(lines) + "\n"
    kept = {"text": read, "when": rest["when"], "n": ["1", "-2", None, "30", "9007199254740993"], "zip": rest["zip"],
            "share": [0.1, 1.0, 2.5, None, 1000.0], "ok": [True, False, None, True, False]}
    fields = ["text: Utf8", "when: Utf8", "n: Int64", "zip: Utf8", "share: Float64", "ok: Bool"]
    case("csv-kept", "other columns pass through with their types", document, logits, names, ["--columns", "logit_*"], fields, values=kept)
    case("csv-kept-crlf", "the newline inside of quotes stays as it was", document.replace("\n", "\r\n").replace("two\r\nlines", "two\nlines"),
         logits, names, ["--columns", "logit_a..logit_c"], fields, values=kept)
    case("csv-typed", "--types says what a column is", document, logits, names,
         ["--columns", "logit_*", "--types", "n:string,share:utf8", "--keep", "n,share,zip"],
         ["n: Utf8", "zip: Utf8", "share: Utf8"],
         values={"n": ["1", "-2", None, "30", "9007199254740993"], "zip": rest["zip"], "share": ["0.1", "1", "2.5", None, "1e3"]})
    (GOLDEN / "csv-which.csv").write_text("id,label,s0,s1\n1,3,0.5,0.25\n2,4,1.5,-0.25\n")
    expect("csv-which", "an id among decimals is never guessed to be a logit", exitCode=2, error="AMBIGUOUS_COLUMNS",
           message="try: .*--columns '?(s\\*|s0,s1|s0\\.\\.s1)")
    case("csv-same-names", "columns that share a name pass through both", "x,x,a,b,c\n" + "".join(f"{i},t,{','.join(row)}\n" for i, row in enumerate(TEXTS)),
         args=["--columns", "a,b,c"], shape=["x", "x", *[f"probs_{name}" for name in NAMES], "row_sum"])
    wide_both = wide_results(numbers(TEXTS), NAMES, "both")
    expect("csv-both", "two results, one column a class each", input="csv-comma.csv", args=["--op", "both"],
           schema=[*[f"{k}: Float32" for k in wide_both["values"]], "row_sum: Float64"], **wide_both)
    expect("csv-to-list", "text to one list column, whose metadata say what the columns were called", input="csv-comma.csv", args=["--layout", "list"],
           schema=["probs: FixedSizeList[3]<Float32>", "row_sum: Float64"], metadata={"probs": {"classes": json.dumps(NAMES, separators=(",", ":"))}}, **results(numbers(TEXTS)))
    (GOLDEN / "csv-header-only.csv").write_text("a,b,c\n")
    expect("csv-header-only", "a header without rows gives an empty table", args=["--header", "yes"], rows=0, schema=schema(NAMES))
    for op in ("softmax", "log_softmax"):
        rows = [[float((i + 1) * (j + 1)) for j in range(6)] for i in range(4)]
        names = [f"logit_{j}" for j in range(6)]
        expect(f"example-csv-{op}", "the published example, as text", input="../example.csv", args=["--op", op],
               schema=schema(names, result="probs" if op == "softmax" else "log_probs"),
               **wide_results(rows, names, op))


def main() -> None:
    for part in (dialects, number_forms, nulls, other_columns):
        part()


if __name__ == "__main__":
    main()
