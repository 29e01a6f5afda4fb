# Two commands do everything: `make run` and `make test`. Both install what they need.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup run ui test check acceptance benchmarks fingerprints format lock clean

help:
	@echo "make run           crawl the embedded patent office, build, publish (safe to repeat)"
	@echo "make ui            open the Dagster UI on the same data folder"
	@echo "make test          checks and tests, offline once installed"
	@echo "make acceptance    build whole warehouses and compare them with their truth"
	@echo "make benchmarks    measure; ratios against a named baseline of the same run"
	@echo "make fingerprints  renew the pinned fingerprints of a small country"
	@echo "make check         linters, types, import rules, SQL"
	@echo "make setup         only make the environment"

setup: $(STAMP)

# uv itself comes from a hashed pin too; both locks hold no registry address.
$(STAMP): requirements.lock requirements-bootstrap.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v=sys.version_info[:2]; sys.exit(0 if (3,11)<=v<=(3,13) else f"Python 3.11 to 3.13 is needed, {sys.executable} is {v[0]}.{v[1]}; set PYTHON=python3.12")'
	@echo "[setup] environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bootstrap.lock
	@echo "[setup] installing the locked packages and greenties"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

run: setup
	@$(BIN)/greenties run

ui: setup
	@$(BIN)/greenties ui

check: setup
	@set -e; \
	echo "[check] ruff"; $(BIN)/ruff check .; $(BIN)/ruff format --check .; \
	echo "[check] mypy"; $(BIN)/mypy; \
	echo "[check] import rules"; $(BIN)/lint-imports; \
	echo "[check] sqruff"; $(BIN)/sqruff lint dbt_project/models dbt_project/data-tests; \
	echo "[check] SQL as Spark reads it"; $(BIN)/python -m tests.transpile

test: check
	@$(BIN)/pytest
	@echo "All tests passed. Next: make run, or read CONTRIBUTING.md."

acceptance: setup
	@$(BIN)/pytest -m acceptance tests/acceptance -s
	@echo "Whole warehouses agree with their truth."

benchmarks: setup
	@$(BIN)/python -m tests.benchmarks.collection
	@$(BIN)/python -m tests.benchmarks.warehouse
	@$(BIN)/python -m tests.benchmarks.load_orders --orders 20
	@$(BIN)/python -m tests.benchmarks.networks
	@$(BIN)/python -m tests.benchmarks.spatial
	@$(BIN)/python -m tests.benchmarks.monte_carlo
	@$(BIN)/python -m tests.benchmarks.recovery

fingerprints: setup
	@$(BIN)/python -m tests.fingerprints

format: setup
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/sqruff fix dbt_project/models dbt_project/data-tests

lock: setup
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock

clean:
	@rm -rf $(VENV) dbt_project/target dbt_project/logs
