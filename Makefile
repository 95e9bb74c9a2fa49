# Everything a person types in this folder. `make` alone lists it.

PYTHON ?= python3
BIN = .venv/bin
PIP_FLAGS = -qq --disable-pip-version-check --no-warn-script-location
# Processes that run tests: most tests wait for something.
TESTERS = 4
PIP = $(BIN)/python -m pip install $(PIP_FLAGS)
PEERS_PIP = .venv-peers/bin/python -m pip install $(PIP_FLAGS)

.PHONY: help demo serve test test-long lint bench peers clean typescript

help:  ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf 'make %-10s %s\n' "$$name" "$$text"; done

demo: $(if $(OCR),.venv/ocr,.venv/runtime)  ## frames of a real video, start to end [VIDEO=/any/file.mp4] [OCR=1]
	@$(BIN)/python demo/run.py $(if $(OCR),--ocr) $(if $(VIDEO),"$$VIDEO")

serve: .venv/runtime  ## the daemon, on the queue JOBD_DB [JOBD_DB=/srv/app/jobs.db]
	@$(BIN)/python -m jobd serve

test: .venv/dev typescript  ## all tests but the long ones
	@$(BIN)/python -m pytest -m "not long" -n $(TESTERS) --dist loadfile --no-loadscope-reorder

test-long: .venv/dev typescript  ## the long fault and fuzz runs
	@$(BIN)/python -m pytest -m long --timeout 3600

# Node and its packages for the tests of typescript/; without npm they are skipped, and say so.
typescript:
	@$(MAKE) -s typescript/node_modules/.stamp \
		|| echo "WARNING: npm could not install typescript/node_modules: the TypeScript tests are NOT RUN" >&2

typescript/node_modules/.stamp: typescript/package-lock.json typescript/package.json
	@command -v npm >/dev/null
	@echo "adding Node's packages to typescript/node_modules …"
	@cd typescript && npm ci --silent
	@touch $@

lint: .venv/dev  ## ruff (all rules), formatting, mypy (strict)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/mypy demo/*.py
	@$(BIN)/mypy -p benchmarks

bench: .venv/dev  ## the measurements
	@for script in benchmarks/[!_]*.py; do name=$$(basename "$$script" .py); \
		echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" || exit; done

peers:  ## decord and torchcodec for `make bench`, where they install (large)
	@"$(PYTHON)" -m venv --clear .venv-peers
	@for peer in decord "torch torchcodec"; do \
		$(PEERS_PIP) -c constraints/peers.txt numpy opencv-python-headless $$peer \
			|| echo "not here: $$peer" >&2; done

clean:  ## remove all that make has made
	@rm -rf .venv .venv-peers typescript/node_modules benchmarks/footage demo-data .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

export VIDEO

# One environment, two stamps: what runs is enough for the demo.
.venv/runtime: pyproject.toml constraints/build.txt constraints/runtime.txt
	@$(CHECK_PYTHON)
	@echo "setting up .venv …"
	@$(BIN)/python -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(PIP) -r constraints/build.txt
	@$(PIP) --no-build-isolation -c constraints/build.txt -c constraints/runtime.txt -e .
	@touch $@

# An engine for the demo: about 140 MB more.
.venv/ocr: .venv/runtime constraints/ocr.txt
	@echo "adding what reads text to .venv …"
	@$(PIP) --no-build-isolation -c constraints/build.txt -c constraints/runtime.txt \
		-c constraints/ocr.txt -e '.[ocr]'
	@touch $@

.venv/dev: .venv/ocr constraints/dev.txt
	@echo "adding test and lint tools to .venv …"
	@$(PIP) --no-build-isolation -c constraints/build.txt -c constraints/runtime.txt \
		-c constraints/ocr.txt -c constraints/dev.txt -e '.[ocr,test,lint]'
	@touch $@

define CHECK_PYTHON
command -v "$(PYTHON)" >/dev/null || { echo "no '$(PYTHON)' here: install Python 3.11 or newer, or make PYTHON=/path/to/python3" >&2; exit 1; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "'$(PYTHON)' is $$("$(PYTHON)" -V 2>&1), jobd needs 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 1; }; \
"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "'$(PYTHON)' lacks the venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
endef
