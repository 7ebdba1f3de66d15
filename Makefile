# Two commands: `make demo` and `make test`. Both set up all they need in .venv.

PYTHON ?= python3
BIN := .venv/bin
# Where `make up` and the `cameo` command keep their data.
export CAMEO_HOME ?= data
# Of the Dagster UI: `make up PORT=3001` where 3000 is taken.
PORT ?= 3000

.DEFAULT_GOAL := help
.PHONY: help demo demo-up test lint types tests up bench clean

help:  ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: .venv/.demo  ## Set up, and take spoken samples of the corpora through the whole graph
	$(BIN)/cameo demo

demo-up: demo  ## Look at the demo in the Dagster UI
	cp dagster.yaml demo/dagster.yaml
	cd demo && CAMEO_HOME=. ../$(BIN)/dagster dev -p $(PORT) -w ../workspace.yaml

test: lint types tests  ## Set up, and run linter, type checker and tests

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

tests: .venv/.dev
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST)

up: .venv/.demo  ## Start the Dagster UI with automation on; state is kept in .dagster, data in data
	@mkdir -p "$(CAMEO_HOME)/landing" "$(CAMEO_HOME)/models"
	@echo "Drop corpora into $(CAMEO_HOME)/landing and model files into $(CAMEO_HOME)/models; the UI: http://localhost:$(PORT)"
	$(BIN)/dagster dev -p $(PORT)

bench: .venv/.dev  ## Measure what the README claims
	$(BIN)/python -m benchmarks

clean:  ## Remove the environment and the demo; keeps data and state
	rm -rf .venv demo

# pip reads the newest versions that were tested together from constraints.txt.
.venv/.demo: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[samples]'
	touch $@

.venv/.dev: .venv/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[samples,dev,bench]'
	touch $@
