#!/usr/bin/env bash
# Makes Brownie's own environment: .venv-brownie, installed by hash, and the Solidity compiler it will find.
# Touches nothing outside the repository: Brownie's home is made by scripts/brownie_session.py for each run.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_locked.sh .venv-brownie requirements/brownie.txt

# py-solc-x takes the compiler from SOLCX_BINARY_PATH, which scripts/brownie_session.py sets to this folder.
mkdir -p .quittance/solcx
ln -sfn ../../tools/solc .quittance/solcx/solc-v0.8.37
