"""All producers, one line each, in the order of the page."""

from by.with_apache_arrow_js import PRODUCER as APACHE_ARROW_JS
from by.with_arro3 import PRODUCER as ARRO3
from by.with_awkward import PRODUCER as AWKWARD
from by.with_boosters import LIGHTGBM, SKLEARN, XGBOOST
from by.with_csv_module import PRODUCER as CSV_MODULE
from by.with_datafusion import PRODUCER as DATAFUSION
from by.with_datasets import PRODUCER as DATASETS
from by.with_duckdb import PRODUCER as DUCKDB
from by.with_nanoarrow import PRODUCER as NANOARROW
from by.with_numpy import PRODUCER as NUMPY
from by.with_pandas import PRODUCER as PANDAS
from by.with_polars import PRODUCER as POLARS
from by.with_pyarrow import PRODUCER as PYARROW

PRODUCERS = [
    PANDAS,
    POLARS,
    DUCKDB,
    PYARROW,
    DATASETS,
    ARRO3,
    DATAFUSION,
    AWKWARD,
    NANOARROW,
    APACHE_ARROW_JS,
    NUMPY,
    CSV_MODULE,
    SKLEARN,
    LIGHTGBM,
    XGBOOST,
]
