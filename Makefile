# Two commands set Rackline up: `make demo` and `make test`.
PYTHON ?= python3
PORT ?= 8050
VENV := .venv
BIN := $(VENV)/bin
# Each process keeps what it compiled for the next ones, whatever the shell says: a dozen start at once.
unexport PYTHONDONTWRITEBYTECODE
# A lock names everything, so pip has nothing to resolve: `--no-deps` saves three seconds of the demo's start.
PIP := $(BIN)/pip --disable-pip-version-check -q install --require-hashes --no-deps

.PHONY: demo test quick bench torture check docs lock clean

# -- the main job: three illustrative plants, SQLite, dashboard on localhost --------------------
demo: $(VENV)/.installed
	$(BIN)/rackline demo --port $(PORT)

# -- everything that must hold before a change lands ----------------------------------------------
test: $(VENV)/.installed-test check
	sh tests/install_chromium.sh
	sh tests/install_servers.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m "not browser and not slow" -k "not postgresql"

bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.bench

torture: $(VENV)/.installed-test
	$(BIN)/python -m tests.torture

docs: $(VENV)/.installed-test
	$(BIN)/python -m tests.generate_docs

# -- after a change of dependencies in pyproject.toml: pins and hashes anew -------------------------
# What people run has the versions that the tests ran with.
LOCK := $(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header \
	--python-version 3.11 pyproject.toml
lock: $(VENV)/.installed-test
	$(LOCK) --all-extras -o requirements-test.lock
	$(LOCK) --constraint requirements-test.lock -o requirements.lock

clean:
	rm -rf $(VENV) var

# pip spends most of its time comparing versions on one core, so each lock is put in by two, half each.
define in_halves
	awk '/^[^ #]/ { n++ } { print > ("$(VENV)/half" n % 2 ".lock") }' $(1)
	$(MAKE) --no-print-directory -j2 FLAGS=$(2) $(VENV)/half0.put $(VENV)/half1.put
endef

$(VENV)/%.put:
	$(PIP) $(FLAGS) -r $(VENV)/$*.lock

# The machine's own pip fills the environment, and a path file brings our folder in: to put a pip of
# its own and an editable package there takes ten seconds. Only where that pip cannot, it gets its own.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv --without-pip $(VENV)
	printf '#!/bin/sh\nexec "%s" -m pip --python "%s" "$$@"\n' \
		"$$($(PYTHON) -c 'import sys; print(sys.executable)')" "$(CURDIR)/$(VENV)" > $(BIN)/pip
	printf '#!/bin/sh\nexec "%s" -m rackline "$$@"\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/rackline
	chmod +x $(BIN)/pip $(BIN)/rackline
	$(BIN)/pip --version > /dev/null || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -c "import os, site; print(os.getcwd(), file=open(site.getsitepackages()[0] + '/rackline.pth', 'w'))"
	$(call in_halves,requirements.lock,--no-compile)
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.lock
	$(call in_halves,requirements-test.lock,)
	touch $@
