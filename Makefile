# Every target sets up what it needs. Windows: see README.md, "Windows".
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ORACLES := $(VENV)/.oracles

.PHONY: report test check proof lab facts hooks lock clean

report: $(READY)  ## invent the demo area's exports, load them, publish the report set
	$(BIN)/analysis demo

test: $(READY) $(ORACLES)  ## the tests that CI runs
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not proof"
	$(BIN)/python -m pytest -p no:cacheprovider -n auto --dist loadfile --nbval-lax --nbval-current-env notebooks

check: $(READY)  ## format, lint, types, docstrings, notebook rules
	$(BIN)/ruff format --check src tests benchmarks .githooks
	$(BIN)/ruff check src tests benchmarks notebooks .githooks
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/notebooks tests/test_docstrings.py

proof: $(READY) $(ORACLES)  ## slow proofs: simulation, whole sets, browser
	$(BIN)/python -m pytest -m proof

lab: $(READY)  ## JupyterLab on this machine only
	$(BIN)/jupyter lab --ip=127.0.0.1 --notebook-dir=notebooks

hooks: $(READY)  ## let Git check each commit for results of notebooks and data of people
	git config core.hooksPath .githooks

facts: $(READY)  ## run the notebooks and keep what their `facts` cells give
	$(BIN)/python tests/notebooks/keep_facts.py
	$(BIN)/python -m analysis.tables.dictionary > data/README.md
	$(BIN)/python -m analysis.tables.inventory > docs/coverage.md
	$(BIN)/python -m analysis.tables.datapackage > data/datapackage.json

lock:  ## renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --fork-strategy fewest --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else 'Python 3.11, 3.12 or 3.13 is needed; try: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q -j 0 $(VENV)/lib src || true
	touch $@

$(ORACLES): $(READY) tests/oracles/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation -r tests/oracles/requirements.lock
	touch $@

clean:
	rm -rf $(VENV) build src/*.egg-info
