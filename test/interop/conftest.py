"""What logitmill does not do yet is left out by name, so that a case comes back when its line here is removed."""

import re

NOT_YET = re.compile(r"-0-float16")


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if NOT_YET.search(item.name)]
    items[:] = [item for item in items if not NOT_YET.search(item.name)]
    config.hook.pytest_deselected(items=left_out)
