#!/usr/bin/env bash
# skl2onnx 1.20.0 (scikit-learn 1.9.1, onnxruntime 1.32.0): the ONNX form of KNeighborsClassifier(weights="distance") gives
# other probabilities and other classes than the model it was made from, for points that it has not seen; at points of
# the training set, where the neighbour at distance 0 decides alone, it lets the others have their say.
#
# Why it surprises: the conversion raises nothing, the rows sum to one, weights="uniform" is right, and the labels differ
# in several per cent of the rows.
#
# Seen:
#   uniform   unseen: largest difference 0.000, labels that differ 0 of 400
#   distance  unseen: largest difference 0.213, labels that differ 16 of 400
#   distance  seen:   largest difference 0.800, labels that differ 69 of 400
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check skl2onnx==1.20.0 onnxruntime==1.32.0 onnx==1.23.2 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.neighbors import KNeighborsClassifier

X, y = make_classification(800, 8, n_informative=6, n_classes=4, random_state=0)
X = X.astype(np.float32)
seen, unseen = X[:400], X[400:]
differ = {}
for weights, name, points in ("uniform", "unseen", unseen), ("distance", "unseen", unseen), ("distance", "seen", seen):
    model = KNeighborsClassifier(weights=weights).fit(seen, y[:400])
    onnx = to_onnx(model, seen[:1], options={id(model): {"zipmap": False}})
    session = onnxruntime.InferenceSession(onnx.SerializeToString(), providers=["CPUExecutionProvider"])
    labels, probs = session.run(None, {"X": points})
    largest = np.abs(probs - model.predict_proba(points)).max()
    differ[weights, name] = int((labels != model.predict(points)).sum())
    assert np.allclose(probs.sum(1), 1, atol=1e-5)
    print(f"{weights:9} {name:7} largest difference {largest:.3f}, labels that differ {differ[weights, name]} of 400")
assert differ["uniform", "unseen"] == 0
assert differ["distance", "unseen"] > 0 and differ["distance", "seen"] > 0, "the ONNX form agrees with the model"
PYTHON
