# sheetcredit: `make demo` and `make test` need nothing but Python 3.11 and make (Debian or Ubuntu).
# Each target first brings its environment up to date; a stamp file in it says when that was.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3.11
JOBS ?= 2
FUZZ_SECONDS ?= 300
ARGS ?=
FOLDER ?= build/national

VENV := .venv
PY := $(VENV)/bin/python
ENV := $(VENV)/.installed
RUN_ENV := .venv-run/.installed
BENCH_ENV := .venv-bench/.installed
FUZZ_ENV := .venv-fuzz/.installed
LOCK_ENV := .venv-lock/.installed
WINDOWS_ENV := .venv-windows/.installed
SETUP := tools/find_python.sh tools/apt_install.sh tools/make_venv.sh
NEW_VENV = python="$$(sh tools/find_python.sh '$(PYTHON)')" && sh tools/make_venv.sh "$$python"
BUILD_WHEEL = rm -rf dist && $(PY) -m build --wheel --no-isolation --outdir dist .
CODE := src tests seeds tools

.PHONY: help demo demo-branch test check lint format-check types docs-check seeds-check lock-check \
	format docs seeds template wheel bench bench-explain bench-history bench-hostile bench-import bench-buttons bench-national bench-page bench-patch \
	bench-texts bench-kill fuzz mutants pictures catalogues every-office constraints clean distclean office browser mail installer test-windows windows-tools pictures-windows bench-windows

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' \
		| while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: $(ENV) ## Run the main job on the golden workbook and show the outcome
	@$(PY) -m tools.demo

demo-branch: $(ENV) ## Twelve invented offices report; show the branch's page out/branch/tinh-hinh.html
	@$(PY) -m tools.demo_branch

test: $(ENV) office browser mail ## Run the tests (ARGS="-k text" narrows them)
	$(PY) -m pytest -n $(JOBS) $(ARGS)

# The tests come last, so that their summary is what one sees.
check: lint format-check types lock-check docs-check seeds-check test ## Everything CI checks

lint: $(ENV)
	$(PY) -m ruff check $(CODE)

format-check: $(ENV)
	$(PY) -m ruff format --check $(CODE)

types: $(ENV)
	$(PY) -m mypy

lock-check: $(ENV)
	$(PY) -m tools.lock --check

docs-check: $(ENV)
	$(PY) -m tools.docs --check

seeds-check: $(ENV)
	$(PY) workbook/build.py --check
	$(PY) -m workbook.build_bulletin --check
	$(PY) -m workbook.build_papers --check
	$(PY) seeds/build.py --check

format: $(ENV) ## Format the code and sort imports
	$(PY) -m ruff check --fix-only --quiet $(CODE)
	$(PY) -m ruff format $(CODE)

docs: $(ENV) ## Write the generated reference pages again
	$(PY) -m tools.docs

seeds: $(ENV) ## Build the seed workbooks again from their figures
	$(PY) seeds/build.py

template: $(ENV) ## Build workbook/office.xlsx and the Word templates again from their definitions
	$(PY) workbook/build.py
	$(PY) -m workbook.build_bulletin
	$(PY) -m workbook.build_papers

wheel: $(ENV) ## Build the wheel, and try it in an environment without development packages
	$(BUILD_WHEEL)
	$(PY) -m tools.smoke_wheel dist

installer: $(ENV) $(WINDOWS_ENV) windows-tools ## Build sheetcredit-setup.exe and the portable .zip, for Windows
	$(BUILD_WHEEL)
	.venv-windows/bin/python -m tools.windows.installer

# Under Wine: what a user does with the installed program, and the tests of files, paths, locks, processes.
test-windows: installer ## Install and try the program for Windows, under Wine
	.venv-windows/bin/python -m tools.windows.rooms
	$(PY) -m pytest tests/windows --windows -n $(JOBS) --dist loadfile $(ARGS)

# Measured is the installed wheel, without development packages: what a user has.
bench: $(ENV) $(RUN_ENV) $(BENCH_ENV) ## Measure the speed beside the usual script, into docs/benchmarks.md
	$(BUILD_WHEEL)
	.venv-run/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-index --force-reinstall dist/*.whl
	$(PY) -m tools.bench
	$(PY) -m tools.bench_patch

bench-buttons: $(ENV) $(RUN_ENV) office ## Measure a press of a button in LibreOffice, into docs/buttons.md
	$(BUILD_WHEEL)
	.venv-run/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-index --force-reinstall dist/*.whl
	$(PY) -m tools.bench_buttons

bench-explain: $(ENV) ## Measure the explanations over thousands of mistakes, into docs/explanations.md
	$(PY) -m tools.bench_explain

bench-history: $(ENV) ## Measure what an archive of ten years answers, into docs/archive.md
	$(PY) -m tools.bench_history

bench-hostile: $(ENV) ## Measure what hostile files cost, into docs/hostile.md
	$(PY) -m tools.bench_hostile

bench-import: $(ENV) ## Measure reading the bank's exports, into docs/imports.md
	$(PY) -m tools.bench_import

bench-national: $(ENV) $(RUN_ENV) $(BENCH_ENV) ## Measure a whole national quarter (FOLDER=build/national), into docs/national.md
	$(BUILD_WHEEL)
	.venv-run/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-index --force-reinstall dist/*.whl
	$(PY) -m tools.bench_national $(FOLDER) $(ARGS)

bench-page: $(ENV) browser ## Measure how fast the page tinh-hinh.html opens, into docs/page.md
	$(PY) -m tools.bench_page

bench-texts: $(ENV) $(RUN_ENV) ## Measure how well and how fast texts of others are verified, into docs/texts.md
	$(BUILD_WHEEL)
	.venv-run/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-index --force-reinstall dist/*.whl
	$(PY) -m tools.bench_texts

bench-patch: $(ENV) ## Measure patch_cells beside openpyxl and zipfile, into docs/patching.md
	$(PY) -m tools.bench_patch

bench-windows: installer ## Measure the size and the start of the Windows program, into docs/windows.md
	.venv-windows/bin/python -m tools.bench_windows

bench-kill: $(ENV) ## Kill a run that is writing 500 times: the file is always the old one or the new one
	SHEETCREDIT_KILLS=500 $(PY) -m pytest -q -k test_kills tests/xlsx/test_guard.py

fuzz: $(FUZZ_ENV) ## Fuzz the reader and patch_cells for FUZZ_SECONDS each (300)
	PYTHONPATH=src .venv-fuzz/bin/python -m tools.fuzz --seconds $(FUZZ_SECONDS)

mutants: $(ENV) office ## Change the code in 200 places, one at a time: do its tests notice? (ARGS="--room checks")
	$(PY) -m tools.mutants $(ARGS)

pictures: $(ENV) office ## Draw the pictures of the README and the guide again
	$(PY) -m tools.pictures
	$(PY) -m tools.button_pictures

pictures-windows: installer ## Draw the pictures of the setup again, under Wine
	.venv-windows/bin/python -m tools.windows.pictures

every-office: $(ENV) ## Three offices a province on three dates begin, report and are consolidated (306 in all)
	SHEETCREDIT_EVERY_OFFICE=1 $(PY) -m pytest -q -n $(JOBS) tests/journeys/test_every_office.py

catalogues: $(ENV) ## Make the national catalogues again from their sources (see docs/catalogues.md)
	$(PY) -m tools.catalogues
	$(PY) -m tools.docs

constraints: $(LOCK_ENV) ## Resolve the pinned packages again (ARGS=--upgrade takes newer ones)
	.venv-lock/bin/python -m tools.lock $(ARGS)

clean: ## Remove what was built, but not the environments
	rm -rf dist build out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove the environments too
	rm -rf .venv .venv-run .venv-bench .venv-fuzz .venv-lock .venv-windows

windows-tools: $(SETUP) tools/windows/install.sh
	@sh tools/windows/install.sh

mail: $(SETUP) tools/install_mail.sh
	@sh tools/install_mail.sh

browser: $(SETUP) tools/install_browser.sh
	@sh tools/install_browser.sh

office: $(SETUP) tools/install_office.sh
	@sh tools/install_office.sh

$(ENV): pyproject.toml constraints.txt $(SETUP)
	@$(NEW_VENV) $(VENV) constraints.txt editable
	@touch $@

$(RUN_ENV): requirements/run.txt $(SETUP)
	@$(NEW_VENV) .venv-run requirements/run.txt
	@touch $@

$(BENCH_ENV): requirements/bench.txt $(SETUP)
	@$(NEW_VENV) .venv-bench requirements/bench.txt
	@touch $@

$(FUZZ_ENV): requirements/fuzz.txt $(SETUP)
	@$(NEW_VENV) .venv-fuzz requirements/fuzz.txt
	@touch $@

$(LOCK_ENV): requirements/lock.txt $(SETUP)
	@$(NEW_VENV) .venv-lock requirements/lock.txt
	@touch $@

$(WINDOWS_ENV): requirements/windows.txt $(SETUP)
	@$(NEW_VENV) .venv-windows requirements/windows.txt
	@touch $@
