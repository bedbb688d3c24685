"""One file a producer; `registry.py` lists them."""
