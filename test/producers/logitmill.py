"""Running logitmill as a user would: in the folder of the file, by its name."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CLI = [os.environ.get("NODE", "node"), str(ROOT / "dist" / "cli.js")]


@dataclass(frozen=True)
class Ran:
    code: int
    error: str
    output: Path
    summary: dict

    @property
    def said(self) -> str:
        """The error line, without the program's name."""
        line = next((line for line in self.error.splitlines() if line.startswith("logitmill: ")), "")
        return line.removeprefix("logitmill: ")


def run(source: Path, *options: str) -> Ran:
    folder, output = source.parent, source.with_name(f"probs of {source.name}.arrow")
    if source.is_dir():
        output = source.with_name(f"probs of {source.name}")
    summary = source.with_name(f"{source.name}.summary.json")
    call = [*CLI, "run", source.name, "-o", output.name, "--summary", summary.name, "--threads", "1", *options]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=300)
    found = json.loads(summary.read_text()) if summary.exists() else {}
    return Ran(done.returncode, done.stderr, output, found)
