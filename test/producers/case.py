"""A case: what a producer writes, what `logitmill run` should make of it, and how the producer reads our result back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Table = dict[str, list]


@dataclass(frozen=True)
class Refusal:
    """An exit code, words that the error or its hint must have (each of them), and such as lead astray."""

    code: int
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One file of a producer.

    `logits` are the rows that we should see, nested as they are; with `refusal` the file is refused as that says, and
    with both, either will do: there are two right answers, and any other is wrong. `names` are the columns of a wide
    table, `beside` the columns that must come through unchanged. `layout` says for the page what the file is like.
    `missing` is why the case does not hold yet; when it does, the test fails until this line is removed.
    """

    name: str
    file: str
    write: Callable[[Path], Any]
    logits: Sequence | None
    layout: str = ""
    options: tuple[str, ...] = ()
    names: Sequence[str] | None = None
    beside: Sequence[str] = ()
    refusal: Refusal | None = None
    dtype: str = "float32"
    read: Callable[[Path], Table] | None = None
    missing: str | None = None


@dataclass(frozen=True)
class Producer:
    """A package, the version that it says it has, its cases, and how it reads an Arrow file of ours."""

    name: str
    version: str
    cases: Sequence[Case]
    read: Callable[[Path], Table] | None = None


def plain(value: Any) -> Any:
    """Lists of Python values, whatever the container."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value
