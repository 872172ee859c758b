PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
TESTS ?=
# A process a core; each takes one file after another, those in the browser last.
SIDE_BY_SIDE := -n auto --dist loadfile --no-loadscope-reorder
OLD_PYTHON := 'import sys; sys.version_info >= (3, 11) or sys.exit("Tally needs Python 3.11 or newer, and " \
	+ sys.executable + " is " + sys.version.split()[0] + "; name another: make PYTHON=python3.11")'

.PHONY: run check test bench format pictures browser
.DEFAULT_GOAL := run

run: $(VENV)/installed  ## start the app: make run ARGS="--port 8000"
	@$(PY) app.py $(ARGS)

check: $(VENV)/installed-dev  ## in a minute: format, lint, types and the tests that start no process
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest $(SIDE_BY_SIDE) -m "not slow"

test: $(VENV)/installed-dev browser  ## every check; one test: make test TESTS=tests/usage/units/test_money.py
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest $(if $(TESTS),$(TESTS),$(SIDE_BY_SIDE))

bench: $(VENV)/installed-dev browser  ## measure speed and memory against an empty Gradio page
	$(PY) -m bench.run

format: $(VENV)/installed-dev  ## format the code and mend what can be mended
	$(PY) -m ruff check --fix --exit-zero .
	$(PY) -m ruff format .

pictures: $(VENV)/installed-dev browser  ## make the pictures in docs/pictures/
	$(PY) -m docs.pictures.make_pictures

browser: $(VENV)/installed-dev
	@$(PY) -m scripts.find_browser >/dev/null 2>&1 || scripts/install_browser $(PY)

$(VENV)/installed: requirements.txt
	@test -x $(PY) || $(PYTHON) -c $(OLD_PYTHON)
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(PIP) -r requirements-dev.txt
	@touch $@
