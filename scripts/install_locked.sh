#!/usr/bin/env bash
# Makes an environment beside .venv from a lock file, by hash; does nothing while the lock file is the same.
# Usage: scripts/install_locked.sh .venv-proof requirements/proof.txt
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# = 2 ] || { echo "usage: $0 ENVIRONMENT LOCK_FILE" >&2; exit 2; }

environment=$1
lock=$2
stamp=$environment/.installed-from
if cmp -s "$lock" "$stamp"; then exit 0; fi
uv=.venv/bin/uv
[ -x "$uv" ] || uv=$(command -v uv) || { echo "uv is missing: run \`make setup\` first, or \`pip install uv\`" >&2; exit 1; }
python=.venv/bin/python
[ -x "$python" ] || python=python3
rm -rf "$environment"
"$uv" venv --quiet --python "$python" "$environment"
# uv is quicker; pip knows every way a machine may be set up to reach its packages.
"$uv" pip sync --quiet --python "$environment/bin/python" --require-hashes "$lock" 2>/dev/null ||
  "$python" -m pip --python "$environment/bin/python" install --quiet --disable-pip-version-check --require-hashes -r "$lock"
cp "$lock" "$stamp"
