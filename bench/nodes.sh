#!/usr/bin/env bash
# Installs the newest release of some versions of Node, from the npm package `node`, outside the tree:
#   bench/nodes.sh FOLDER [MAJOR…]         default: 20 22 24 26
# Then: npm run bench -- --nodes FOLDER --only 'nodes*'
set -euo pipefail
folder=${1:?a folder for them}
shift
[ $# -gt 0 ] || set -- 20 22 24 26
for major; do
  mkdir -p "$folder/$major"
  # Below the folder, not in a package.json further up.
  npm install --prefix "$folder/$major" --no-save --no-audit --no-fund --silent "node@$major"
  "$folder/$major/node_modules/node/bin/node" --version
done
