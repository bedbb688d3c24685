"""What a job leaves behind, as every producer here writes it: logits with ids, texts, labels and losses beside them."""

import numpy as np

ROWS, CLASSES, VOCABULARY = 12, 6, 7
_random = np.random.default_rng(15)

LOGITS = _random.normal(0, 4, (ROWS, CLASSES)).astype(np.float32)
NAMES = [f"logit_{j}" for j in range(CLASSES)]
ANIMALS = ["cat", "dog", "emu", "fox", "gnu", "hen"]
IDS = [1000 + 7 * i for i in range(ROWS)]
TEXTS = [None if i % 5 == 2 else f"row {i}, said so" for i in range(ROWS)]
LABELS = [int(label) for label in _random.integers(0, CLASSES, ROWS)]
LOSSES = [float(loss) for loss in _random.uniform(0, 3, ROWS).round(4)]

# Tokens x vocabulary, from one token to four in a row, and the ids of the tokens.
TOKENS = [_random.normal(0, 4, (1 + i % 4, VOCABULARY)).astype(np.float32) for i in range(ROWS)]
TOKEN_IDS = [[int(token) for token in _random.integers(0, 30000, len(row))] for row in TOKENS]
# Sequences of one length, as a tensor.
TENSOR = _random.normal(0, 4, (ROWS, 3, VOCABULARY)).astype(np.float32)
# Rows of two to five candidates, as a ranker scores them.
RAGGED = [_random.normal(0, 4, 2 + i % 4).astype(np.float32) for i in range(ROWS)]

# What lies beside the logits, by the names that every producer gives it; losses may be of any precision.
BESIDE = {"id": IDS, "text": TEXTS, "label": LABELS, "loss": LOSSES, "input_ids": TOKEN_IDS}


def columns(logits: bool = True, loss: bool = False, dtype: str = "float32") -> dict[str, list | np.ndarray]:
    """A wide table: a column a class, and what lies beside it."""
    beside = {"id": IDS, "text": TEXTS, "label": LABELS, **({"loss": np.array(LOSSES, dtype)} if loss else {})}
    return beside | ({name: LOGITS[:, j].astype(dtype) for j, name in enumerate(NAMES)} if logits else {})


def listed(logits=LOGITS, loss: bool = True) -> dict[str, list]:
    """A table with one list of logits a row, nested as deep as `logits` is."""
    return columns(logits=False, loss=loss, dtype="float64") | {"logits": [np.asarray(row).tolist() for row in logits]}


def tokens() -> dict[str, list]:
    return {"id": IDS, "input_ids": TOKEN_IDS, "loss": LOSSES, "logits": [row.tolist() for row in TOKENS]}
