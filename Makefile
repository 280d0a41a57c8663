# Everything works from a fresh clone with Python 3.11+: make app, make test.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PORT ?= 8501
WORKERS ?= 2
BEFORE ?=
ESLINT := tests/linters/node_modules/.bin/eslint
UNCOMPILED := $(wildcard tests/test_incoming_*.py) tests/test_sandbox.py
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev app test check data bench hostile crash clean monkey bundle bundle-test

help:
	@echo "make setup  install, and compile what a first question would wait for"
	@echo "make app    open the map on http://127.0.0.1:$(PORT)   (ZONEPLAN_DATA=DIR for another workspace)"
	@echo "make test   install what is needed and run all tests"
	@echo "make check  ruff, mypy and the import rules"
	@echo "make data   rebuild data/ from the tables in data/build"
	@echo "make bench  measure against the peers (long); BEFORE=REV: and the page against a revision of itself"
	@echo "make hostile  run the hostile files and print the table"
	@echo "make bundle  one archive for Linux and one for Windows that install without internet, into dist/; make bundle-test installs it"
	@echo "make crash  kill imports and saves by the hundred: nothing half done, nothing lost"

$(VENV)/.run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 以上 / Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	touch $@

$(VENV)/.compiled: $(VENV)/.run
	$(PY) cli.py compile
	touch $@

setup: $(VENV)/.compiled

setup-dev: $(VENV)/.dev

app: $(VENV)/.run
	FORWARDED_ALLOW_IPS= $(PY) -m streamlit run app.py --server.address 127.0.0.1 --server.port $(PORT)

# Compiling comes first, beside tests that need no compiled code: its test then sees what compiling leaves, and the
# others find it compiled.
test: $(VENV)/.dev
	bash tests/install
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/test_compiling.py $(UNCOMPILED)
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 25 --ignore tests/test_compiling.py $(UNCOMPILED:%=--ignore %)

check: $(VENV)/.dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	@if test -x $(ESLINT); then $(ESLINT) -c tests/linters/eslint.config.mjs --max-warnings 0 ui/map/host ui/parts tests/js tests/linters/*.mjs; \
	else echo "NOT CHECKED: the scripts of the map; eslint is missing (bash tests/install)"; fi

monkey: $(VENV)/.dev
	$(PY) -m tests.monkey 1000

data: $(VENV)/.run
	$(PY) -m data.build

bench: $(VENV)/.bench
	ZONEPLAN_BEFORE=$(BEFORE) $(PY) -m benchmarks

hostile: $(VENV)/.dev
	$(PY) -m tests.hostile

crash: $(VENV)/.dev
	ZONEPLAN_KILLS=300 $(PY) -m pytest -k kills tests/test_crash.py
	$(PY) -m tests.crash_plans

# For closed networks: what may be said is SYSTEM="linux windows" and PYTHONS="3.11 3.12".
bundle: $(VENV)/.run
	$(PY) -m deploy.bundle $(if $(SYSTEM),--system $(SYSTEM)) $(if $(PYTHONS),--python $(PYTHONS))

# As root: in a root of Debian's with Python alone where BASE names one (debootstrap --variant=minbase --include=python3).
bundle-test: $(VENV)/.dev
	$(PY) -m tests.bundle $(if $(BASE),--base $(BASE)) $(if $(PYTHONS),--python $(PYTHONS))

clean:
	rm -rf $(VENV) static/layers static/overlays cache
