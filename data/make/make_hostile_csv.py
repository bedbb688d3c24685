"""Writes the cases of data/hostile that are CSV, or something else that somebody hands in by mistake."""

import gzip
import random

from reference import HOSTILE, expect


def case(name: str, why: str, data: str | bytes, code: str, message: str, args=(), exit_code: int = 3, ending: str = "csv") -> None:
    (HOSTILE / f"{name}.{ending}").write_bytes(data.encode() if isinstance(data, str) else data)
    expect(name, why, folder=HOSTILE, args=list(args), exitCode=exit_code, error=code, message=message)


def shapes() -> None:
    case("csv-row-short", "a row with too few fields", "a,b,c\n1.5,2.5,3.5\n1.5,2.5\n1.5,2.5,3.5\n", "BAD_ROW", r"line 3 .*2 fields.*3")
    case("csv-row-long", "a row with too many fields", "a,b,c\n1.5,2.5,3.5\n1.5,2.5,3.5,4.5\n", "BAD_ROW", r"line 3 .*4 fields.*3")
    shifted = "a,b,c\n1.5,2.5\n3.5,4.5,5.5,6.5\n" + "1.5,2.5,3.5\n" * 20
    case("csv-rows-that-even-out", "a short row and a long one, in sum as many fields as there should be", shifted, "BAD_ROW", "line 2 .*2 fields")
    case("csv-row-of-one-comma", "an empty row that is not blank", "a,b,c\n1.5,2.5,3.5\n,\n", "BAD_ROW", "line 3 ")
    case("csv-quote-open", "a quote that never closes: the line where it opened", 'a,b,c\n1.5,2.5,3.5\n1.5,"2.5,3.5\n1.5,2.5,3.5\n', "BAD_ROW", "line 3.*quote|quote.*line 3")
    case("csv-quote-then-text", "text after a closing quote", 'a,b,c\n1.5,2.5,3.5\n1.5,"2.5"x,3.5\n', "BAD_(ROW|NUMBER|VALUE)", "line 3 ", args=["--columns", "a,b,c"])
    case("csv-no-rows", "a header of words alone, and no numbers", "name,city\nAnn,Rome\nBob,Oslo\n", "NO_LOGITS", "name|text|number|logits")
    case("csv-empty", "nothing at all", b"", "INPUT_EMPTY", "empty")
    case("csv-newlines", "newlines alone", "\n\n\r\n\n", "INPUT_EMPTY|NO_LOGITS|INPUT_NOT_RECOGNISED", "empty|blank")


def numbers() -> None:
    texts = {"dots": "1.2.3", "letters": "abc", "hexadecimal": "0x1p3", "thousands": "1_000", "exponent-open": "1e", "signs": "--1", "sign-alone": "+", "dot-alone": ".",
             "exponent-alone": "e5", "unit": "5px", "inside-blank": "1 5", "exponent-fraction": "1e1.5", "infinite": "infinit", "long": "1" * 300 + "x", "arabic": "١٢"}
    for name, text in texts.items():
        shown = text if len(text) < 20 else text[:10]
        pattern = "".join(f"\\{c}" if c in ".+" else c for c in shown)
        case(f"csv-number-{name}", "a text that is not a number", f"a,b,c\n1.5,2.5,3.5\n0.5,0.25,0.125\n-1.5,{text},2.5\n",
             "BAD_NUMBER", rf'line 4 \(row 2\), column b: "{pattern}.*" is not a number', args=["--columns", "a,b,c"])
    case("csv-number-comma", "a decimal comma", "a;b\n1.5;2.5\n1,5;2.5\n", "BAD_NUMBER", '"1,5" is not a number', args=["--delimiter", ";", "--columns", "a,b"])
    case("csv-misfit-typed", "a value that does not fit the type that was asked for", "n,a,b\n1,0.5,0.25\ntwo,0.5,0.25\n", "BAD_VALUE", r'line 3 .*"two"',
         args=["--columns", "a,b", "--types", "n:int64"])


def characters() -> None:
    case("csv-not-utf8", "Latin-1 text", b"name,a,b\nAnn,0.5,0.25\nJos\xe9,0.5,0.25\n", "BAD_VALUE", "line 3.*UTF-8|UTF-8.*line 3", args=["--columns", "a,b"])
    case("csv-utf8-cut", "a character cut in half at the end of a field", b"name,a,b\nAnn,0.5,0.25\nJos\xc3,0.5,0.25\n", "BAD_VALUE", "line 3", args=["--columns", "a,b"])
    case("csv-utf8-surrogate", "half of a surrogate pair", b"name,a,b\nAnn,0.5,0.25\n\xed\xa0\x80,0.5,0.25\n", "BAD_VALUE", "line 3", args=["--columns", "a,b"])
    case("csv-header-not-utf8", "a name in Latin-1", b"caf\xe9,b\n0.5,0.25\n1.5,2.5\n", "BAD_VALUE|INPUT_CORRUPT|INPUT_NOT_RECOGNISED|BAD_ROW", "line 1|UTF-8")
    case("csv-nul-in-number", "a NUL byte in a number", b"a,b\n0.5,0.25\n1.5,2\x00.5\n", "BAD_NUMBER|INPUT_NOT_RECOGNISED", "line 3|not")
    case("csv-utf16", "text in UTF-16, as some spreadsheets export it", "a,b\n0.5,0.25\n".encode("utf-16"), "INPUT_NOT_RECOGNISED|INPUT_UNSUPPORTED", "UTF-16|not ")


def others() -> None:
    noise = random.Random(7).randbytes(2048)
    case("noise", "random bytes", noise, "INPUT_NOT_RECOGNISED", "not ", ending="bin")
    kinds = {"parquet": (b"PAR1" + noise[:200] + b"PAR1", "Parquet"), "feather": (b"FEA1" + noise[:200] + b"FEA1", "Feather"),
             "zip": (b"PK\x03\x04" + noise[:200], ""), "png": (b"\x89PNG\r\n\x1a\n" + noise[:200], ""), "pickle": (b"\x80\x04\x95" + noise[:200], ""),
             "numpy": (b"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}" + noise[:100], ""), "hdf5": (b"\x89HDF\r\n\x1a\n" + noise[:200], "")}
    for name, (data, text) in kinds.items():
        case(name, "another kind of file", data, "INPUT_NOT_RECOGNISED|INPUT_UNSUPPORTED", text or "not ", ending=name)
    case("zeros", "zeros, as a sparse file after a crash", b"\0" * 4096, "INPUT_NOT_RECOGNISED", "not ", ending="bin")
    case("json-lines", "JSON lines", '{"a": 0.5, "b": 1.5}\n{"a": 0.25, "b": 2.5}\n', "NO_LOGITS|INPUT_NOT_RECOGNISED|BAD_ROW|BAD_NUMBER|AMBIGUOUS_COLUMNS", "", ending="json")
    case("html", "the error page of a server", "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n", "NO_LOGITS|INPUT_NOT_RECOGNISED|BAD_ROW", "", ending="csv")


def compressed() -> None:
    whole = gzip.compress(b"a,b\n" + b"0.5,0.25\n" * 200, mtime=0)
    case("gzip-cut", "a compressed file that stops", whole[:-20], "INPUT_CORRUPT", "", ending="csv.gz")
    case("gzip-magic", "two bytes of gzip and no more", b"\x1f\x8b", "INPUT_CORRUPT", "", ending="csv.gz")
    case("gzip-checksum", "a compressed file whose checksum is wrong", whole[:-8] + b"\0\0\0\0" + whole[-4:], "INPUT_CORRUPT", "", ending="csv.gz")
    case("gzip-noise", "gzip's first bytes, then noise", whole[:10] + random.Random(8).randbytes(300), "INPUT_CORRUPT", "", ending="csv.gz")
    case("gzip-of-nothing", "compressed emptiness", gzip.compress(b"", mtime=0), "INPUT_EMPTY", "empty", ending="csv.gz")


def cut_magic() -> None:
    for length in range(1, 8):
        case(f"arrow-magic-{length}", "the beginning of an Arrow file's first eight bytes is no CSV of one header", b"ARROW1\0\0"[:length],
             "INPUT_CORRUPT", "is cut off", ending="csv" if length % 2 else "arrow")


def main() -> None:
    for part in (shapes, numbers, characters, others, compressed, cut_magic):
        part()


if __name__ == "__main__":
    main()
