# Every task of the project; `make help` lists them. All paths are relative, so that the checkout may stand in a
# folder whose name has spaces or Chinese in it.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE := $(VENV)/.base-installed
DEV := $(VENV)/.dev-installed
UV ?= uv
HOST ?= 127.0.0.1
PORT ?= 8000
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

# Another project's modules must not get in. Compiled modules are kept: every start would otherwise compile anew.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test smoke lint format types messages openapi fuzz security lock size bench clean

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

$(BASE): requirements/base.lock
	@PYTHON="$(PYTHON)" sh tools/install.sh base

$(DEV): requirements/dev.lock $(BASE)
	@PYTHON="$(PYTHON)" sh tools/install.sh dev

setup: $(DEV) ## Make .venv with the tongban command and everything a developer needs

demo: $(BASE) ## Run the platform with a demo world on http://HOST:PORT (needs only Python 3.11+)
	@exec $(BIN)/tongban demo --host "$(HOST)" --port "$(PORT)"

test: $(DEV) ## Run the tests; the browser journeys too where Chromium is found (ARGS="-k name" chooses)
	@exec $(BIN)/pytest -n auto $(ARGS)

smoke: $(DEV) ## Run the smoke journey, against DATABASE_URL where it is set
	@exec $(BIN)/pytest -m smoke $(ARGS)

lint: $(DEV) ## Check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## Put the code into the project's format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

messages: $(DEV) ## Compile the translations and check that they are complete
	$(BIN)/python tools/translations.py compile
	$(BIN)/python tools/translations.py check

openapi: $(DEV) ## Write docs/openapi.json from the code
	$(BIN)/tongban manage openapi --output docs/openapi.json

fuzz: $(DEV) ## Send the whole API what its document allows and forbids, at length (EXAMPLES=200 SEED=...)
	$(BIN)/python tools/fuzz_api.py $(EXAMPLES) $(SEED)

security: $(DEV) ## Attack a demo with wapiti and schemathesis; fails on what is found and not explained
	$(BIN)/python tools/security.py $(ARGS)

lock: ## Resolve the dependencies anew into requirements/*.lock (needs uv)
	$(LOCK) pyproject.toml requirements/build.in --output-file requirements/base.lock
	$(LOCK) pyproject.toml $$($(PYTHON) tools/extras.py) --constraint requirements/base.lock \
		--output-file requirements/dev.lock
	$(PYTHON) tools/extras.py --check-locks

size: ## Print what the base install downloads (at most 110 MB)
	@PYTHON="$(PYTHON)" sh tools/install.sh size

bench: $(DEV) ## Run the benchmarks and print their figures
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

clean: ## Remove the environment and caches; data in var/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find src tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +
