"""What real packages write is read by us, or refused as the contract says, and they read back what we make of it."""

import importlib
import os

import numpy as np
import page
import pytest
from case import Case, Producer, plain
from logitmill import Ran, run
from numbers_of import far, softmax
from truth import BESIDE

PRODUCERS = importlib.import_module(os.environ.get("PRODUCERS", "registry")).PRODUCERS

CASES = [
    pytest.param(producer, case, id=f"{producer.name}: {case.name}",
                 marks=[pytest.mark.xfail(strict=True, reason=case.missing)] if case.missing else [])
    for producer in PRODUCERS
    for case in producer.cases
]  # fmt: skip


@pytest.mark.parametrize(("producer", "case"), CASES)
def test_producer(producer: Producer, case: Case, tmp_path):
    source = tmp_path / case.file
    case.write(source)
    ran = run(source, *case.options)
    wrong = problem(producer, case, ran)
    page.add(producer, case, ran, wrong)
    assert wrong is None, f"{wrong}\n{ran.error}"


def problem(producer: Producer, case: Case, ran: Ran) -> str | None:
    """Why the outcome is not a right one, or None."""
    if ran.code == 0:
        return "taken, and should be refused" if case.logits is None else misread(producer, case, ran)
    if case.refusal is None:
        return f"exit {ran.code}: {ran.said}"
    if ran.code != case.refusal.code:
        return f"exit {ran.code}, not {case.refusal.code}: {ran.said}"
    absent = [word for word in case.refusal.words if word not in ran.error]
    astray = [word for word in case.refusal.never if word in ran.error]
    if astray:
        return f"the hint leads astray: {ran.error}"
    return f"the error does not say {', '.join(absent)}: {ran.said}" if absent else None


def misread(producer: Producer, case: Case, ran: Ran) -> str | None:
    """Where the result, as the producer reads it, is not softmax of what it wrote."""
    read = case.read or producer.read or page.with_pyarrow
    try:
        table = read(ran.output)
    except Exception as error:
        return f"its reader fails: {error!r}"
    names = ["probs"] if case.names is None else [f"probs_{name}" for name in case.names]
    lost = [name for name in (*names, *case.beside) if name not in table]
    if lost:
        return f"lost {', '.join(lost)}, has {', '.join(table)}"
    changed = next(filter(None, (unlike(table, name) for name in case.beside)), None)
    if changed:
        return changed
    columns = [table[name] for name in names]
    rows = columns[0] if case.names is None else [list(row) for row in zip(*columns, strict=True)]
    return far(rows, softmax(list(case.logits)), case.dtype)


def unlike(table: dict, name: str) -> str | None:
    """How a column beside the logits differs from what was written, where the truth knows it."""
    wrote = BESIDE.get(name, table[name])
    ours = [float(value) for value in table[name]] if name == "loss" else table[name]
    same = np.allclose(ours, wrote, rtol=1e-6) if name == "loss" else plain(ours) == wrote
    return None if same else f"column {name} is {ours!r:.100}, not {wrote!r:.100}"


def test_page_is_current(request):
    if not request.config.getoption("--write-page"):
        page.check()
