#!/usr/bin/env bash
# Installs what the scripts beside this one need into a virtual environment outside the tree:
#   bench/peers/install.sh [FOLDER]        default: $LOGITMILL_PEERS
# Then: npm run bench -- --peers FOLDER
# PyTorch's CPU build: set PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu for the small one.
set -euo pipefail
folder=${1:-${LOGITMILL_PEERS:?a folder for the virtual environment, as an argument or in LOGITMILL_PEERS}}
python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
  torch==2.13.0 numpy==2.4.6 pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.0
"$folder/bin/python" -c 'import duckdb, numpy, polars, pyarrow, torch; print("peers are ready")'
