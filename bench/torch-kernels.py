"""PyTorch's own kernels on one thread, for bench/kernels.ts: a JSON command a line on standard input, and for each one
the processor's seconds it took on standard output. `checked` adds what logitmill's kernels do as well: the float64 sum of each
row's probabilities."""

import json
import sys
import time

import torch

torch.set_num_threads(1)
print(f"{torch.__version__}, {torch.backends.cpu.get_cpu_capability()}", flush=True)

OPS = {"softmax": torch.softmax, "log_softmax": torch.log_softmax}
tensors = {}
for line in sys.stdin:
    command = json.loads(line)
    rows, classes, dtype, form, spread = (command[key] for key in ("rows", "classes", "dtype", "form", "spread"))
    shape, dim = ((rows, classes), -1) if form == "rows" else ((classes, rows), 0)
    key = (shape, dtype)
    if key not in tensors:
        logits = ((torch.rand(shape, dtype=torch.float32) - 0.5) * spread).to(getattr(torch, dtype))
        tensors[key] = (logits, torch.empty_like(logits))
    logits, result = tensors[key]
    op = OPS[command["op"]]
    op(logits, dim, out=result)
    start = time.thread_time()
    op(logits, dim, out=result)
    if command["checked"]:
        values = result.exp() if command["op"] == "log_softmax" else result
        values.sum(dim, dtype=torch.float64)
    print(time.thread_time() - start, flush=True)
