"""Margins and decision functions: scikit-learn, LightGBM and XGBoost, kept as people keep them."""

import lightgbm
import numpy as np
import pandas as pd
import sklearn
import xgboost
from case import Case, Producer, Refusal
from reasons import BLANKS
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

X, Y = make_classification(120, 6, n_informative=5, n_redundant=0, n_classes=4, n_clusters_per_class=1, random_state=0)
SOME = X[:12]
decisions = LogisticRegression().fit(X, Y).decision_function(SOME)
raw = lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1).fit(X, Y).predict(SOME, raw_score=True)
booster = xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(X, Y)
margins = booster.predict(SOME, output_margin=True)
NUMBERED = ["c0", "c1", "c2", "c3"]
CLASSES = ["0", "1", "2", "3"]


def as_float32(values):
    """Text is read as float32 when nothing is said."""
    return np.asarray(values, np.float32)


SKLEARN = Producer(
    "scikit-learn",
    sklearn.__version__,
    [
        Case("decision_function, DataFrame.to_csv", "decisions.csv", pd.DataFrame(decisions).to_csv, as_float32(decisions),
             "header ,0,1,2,3", names=CLASSES, refusal=Refusal(2, ("--columns",))),
        Case("decision_function, to_csv without index", "plain.csv", lambda path: pd.DataFrame(decisions).to_csv(path, index=False),
             as_float32(decisions), "header 0,1,2,3", names=CLASSES),
        Case("decision_function, to_feather", "decisions.feather",
             lambda path: pd.DataFrame(decisions, columns=CLASSES).assign(y=Y[:12]).to_feather(path), decisions,
             "a column of doubles a class, LZ4", names=CLASSES, beside=("y",), dtype="float64"),
    ],
)
LIGHTGBM = Producer(
    "LightGBM",
    lightgbm.__version__,
    [
        Case("raw_score, savetxt with tabs", "raw.txt", lambda path: np.savetxt(path, raw, delimiter="\t"), as_float32(raw),
             "tabs, as its command line has it", names=NUMBERED),
        Case("raw_score, savetxt", "blanks.txt", lambda path: np.savetxt(path, raw), as_float32(raw), "blanks", names=NUMBERED,
             missing=BLANKS),
    ],
)
XGBOOST = Producer(
    "XGBoost",
    xgboost.__version__,
    [
        Case("output_margin, to_csv", "margins.csv", lambda path: pd.DataFrame(margins).to_csv(path, index=False), margins,
             "header 0,1,2,3", names=CLASSES),
        Case("output_margin, to_feather", "margins.feather",
             lambda path: pd.DataFrame(margins, columns=CLASSES).to_feather(path), margins, "a column a class, LZ4", names=CLASSES),
    ],
)
