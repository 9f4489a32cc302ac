# The commands of Molva; `make help` lists them. Each brings what it needs, and nothing twice.

VENV_PYTHON := .venv/bin/python
OUT ?= var/tour
ONLY ?=
PER_KIND ?=
UV_COMPILE := $(VENV_PYTHON) -m uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
export MOLVA_SAMPLE_DATA ?= ../shared/data

.DEFAULT_GOAL := help
.PHONY: help run test test-long app app-tour check bench stories demo-reset lock clean server-packages app-packages test-packages \
	check-style check-format check-types check-imports check-dependencies check-openapi check-translations

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'

run: server-packages ## everything, with a demo shop (MOLVA_DEMO=0: without), until Ctrl-C; PORT, MOLVA_VAR, LAN=1
	@exec env MOLVA_DEMO=$${MOLVA_DEMO:-1} .venv/bin/molva run --end-with-parent

app: app-packages ## the participant's app on the desktop, against MOLVA_SERVER_URL
	@exec $(VENV_PYTHON) -m client_kivy

app-tour: app-packages ## pictures of every screen of the app in OUT=dir, against a running demo
	@exec $(VENV_PYTHON) -m client_kivy.tour --out "$(OUT)"

test: test-packages ## all tests
	@marks=$$($(VENV_PYTHON) bootstrap/system_packages.py) && $(VENV_PYTHON) -m pytest -n 2 --dist loadfile -m "$$marks"

test-long: test-packages ## the trials that take too long for every run
	@$(VENV_PYTHON) bootstrap/system_packages.py >/dev/null && $(VENV_PYTHON) -m pytest -m long --timeout=3600

check: test-packages ## style, types, import contracts, dependencies; openapi.json and translations up to date
	@$(MAKE) --no-print-directory --keep-going check-style check-format check-types check-imports check-dependencies check-openapi check-translations

check-style:
	$(VENV_PYTHON) -m ruff check .

check-format:
	$(VENV_PYTHON) -m ruff format --check .

check-types:
	$(VENV_PYTHON) -m mypy

check-imports:
	.venv/bin/lint-imports

check-dependencies:
	.venv/bin/deptry .

check-openapi:
	.venv/bin/molva openapi --check

check-translations:
	.venv/bin/molva translations --check

bench: test-packages ## the benchmarks beside their references; ONLY=name runs one, LONG=1 the long ones too
	@$(VENV_PYTHON) bootstrap/system_packages.py >/dev/null
	@exec $(VENV_PYTHON) -m tests.bench $(if $(ONLY),--only "$(ONLY)") $(if $(LONG),--long)

stories: test-packages ## the labelled stories of honest people and frauds: how well the rules judge; PER_KIND=n
	@exec $(VENV_PYTHON) -m tests.stories $(if $(PER_KIND),--per-kind "$(PER_KIND)")

demo-reset: server-packages ## the demo shop as on the first day
	@exec .venv/bin/molva demo reset

lock: test-packages ## newest versions into requirements/, with their hashes
	$(UV_COMPILE) pyproject.toml --upgrade -o requirements/server.txt
	$(UV_COMPILE) pyproject.toml --upgrade --group tests -c requirements/server.txt -o requirements/tests.txt
	$(UV_COMPILE) --upgrade --group app -c requirements/tests.txt -o requirements/app.txt

clean: ## the virtual environment and caches; var/ with its data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

server-packages:
	@bootstrap/environment server

app-packages:
	@bootstrap/environment app

test-packages:
	@bootstrap/environment tests
