#!/usr/bin/env bash
# Makes Brownie's own environment: .venv-brownie, installed by hash, and the Solidity compiler it will find.
# Touches nothing outside the repository: Brownie's home is made by scripts/brownie_session.py for each run.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/brownie.txt
stamp=.venv-brownie/.installed-from
if ! cmp -s "$lock" "$stamp"; then
  uv=.venv/bin/uv
  [ -x "$uv" ] || uv=$(command -v uv) || { echo "uv is missing: run \`make setup\` first, or \`pip install uv\`" >&2; exit 1; }
  python=.venv/bin/python
  [ -x "$python" ] || python=python3
  rm -rf .venv-brownie
  "$uv" venv --quiet --python "$python" .venv-brownie
  # uv is quicker; pip knows every way a machine may be set up to reach its packages.
  "$uv" pip sync --quiet --python .venv-brownie/bin/python --require-hashes "$lock" 2>/dev/null ||
    "$python" -m pip --python .venv-brownie/bin/python install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  cp "$lock" "$stamp"
fi

# py-solc-x takes the compiler from SOLCX_BINARY_PATH, which scripts/brownie_session.py sets to this folder.
mkdir -p .quittance/solcx
ln -sfn ../../tools/solc .quittance/solcx/solc-v0.8.37
