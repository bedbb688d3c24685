"""The judge: softmax in float64, by NumPy alone, and how far a stored value may be from it."""

from collections.abc import Sequence

import numpy as np

# Two units in the last place of the dtype, relative, and the smallest subnormal for what is nearly zero.
BOUNDS = {"float16": (2 * 2.0**-10, 2.0**-24), "float32": (2 * 2.0**-23, 2.0**-149), "float64": (1e-15 * 4, 2.0**-1074)}


def softmax(logits: Sequence) -> list:
    """Over the innermost lists of any nesting; None stays None."""
    if logits is None:
        return None
    if len(logits) and isinstance(logits[0], list | tuple | np.ndarray):
        return [softmax(row) for row in logits]
    values = np.asarray(logits, np.float64)
    powers = np.exp(values - values.max(initial=-np.inf))
    return (powers / powers.sum()).tolist()


def far(actual: Sequence, expected: Sequence, dtype: str, where: str = "") -> str | None:
    """The first place where the two are not the same within the bound, or None."""
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return f"row {where}: {actual!r:.80}, not {expected!r:.80}"
        found = (far(ours, theirs, dtype, f"{where}[{at}]") for at, (ours, theirs) in enumerate(zip(actual, expected, strict=True)))
        return next(filter(None, found), None)
    if expected is None or actual is None:
        return None if expected is actual else f"row {where}: {actual!r}, not {expected!r}"
    relative, absolute = BOUNDS[dtype]
    close = abs(float(actual) - expected) <= relative * abs(expected) + absolute
    return None if close else f"row {where}: {actual!r}, not {expected!r}"
