# Two commands do everything on a fresh Debian 12 machine:  make demo   and   make test
# Both install what they need (a virtualenv in .venv, Debian packages when run as root) and can be repeated.

SHELL  := /bin/sh
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
XVFB   := xvfb-run --auto-servernum --server-args="-screen 0 1280x800x24"
PEERS  := tests/peers/node_modules/.installed
SUITE  := tests/peers/suite/node_modules/.installed
export PYTHONDONTWRITEBYTECODE ?=
export KIVY_NO_ARGS := 1
export LIBGL_ALWAYS_SOFTWARE ?= 1

.PHONY: help demo screenshots test lint bench soak suite dist clean

help:
	@echo "make demo         play the main job: a county, four devices, a line that fails; ends with a table"
	@echo "make demo KEEP=1  the same, and leave hub, app and console running"
	@echo "make screenshots  pictures of the app in six shapes (two of them with large type), one contact sheet each"
	@echo "make test         style, types and all tests"
	@echo "make lint         style, types and import contracts only"
	@echo "make bench        benchmark tables"
	@echo "make soak         long fault runs (SEEDS=n, CRASHES=n, MINUTES=n)"
	@echo "make dist         wheel, sdist and release notes in dist/, the same bytes from the same commit"
	@echo "make suite        PouchDB's own suites against the endpoint (POUCHDB_SUITE=folder: those of a checkout)"

$(VENV)/bin/python:
	@PYTHON=$(PYTHON) .ci/system-packages demo
	@echo "Creating the virtualenv $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the programs and what they need (app, hub)"
	@$(PIP) --editable '.[app,hub]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.run
	@echo "Installing the test tools"
	@$(PIP) --editable '.[app,hub,dev]'
	@touch $@

$(PEERS): tests/peers/package-lock.json
	@command -v npm >/dev/null || { echo "npm (Node 20) is missing: the foreign peers of the tests need it" >&2; exit 1; }
	@echo "Installing PouchDB and pouchdb-server for the interoperability tests"
	@cd tests/peers && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(SUITE): tests/peers/suite/package-lock.json | $(PEERS)
	@echo "Installing the packages that carry PouchDB's suites"
	@cd tests/peers/suite && npm ci --ignore-scripts --omit=optional --no-audit --no-fund --silent
	@touch $@

demo: $(VENV)/.run
	@PYTHON=$(PYTHON) .ci/system-packages demo
	@$(PY) -m tests.demo.main_job $(if $(KEEP),--keep)

screenshots: $(VENV)/.run
	@PYTHON=$(PYTHON) .ci/system-packages demo
	@xvfb-run --auto-servernum --server-args="-screen 0 1400x1300x24" $(PY) -m tests.demo.screens test-output/screens

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo --no-cache

test: $(VENV)/.dev $(PEERS) $(SUITE)
	@PYTHON=$(PYTHON) .ci/system-packages test
	$(VENV)/bin/ruff check .
	$(XVFB) $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

bench: $(VENV)/.dev $(PEERS)
	@$(PY) -m tests.bench $(BENCH)

suite: $(VENV)/.dev $(PEERS) $(if $(POUCHDB_SUITE),,$(SUITE))
	@$(PY) -m tests.peers.run_suite $(POUCHDB_SUITE)

dist: $(VENV)/.dev
	@$(PY) .ci/dist.py

soak: $(VENV)/.dev $(PEERS)
	@$(PIP) atheris
	@PYTHON=$(PYTHON) .ci/system-packages test
	$(XVFB) $(PY) -m pytest -n 2 -m soak --soak --timeout=0 $(PYTEST)

clean:
	rm -rf demo-output test-output bench-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
