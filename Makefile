# Three commands do everything on a fresh machine: `make app`, `make notebooks`, `make test`. All set up .venv first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app notebooks test lint clean

app: .venv/.app
	$(BIN)/python -m streamlit run app.py

# On their folder, and nothing of it asks other machines: no news, no updates, no list of extensions.
notebooks: .venv/.app
	$(BIN)/python -m jupyterlab --config=notebooks/jupyter_lab_config.py notebooks

# Two processes of one thread each, as threads that wait for each other make both slow; then the browser, alone.
test: .venv/.dev lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not browser"
	$(BIN)/python -m pytest -m browser

lint: .venv/.dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy

.venv/.app: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

.venv/.dev: .venv/.app requirements-dev.txt
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
