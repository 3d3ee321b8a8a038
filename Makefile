# Quittance. `make help` lists what can be done here; `make demo` on a fresh clone needs nothing else run first.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
STEPS := $(BIN)/python -m scripts.steps
QUITTANCE := $(BIN)/quittance

# Arguments for the demo, e.g. `make demo ARGS="--day 2013-09-12 --policies 500 --exit"`.
ARGS ?=

# What each part of the installation is made from: a second `make` finds nothing to do.
PYTHON_STAMP := .venv/.installed
NODE_STAMP := node_modules/.installed
FRONTEND_NODE_STAMP := frontend/node_modules/.installed
FRONTEND_STAMP := frontend/dist/.built
FRONTEND_SOURCES := $(shell find frontend ledger/abi -type f \
	-not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/test-results/*' -not -path '*/playwright-report/*' \
	-not -name '*.tsbuildinfo' 2>/dev/null)

.PHONY: help
help: ## Say what can be done here.
	@echo 'Quittance: insurance claims that settle themselves, and prove it.'
	@echo
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what is locked and build the page. Quick when nothing changed.
	@[ -e $(PYTHON_STAMP) ] && [ -e $(NODE_STAMP) ] && [ -e $(FRONTEND_STAMP) ] || $(PYTHON) -m scripts.doctor --before-setup
	@$(MAKE) --silent --no-print-directory --jobs=3 $(PYTHON_STAMP) $(NODE_STAMP) $(FRONTEND_STAMP)

$(PYTHON_STAMP): requirements/dev.txt requirements/uv.txt pyproject.toml
	@echo 'setup: Python packages into .venv'
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@# uv is quicker; pip knows every way a machine may be set up to reach its packages.
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements/dev.txt 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

$(NODE_STAMP): package.json package-lock.json
	@echo 'setup: chain tools (anvil, forge, solc, OpenZeppelin) into node_modules'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(FRONTEND_NODE_STAMP): frontend/package.json frontend/package-lock.json
	@echo 'setup: packages of the page into frontend/node_modules'
	@npm --prefix frontend ci --no-audit --no-fund --loglevel=error
	@touch $@

$(FRONTEND_STAMP): $(FRONTEND_NODE_STAMP) $(FRONTEND_SOURCES)
	@echo 'setup: the page'
	@npm --prefix frontend run --silent build
	@touch $@

.PHONY: proof-tools
proof-tools: $(PYTHON_STAMP) ## Install slither and halmos, as locked, into .venv-proof. Quick when nothing changed.
	@scripts/install_locked.sh .venv-proof requirements/proof.txt

.PHONY: check
check: setup proof-tools ## Everything that can be checked without running: style, types, rooms, generated files, secrets.
	@$(STEPS) check

.PHONY: test
test: setup proof-tools ## Every test: Python, forge, Brownie, vitest, and the page in a real browser.
	@$(STEPS) test

.PHONY: demo
demo: setup ## Sell, fly, settle and verify a real day. ARGS="--day 2013-09-12 --policies 2000 --seed 1 --exit"
	@$(QUITTANCE) demo $(ARGS)

.PHONY: up
up: setup ## Start chain, database, oracle nodes and backend, and leave them running.
	@$(QUITTANCE) up

.PHONY: down
down: ## Stop what `make up` or `make demo` started.
	@if [ -x $(QUITTANCE) ]; then $(QUITTANCE) down; else echo 'Nothing is installed here, so nothing is running.'; fi

.PHONY: invariants
invariants: setup ## The numbered invariants alone, 64 runs of 64 calls each.
	@$(STEPS) test --only invariants

.PHONY: symbolic
symbolic: setup proof-tools ## The proofs for every input, and the bugs planted to show that each can fail.
	@$(BIN)/python -m scripts.symbolic
	@$(BIN)/python -m scripts.symbolic --bugs

.PHONY: slither
slither: setup proof-tools ## What slither finds, against the reasons in docs/slither.yaml.
	@$(BIN)/python -m scripts.slither

.PHONY: coverage
coverage: setup ## Lines and branches of the contracts that no forge test reaches.
	@$(BIN)/python -m scripts.coverage

# How many mutants `make mutants` tries; SAMPLE= tries all, which takes hours.
SAMPLE ?= 40

.PHONY: mutants
mutants: setup ## Small wrong changes to what moves money, and whether the tests notice. SAMPLE=40
	@$(BIN)/python -m scripts.mutation $(if $(SAMPLE),--sample $(SAMPLE))

.PHONY: bench
bench: setup proof-tools ## Every measured figure at full size, held against its limit. Takes long.
	@$(QUITTANCE) figures all --full

.PHONY: figures
figures: setup proof-tools ## Measure the figures and rewrite docs/figures.md and the table in the README.
	@$(QUITTANCE) figures all

.PHONY: doctor
doctor: ## Name everything missing or unfit on this machine, and how to mend it.
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m scripts.doctor; else $(PYTHON) -m scripts.doctor; fi

.PHONY: lock
lock: $(PYTHON_STAMP) ## Pin every dependency again, by hash. Add LOCK_FLAGS=--upgrade to move to newer versions.
	@$(BIN)/python -m scripts.lock $(LOCK_FLAGS)

.PHONY: format
format: setup ## Format Python, Solidity and the page.
	@$(STEPS) format

.PHONY: clean
clean: ## Remove what was built and installed. Leaves .quittance, the demo's keys and data, alone.
	@rm -rf .venv .venv-brownie .venv-proof node_modules frontend/node_modules frontend/dist build .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis *.egg-info
