"""Runs every case once, and gives its outcome to the test of the case and to the page."""

import os

# No producer may reach for a network, or keep a cache beside the user's.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}

import page  # noqa: E402 (after the environment that the packages read)


def pytest_addoption(parser):
    parser.addoption("--write-page", action="store_true", help="write docs/producers.md from this run")


def pytest_sessionfinish(session):
    if session.config.getoption("--write-page"):
        page.write()
