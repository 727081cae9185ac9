# The one entry point. Everything a target needs, it installs: into .venv and .local, nowhere else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
# What `make build` and `make deploy` build for. The local stack uses what it runs on instead.
RUNTIME ?= python3.13
ARCHITECTURE ?= arm64
# The samconfig environment that `make deploy` reads.
CONFIG ?= dev

SCHEMA := events/schemas/email_message.v1.schema.json
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export SAM_CLI_TELEMETRY := 0
export RUNTIME ARCHITECTURE

.PHONY: help demo up down dashboard test checklist crash proof check format build deploy bench bench-full lock forecast schema \
	clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/ready ## Run the whole system on this machine: 25 messages, a new key amid them, a quota that runs out
	@python -m local demo

up: $(VENV)/ready ## Start the local AWS and the sandbox, deploy, and leave them running
	@python -m local up

down: $(VENV)/ready ## Stop everything that `make up` started
	@python -m local down

dashboard: $(VENV)/ready ## Draw the dashboard of the stack that is up, with its figures: .local/dashboard.png
	@MPLCONFIGDIR=$(CURDIR)/.local/matplotlib python -m local.dashboard

test: $(VENV)/ready ## Run every test tier, the deployed local stack included
	@python -m pytest -n 2 --dist loadfile tests/unit tests/contract tests/integration tests/packaging \
		tests/browser
	@python -m pytest tests/e2e tests/crash

checklist: $(VENV)/ready ## Run the tests of what the sandbox reproduces, and write docs/sandbox-checklist.md
	@python -m tests.checklist --write

crash: $(VENV)/ready ## Kill sender and rotation at every effect (about an hour), and write docs/crash-matrix.md
	@PYTHONPATH=layers/formarelay:functions python -m tests.crash --runs 10000 --write
	@PYTHONPATH=layers/formarelay:functions python -m tests.crash.rotation --runs 600 --write

proof: $(VENV)/ready ## Hold the promises at full scale on the local stack (about 8 minutes), and write docs/proofs.md
	@python -m tests.proof --write

fuzz: $(VENV)/ready ## Ask the sandbox 100,000 random things (about 20 minutes), and write docs/sandbox.md
	@python -m tests.fuzz --write

check: $(VENV)/ready ## Lint, types, format, template
	@ruff check .
	@ruff format --check .
	@mypy functions layers/formarelay/formarelay sandbox local relayctl bench
	@cfn-lint template.yaml
	@sam validate --lint --region us-east-1
	@PYTHONPATH=layers/formarelay python -m formarelay.message.schema --check $(SCHEMA)

format: $(VENV)/ready ## Rewrite the code in the project's format
	@ruff check --fix-only .
	@ruff format .

build: $(VENV)/ready ## Build layer and functions for AWS (RUNTIME=python3.13 ARCHITECTURE=arm64)
	@sam build --parameter-overrides Runtime=$(RUNTIME) Architecture=$(ARCHITECTURE)

deploy: build ## Deploy to your AWS account (CONFIG=dev, or prod, from samconfig.toml)
	@sam deploy --config-env $(CONFIG)

bench: $(VENV)/ready ## Measure beside the peers, in short (five minutes)
	@python -m bench

bench-full: $(VENV)/ready ## Measure beside the peers in full (about 45 minutes), and write docs/performance.md
	@python -m bench --full --write

forecast: $(VENV)/ready ## Simulate months of use and write how early the alarms warn into docs/forecast.md
	@PYTHONPATH=layers/formarelay:functions python -m bench.forecast --write

schema: $(VENV)/ready ## Write events/schemas anew from the code that parses
	@PYTHONPATH=layers/formarelay python -m formarelay.message.schema --write $(SCHEMA)

lock: $(VENV)/ready ## Bring the hashed lock files up to the dependencies (UPGRADE=--upgrade for the newest)
	@requirements/lock.sh $(UPGRADE)

clean: ## Remove everything that was built or installed here (run `make down` first)
	@rm -rf $(VENV) .aws-sam .local .mypy_cache .pytest_cache .ruff_cache .hypothesis

# uv installs the locked set in seconds. Where it cannot reach a package index that pip is set up
# for, pip does the same, slower.
$(VENV)/ready: requirements/bootstrap.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit( \
		f"formarelay runs on Python 3.11 to 3.13, and $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.13 demo")'
	@echo "installing the locked development dependencies into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements/dev.txt \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@
