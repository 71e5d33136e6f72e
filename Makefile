# Two commands for a fresh machine: `make demo` and `make test`. The rest is for those who work on the project.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

# A network fails now and then: what comes over it is waited for, and asked for three times.
PAUSES ?= 10 60 0
AGAIN  := sh -c 'for pause in $(PAUSES); do "$$@" && exit; sleep $$pause; done; exit 1' again
APT    := apt-get -q -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600
export PIP_RETRIES ?= 8
export PIP_TIMEOUT ?= 60

PIP    := $(AGAIN) $(BIN)/python -m pip install -q --disable-pip-version-check
TOOLS  := $(VENV)/tools

# Where nobody may keep compiled modules, each of the thousand programs that the tests start compiles them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test ready check office servers docs handbook pictures templates samples benchmarks fuzz bundle release lock audit-dependencies sbom clean

demo: $(VENV)/.runtime
	$(BIN)/xlscore make-templates --city 云溪市 --round 2018 --deadline 2019-02-25 --out out/templates
	$(BIN)/xlscore collect samples/inbox --out out/summary || test $$? -eq 1
	@echo "Templates: out/templates    Summary: out/summary/汇总.xlsx"

test:
	@$(MAKE) --no-print-directory -j2 ready
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# What the tests need, and what is looked at before them: two things at a time, as most of it waits for a network.
ready: check office servers audit-dependencies

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The tests recalculate workbooks with two real spreadsheet programs, unpack RAR with a free one, and look at reports in a
# word processor and a browser.
office:
	@command -v soffice >/dev/null && command -v ssconvert >/dev/null && command -v unar >/dev/null && \
	  command -v chromium >/dev/null && command -v pdftotext >/dev/null && \
	  test -e "$$(dirname "$$(realpath "$$(command -v soffice)")")/libswlo.so" || { \
	  command -v apt-get >/dev/null || { \
	    echo "The tests need LibreOffice with Writer (soffice), Gnumeric (ssconvert), unar, chromium and pdftotext on the PATH; install them and run again."; exit 1; }; \
	  export SUDO=$$(test "$$(id -u)" = 0 || echo sudo) DEBIAN_FRONTEND=noninteractive; \
	  $(AGAIN) sh -c '$$SUDO $(APT) update && $$SUDO $(APT) install -y --no-install-recommends "$$@"' apt \
	    libreoffice-calc-nogui libreoffice-writer-nogui gnumeric fonts-noto-cjk unar chromium poppler-utils && \
	  mkdir -p $(VENV) && touch $(VENV)/.lists; }

# They send and fetch mail through real servers of their own, and keep ledgers on one. No other mail server of this
# machine is removed for that, and no database of this machine is made or started. What can be had was looked up for
# the programs above, where those were missing too.
servers: | office
	@export PATH="$$PATH:/usr/sbin"; POSTGRES=$$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null; command -v initdb); \
	command -v dovecot >/dev/null && command -v exim4 >/dev/null && test -n "$$POSTGRES" || { \
	  command -v apt-get >/dev/null || { \
	    echo "The tests need Dovecot (dovecot), Exim (exim4) and PostgreSQL 12 or later (initdb) on the PATH; install all three and run again."; exit 1; }; \
	  export SUDO=$$(test "$$(id -u)" = 0 || echo sudo) DEBIAN_FRONTEND=noninteractive; \
	  $$SUDO mkdir -p /etc/postgresql-common/createcluster.d && \
	  echo "create_main_cluster = false" | $$SUDO tee /etc/postgresql-common/createcluster.d/xlscore.conf >/dev/null; \
	  $(AGAIN) sh -c '{ find $(VENV)/.lists -mmin -10 2>/dev/null | grep -q . || $$SUDO $(APT) update; } && \
	    $$SUDO $(APT) install -y --no-install-recommends --no-remove "$$@" || { rm -f $(VENV)/.lists; false; }' apt \
	    dovecot-imapd exim4-daemon-light postgresql; }

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

# Everything that is installed is named in a lock file with its hash, also what builds the package. Of what the tests
# need most is never imported: what is, compiles itself.
$(VENV)/.runtime: pyproject.toml requirements/runtime.txt | $(VENV)/bin/python
	$(PIP) --require-hashes -r requirements/runtime.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: pyproject.toml requirements/dev.txt | $(VENV)/bin/python
	$(PIP) --no-compile --require-hashes -r requirements/dev.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

$(TOOLS)/.made: requirements/tools.txt | $(VENV)/bin/python
	$(BIN)/python -m venv --without-pip $(TOOLS)
	$(AGAIN) $(BIN)/python -m pip -q --disable-pip-version-check --python $(TOOLS)/bin/python install --require-hashes -r $<
	@touch $@

# The lock files anew, for Python 3.11 and later on every system; run it after a change of the dependencies.
UV := $(TOOLS)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q --upgrade
lock: $(TOOLS)/.made
	$(UV) pyproject.toml --group build -o requirements/runtime.txt
	$(UV) pyproject.toml --group build --extra dev -o requirements/dev.txt
	$(UV) --group tools -o requirements/tools.txt

# Fails where a locked package has a known vulnerability; where none can be looked up it says so and passes.
audit-dependencies: $(TOOLS)/.made
	$(TOOLS)/bin/python requirements/audit.py $(TOOLS)/bin/pip-audit

# A folder from which the program is installed without a network (Linux x86-64 and aarch64, Windows), into dist/bundle.
bundle: $(VENV)/.dev
	$(BIN)/python requirements/bundle.py dist/bundle

# Wheel and sdist, built twice to the same bytes, with their bill of materials and hashes, into dist.
release: $(VENV)/.dev
	$(BIN)/python requirements/release.py dist

# What a release consists of, as CycloneDX.
sbom: $(VENV)/.runtime
	$(BIN)/python requirements/sbom.py dist/sbom.cdx.json

# The blank workbooks of the built-in example; a test fails when they are stale.
templates: $(VENV)/.runtime
	$(BIN)/xlscore make-templates --out templates --overwrite

# The page of the command line and the schemas of results and province; a test fails when one is stale.
docs: $(VENV)/.runtime
	$(BIN)/python docs/write_command_line.py
	$(BIN)/python docs/write_results_schema.py
	$(BIN)/python docs/write_province_schema.py

# The handbook in both languages, as pages to open from a folder and as PDF, into out/handbook (needs LibreOffice and
# pdftoppm, for the PDF Chromium).
handbook: $(VENV)/.dev
	$(BIN)/python docs/handbook/make_handbook.py out/handbook

# The pictures of the README, from real files; a test fails when these have changed.
pictures: $(VENV)/.dev
	$(BIN)/python docs/handbook/make_pictures.py

# The rehearsal inbox, from samples/city.toml (needs LibreOffice).
samples: $(VENV)/.runtime
	$(BIN)/python samples/make_samples.py

benchmarks: $(VENV)/.dev
	$(BIN)/python benchmarks/run.py

# A night of inputs that nobody thought of; what fails is kept in out/fuzz. INPUTS says how many for each reader.
fuzz: $(VENV)/.dev
	$(BIN)/python benchmarks/fuzz.py --inputs $(or $(INPUTS),100000)

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
