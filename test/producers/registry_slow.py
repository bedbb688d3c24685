"""The producers that take minutes to install, one line each: `.ci/producers-slow` runs them."""

from by.with_clickhouse import PRODUCER as CLICKHOUSE
from by.with_daft import PRODUCER as DAFT
from by.with_r import PRODUCER as R
from by.with_ray import PRODUCER as RAY
from by.with_spark import PRODUCER as SPARK

PRODUCERS = [
    SPARK,
    RAY,
    CLICKHOUSE,
    DAFT,
    R,
]
