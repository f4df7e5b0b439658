# `make run` serves the site, `make check` and `make test` test it. All need Python 3.11 to 3.14 and nothing else:
# install/find_python.sh looks for one, unless PYTHON names it.

# Where torch is built for processors alone, without gigabytes of graphics libraries. Empty: the usual torch.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
DATA ?= ../shared/data
# Compiled tests are kept, also where the environment says otherwise: each test process would spend four seconds on it.
# One thread in each for matrices: with more, several processes on two cores spin (2.5 s of a test became 7.1 s).
PYTEST := env -u PYTHONDONTWRITEBYTECODE OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 \
	$(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder

.PHONY: run check quick-tests test all-tests lint format test-faults drawing third-party routes handbook translations bench bench-speed bench-quick clean \
	test-fresh upgrade go-back pythons

run: $(VENV)/installed
	@exec $(BIN)/python app.py --port $(PORT)

# The newest version of the site in this folder: a backup first, then its packages, its tables, a restart; it says how to
# go back. BACKUPS=folder, RESTART="command", SETTINGS=file where they are others than docs/operations.md has.
# The shell takes them from its environment, whatever signs are in them.
export BACKUPS RESTART SETTINGS
UPGRADE = $(BIN)/python -m install.upgrade $(if $(BACKUPS),--backups "$$BACKUPS") $(if $(RESTART),--restart "$$RESTART") \
	$(if $(SETTINGS),--settings "$$SETTINGS")

upgrade:
	@$(UPGRADE)

go-back:
	@$(UPGRADE) --back-to "$(VERSION)" --tables "$(TABLES)"

# For daily work, some three minutes on two slow cores: style, types, and the tests that need no browser, no database server
# and no process, and take no seconds.
check: $(VENV)/installed-dev
	@$(MAKE) --no-print-directory -j 2 lint quick-tests

quick-tests: $(VENV)/installed-dev
	QUICK_TESTS=1 $(PYTEST) -n 3 -m "not browser and not postgres and not server and not slow"

# Everything, some 25 minutes on two slow cores: before a change lands. Style and types beside the tests.
test: $(VENV)/installed-dev
	@$(BIN)/python tests/support/find_browser.py || $(BIN)/python -m playwright install chromium || true
	@$(MAKE) --no-print-directory -j 2 lint all-tests

# What failed beside others is run once more, by itself, and must pass there: some tests measure seconds, or wait for
# processes that share the machine. The first five that fail again end it.
all-tests: $(VENV)/installed-dev
	@$(PYTEST) -n 4 || { [ $$? -eq 1 ] && echo "Once more, one by one, what failed:" && \
	  $(PYTEST) -n 0 --last-failed --last-failed-no-failures none --maxfail 5; }

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Load and faults in full, some 25 minutes; FIGURES=file.jsonl keeps what was measured. `make test` has the
# short form of it.
test-faults: $(VENV)/installed-dev
	FAULTS=full $(BIN)/python -m pytest tests/faults -s

# What Containerfile and compose.yaml do, then the README's two commands, in a bare Debian: as root, with the network.
# FRESH="--only containers", FRESH="--only readme --tests tests/core" and others: see install/fresh.py.
test-fresh: $(VENV)/installed
	$(BIN)/python -m install.fresh $(FRESH)

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

# Writes docs/pythons.md: which versions of Python have a wheel of every pin. Asks the index.
pythons: $(VENV)/installed
	PYTHONPATH=. $(BIN)/python docs/pythons.py

# Writes docs/routes.md again.
routes: $(VENV)/installed
	$(BIN)/python docs/routes.py

INSTALL = python=$$(PYTHON="$(PYTHON)" sh install/find_python.sh $(1)) && \
	"$$python" install/packages.py $(COMPILE) --torch-index "$(TORCH_INDEX)" $(1) $(2)

$(VENV)/installed: requirements.txt
	@$(call INSTALL,$(VENV),requirements.txt)
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@$(call INSTALL,$(VENV),requirements-dev.txt)
	@touch $@

# Reads the messages of the pages into translations/ and compiles them. Translate those that are new by hand, and
# run it again: a test finds what is missing.
translations: $(VENV)/installed
	$(BIN)/python -m translations.update

# Measures against the coded data (DATA=../shared/data), with BERTopic beside; an environment of its own.
bench: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks --data $(DATA)

# Measures how fast all of it is, with what it is compared with beside, and writes the second and third table of
# benchmarks/RESULTS.md. Under 20 minutes on an idle machine of two cores, half an hour on a slow one.
bench-speed: $(VENV)-bench/installed
	$(VENV)-bench/bin/python -m benchmarks.speed --data $(DATA)

# Measures ratios at small sizes and says which moved since the third table was made, beyond noise. Under 3 minutes.
bench-quick: $(VENV)/installed
	$(BIN)/python -m benchmarks.quick --data $(DATA)

$(VENV)-bench/installed: requirements.txt requirements-bench.txt
	@$(call INSTALL,$(VENV)-bench,requirements-bench.txt)
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-bench .mypy_cache .pytest_cache .ruff_cache
