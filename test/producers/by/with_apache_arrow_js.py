"""apache-arrow for JavaScript, in apache_arrow_js.mjs beside this file."""

import json
import subprocess
from pathlib import Path

from case import Case, Producer, Refusal, plain
from logitmill import CLI
from reasons import NESTED
from truth import LOGITS, NAMES, RAGGED, TOKENS, columns, listed, tokens

SCRIPT = Path(__file__).with_name("apache_arrow_js.mjs")


def node(*args, stdin: str = "") -> str:
    return subprocess.run([CLI[0], SCRIPT, *args], input=stdin, capture_output=True, text=True, check=True, timeout=120).stdout


def read(path):
    return json.loads(node("read", str(path)))


def write(case: str, **tables):
    values = {name: {key: plain(column) for key, column in table.items()} for name, table in tables.items()}
    return lambda path: node(case, str(path), stdin=json.dumps(values | {"names": NAMES}))


PRODUCER = Producer(
    "apache-arrow (JavaScript)",
    node("version"),
    [
        Case("tableToIPC", "wide.arrow", write("wide", columns=columns()), LOGITS, "a column a class, dictionary", names=NAMES,
             beside=("id", "text")),
        Case("tableToIPC, stream", "wide.arrows", write("wide", columns=columns()), LOGITS, "a column a class, dictionary",
             names=NAMES, beside=("id", "text")),
        Case("tableToIPC, a loss beside", "loss.arrow", write("loss", columns=columns(loss=True)), None, "a column a class",
             refusal=Refusal(2, ("loss", "logit_"))),
        Case("tableToIPC of List", "list.arrow", write("list", listed=listed(RAGGED)), RAGGED, "list<float>", beside=("id",)),
        Case("tableToIPC of List of List", "tokens.arrow", write("tokens", tokens=tokens()), TOKENS, "list<list<float>>",
             options=("--column", "logits"), beside=("id", "input_ids"), missing=NESTED),
    ],
    read,
)
