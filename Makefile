# The two commands of this project are `make demo` and `make test`; `make help` lists the rest.
# Kept to what GNU make 3.81 (macOS) and /bin/sh understand. Everything is installed into .venv.

SHELL := /bin/sh
PORT ?= 8000
# The interpreter to build .venv with; empty: the first suitable one found (scripts/install.sh).
PYTHON ?=
# Parallel test processes. Tests of one file stay together, so what a file starts (a site, a browser) starts once.
WORKERS ?= 2
# More arguments for pytest or the benchmarks: make test ARGS="tests/search -k kana"
ARGS ?=

BIN := .venv/bin
INSTALL := PYTHON="$(PYTHON)" sh scripts/install.sh

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format migrations pages-check weights lighthouse screenshots bench bench-search soak-search \
	relevance requirements clean

help:
	@echo 'make demo          install and run the site with sample data on 127.0.0.1:8000 (PORT=8000)'
	@echo 'make test          install and run every test, on SQLite and PostgreSQL (WORKERS=2 ARGS=...)'
	@echo 'make check         lint, and rehearse the migrations on both databases'
	@echo 'make lint          ruff, mypy --strict, import-linter'
	@echo 'make format        let ruff format the code and mend what it can'
	@echo 'make migrations    up, down, up and "alembic check" on both databases'
	@echo 'make pages-check   every page as every role: axe-core, the Nu HTML checker, types of script, weights (needs npm, Java)'
	@echo 'make weights       what the pages weigh when first opened, against their limits'
	@echo 'make lighthouse    Lighthouse on a phone: home, search, listing, comparison (needs npm)'
	@echo 'make screenshots   pictures of every page in build/screenshots/demo, for looking at'
	@echo 'make bench         print the ratios of the README (ARGS=...)'
	@echo 'make relevance     how well searches find what was meant, against the committed figures (ARGS=...)'
	@echo 'make bench-search  figures of the search at 1,000 and 10,000 listings (ARGS="--listings 100000")'
	@echo 'make soak-search   kill the worker again and again, run 8 web processes beside one (about 12 minutes)'
	@echo 'make requirements  compile requirements*.txt from pyproject.toml (needs uv)'
	@echo 'make clean         remove .venv, .demo and caches'
	@echo 'PYTHON=/path/to/python3 chooses the interpreter that .venv is made with.'

demo:
	@$(INSTALL) run
	@exec $(BIN)/dmp demo --port "$(PORT)" --data .demo

test:
	@$(INSTALL) dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

check: lint migrations

lint:
	@$(INSTALL) dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo --no-cache

format:
	@$(INSTALL) dev
	$(BIN)/python -m ruff format .
	$(BIN)/python -m ruff check --fix .

migrations:
	@$(INSTALL) dev
	$(BIN)/python -m pytest tests/migrations

pages-check:
	@$(INSTALL) dev
	sh scripts/install_page_tools.sh
	tools/pages/node_modules/.bin/tsc --project tools/pages
	DMP_ALL_PAGES=1 DMP_REQUIRE_PAGE_TOOLS=1 $(BIN)/python -m pytest tests/pages $(ARGS)
	$(BIN)/python -m tests.pages.weights

weights:
	@$(INSTALL) dev
	@$(BIN)/python -m tests.pages.weights

lighthouse:
	@$(INSTALL) dev
	@sh scripts/install_page_tools.sh
	@$(BIN)/python -m tests.pages.lighthouse

screenshots:
	@$(INSTALL) dev
	@$(BIN)/python -m tests.pages.screenshots $(ARGS)

bench:
	@$(INSTALL) dev
	$(BIN)/python -m benchmarks $(ARGS)

relevance:
	@$(INSTALL) dev
	$(BIN)/python -m benchmarks.relevance $(ARGS)

bench-search:
	@$(INSTALL) dev
	$(BIN)/python -m benchmarks.search $(ARGS)

soak-search:
	@$(INSTALL) dev
	DMP_TEST_AGREEMENT_EXAMPLES=60 $(BIN)/python -m pytest tests/indexing/test_agreement.py -q
	$(BIN)/python -m benchmarks.soak_search $(ARGS)

requirements:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv .demo .bench build tools/pages/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find app catalogue_schema search migrations tests benchmarks scripts -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
