# Three commands do everything on a fresh machine: `make app`, `make notebooks`, `make test`. All set up .venv first.
# While working: `make format`, then `make check`. CONTRIBUTING.md says more.
PYTHON ?= python3
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm
# Processes of one thread each, as threads that wait for each other make all slow.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --dist loadgroup --no-loadscope-reorder --numprocesses

# Each of the many processes of the tests would compile all code anew where an environment forbids to keep what is compiled.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: app notebooks check test all-tests lint browser-code format docs clean

app: .venv/.app
	$(BIN)/python -m streamlit run app.py

# On their folder, and nothing of it asks other machines: no news, no updates, no list of extensions.
notebooks: .venv/.app
	$(BIN)/python -m jupyterlab --config=notebooks/jupyter_lab_config.py notebooks

# Everything; what `lint` does runs beside the first tests.
test: .venv/.dev node_modules/.package-lock.json
	$(MAKE) --jobs=2 lint all-tests

# One process more than two cores, as browser tests mostly wait: each of them, with its servers and browsers, takes about 5 GB.
all-tests:
	$(PYTEST) 3

# All but what takes long: under 3 minutes on two cores.
check: lint
	$(PYTEST) 2 -m "not browser and not slow"

lint: .venv/.dev browser-code
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

# Types, style and arithmetic of the JavaScript in rfsq/app. Node.js comes with the packages in .venv; users need none.
browser-code: node_modules/.package-lock.json
	$(NPM) run --silent types
	$(NPM) run --silent lint
	$(NPM) run --silent test

format: .venv/.dev node_modules/.package-lock.json
	$(BIN)/python -m ruff format .
	$(BIN)/python -m ruff check --fix .
	$(NPM) run --silent format

# Guide and API reference from the docstrings, in build/docs; warnings are errors.
docs: .venv/.dev
	PYTHONPATH=. $(BIN)/python docs/build.py

.venv/.app: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet $$(PYTHON=$(PYTHON) sh tools/torch_index.sh) --requirement requirements.txt
	touch $@

.venv/.dev: requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile $$(PYTHON=$(PYTHON) sh tools/torch_index.sh) \
		--requirement requirements-dev.txt
	touch $@ .venv/.app

node_modules/.package-lock.json: .venv/.dev package.json package-lock.json
	$(NPM) ci --silent --no-audit --no-fund  # writes this file
	touch $@

clean:
	rm -rf .venv node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
