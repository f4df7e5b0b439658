# `make run` serves the site, `make check` and `make test` test it. All need Python 3.11 or newer and nothing else.

PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
DATA ?= ../shared/data
# Compiled tests are kept, also where the environment says otherwise: each test process would spend four seconds on it.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder

.PHONY: run check quick-tests test all-tests lint format test-faults drawing third-party routes handbook translations bench bench-speed bench-quick clean

run: $(VENV)/installed
	@exec $(BIN)/python app.py --port $(PORT)

# For daily work, a minute or two on two cores: style, types, and the tests that need no browser, no database server
# and no process, and take no seconds.
check: $(VENV)/installed-dev
	@$(MAKE) --no-print-directory -j 2 lint quick-tests

quick-tests: $(VENV)/installed-dev
	$(PYTEST) -n 3 -m "not browser and not postgres and not server and not slow"

# Everything, some 10 minutes on two cores: before a change lands. Style and types beside the tests.
test: $(VENV)/installed-dev
	@$(BIN)/python tests/support/find_browser.py || $(BIN)/python -m playwright install chromium || true
	@$(MAKE) --no-print-directory -j 2 lint all-tests

all-tests: $(VENV)/installed-dev
	$(PYTEST) -n 4

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Load and faults in full, some 25 minutes; FIGURES=file.jsonl keeps what was measured. `make test` has the
# short form of it.
test-faults: $(VENV)/installed-dev
	FAULTS=full $(BIN)/python -m pytest tests/faults -s

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Draws docs/architecture.svg: the packages and what they import.
drawing: $(VENV)/installed
	$(BIN)/python docs/architecture.py

# Writes docs/third_party.md: what is installed, its licence, and why.
third-party: $(VENV)/installed-dev
	$(BIN)/python docs/third_party.py

# Takes the pictures of docs/handbook.md anew, from a site of its own that it fills and stops. A minute or two.
handbook: $(VENV)/installed-dev
	$(BIN)/python docs/handbook_pictures.py

# Writes docs/routes.md again.
routes: $(VENV)/installed
	$(BIN)/python docs/routes.py

$(VENV)/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name yours with: make PYTHON=/path/to/python3 …" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(BIN)/pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Reads the messages of the pages into translations/ and compiles them. Translate those that are new by hand, and
# run it again: a test finds what is missing.
translations: $(VENV)/installed
	$(BIN)/python -m translations.update

# Measures against the coded data (DATA=../shared/data), with BERTopic beside; an environment of its own.
bench: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks --data $(DATA)

# Measures how fast all of it is, with what it is compared with beside, and writes the second and third table of
# benchmarks/RESULTS.md. Under 20 minutes on an idle machine of two cores.
bench-speed: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks.speed --data $(DATA)

# Measures ratios at small sizes and says which moved since the third table was made, beyond noise. Under 3 minutes.
bench-quick: $(VENV)/installed
	$(BIN)/python -m benchmarks.quick --data $(DATA)

$(VENV)-bench/installed: requirements.txt requirements-bench.txt
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/pip install --disable-pip-version-check -r requirements-bench.txt
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-bench .mypy_cache .pytest_cache .ruff_cache
