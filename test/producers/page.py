"""docs/producers.md, from the outcomes of a run: what each producer writes and what we do with it."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from case import Case, Producer
from logitmill import ROOT, Ran

PAGE = ROOT / "docs" / "producers.md"
HEAD = """# What other software writes, and what logitmill makes of it

Made by `test/producers` in the checks; CONTRIBUTING.md says how it is written anew. Each file is
written by the package itself, as it does by default where nothing else is said. "Read" means that every
probability was right and that the package (pyarrow, where it reads no Arrow) read our result back, with the columns
beside the logits. An exit code and its line are what a user sees. "Not yet" is what is still to come.
"""
_rows: dict[tuple[str, str], str] = {}
_headings: dict[str, str] = {}


def with_pyarrow(path: Path) -> dict[str, list]:
    """For producers that read no Arrow."""
    return pa.ipc.open_file(path).read_all().to_pydict()


def add(producer: Producer, case: Case, ran: Ran, wrong: str | None) -> None:
    _headings[producer.name] = f"{producer.name} {producer.version}"
    options = f" `{' '.join(case.options)}`" if case.options else ""
    _rows[producer.name, case.name] = f"| {case.name} | `{case.file}`{options} | {case.layout} | {outcome(case, ran, wrong)} |"


def outcome(case: Case, ran: Ran, wrong: str | None) -> str:
    said = f"exit {ran.code}: {short(ran.said)}" if ran.code else "read"
    if wrong is None:
        return said
    return f"**not yet**: {case.missing or 'a fault'}; today " + (said if ran.code else "misread")


def short(line: str) -> str:
    """At most 120 characters of an error, as the cell of a table holds them."""
    line = line.partition(": ")[2] or line
    return (line if len(line) <= 120 else f"{line[:119]}…").replace("|", "\\|")


def lines() -> Iterator[str]:
    yield HEAD
    for name, heading in _headings.items():
        yield f"## {heading}\n"
        yield "| what writes it | file, options of `run` | as | what we do |"
        yield "|---|---|---|---|"
        yield from (row for (producer, _), row in _rows.items() if producer == name)
        yield ""


def write() -> None:
    """The sections of this run, and those of the other registry as they stand."""
    ours = "\n".join(lines()).split("\n## ")[1:]
    names = {section.partition("\n")[0].rpartition(" ")[0] for section in ours}
    old = PAGE.read_text().split("\n## ")[1:] if PAGE.exists() else []
    rest = [section for section in old if section.partition("\n")[0].rpartition(" ")[0] not in names]
    sections = ours + rest if len(ours) > len(rest) else rest + ours
    PAGE.write_text("\n## ".join([HEAD, *(section.strip("\n") + "\n" for section in sections)]))


def check() -> None:
    """The page in the repository says what this run found; the wording of an error may differ."""
    known = {bare(line) for line in PAGE.read_text().splitlines()}
    new = [line for line in lines() for line in line.splitlines() if bare(line) not in known]
    assert not new, "docs/producers.md is behind, see its head:\n" + "\n".join(new)


def bare(line: str) -> str:
    """A row without the text of its error, which ends the row; of what does not hold yet, nothing counts but that."""
    if not line.startswith("| "):
        return line
    before, open_yet, _ = line.partition("**not yet**")
    if open_yet:
        return before + open_yet
    before, refused, after = line.partition("exit ")
    return before + refused + after[:1]
