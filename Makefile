# What each target does: README.md. Whatever a target needs is set up first; a second time that takes a second or two.
PYTHON := $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv/bin
# The fences look at the code only: no server need run for them.
BARE := DATABASE_URL=postgres://nobody@127.0.0.1/none REDIS_URL=redis://127.0.0.1:1/0 SECRET_KEY=unused

SEED ?= 1
SEEDS ?= 1
BERTHS ?= 50
HOURS ?= 24
FAULTS ?= normal
MIX ?= camera
DIR ?= backups

.PHONY: run setup test check fences bench simulate stop backup restore requirements test-requirements

run: requirements
	@$(VENV)/python -m config.run

setup: requirements
	@$(VENV)/python manage.py prepare

stop:
	@$(VENV)/python -m config.run --stop

test: test-requirements
	@$(VENV)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: fences test

fences: test-requirements
	@$(VENV)/ruff format --check --quiet --output-format concise .
	@$(VENV)/ruff check --quiet .
	@$(BARE) $(VENV)/mypy
	@$(VENV)/lint-imports --no-cache
	@$(BARE) $(VENV)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: requirements
	@$(VENV)/python -m bench

simulate: requirements
	@$(VENV)/python manage.py simulate --seed $(SEED) --seeds $(SEEDS) --berths $(BERTHS) --hours $(HOURS) \
		--faults $(FAULTS) --mix $(MIX)

backup: requirements
	@$(VENV)/python manage.py backup $(DIR)

restore: requirements
	@$(if $(FROM),$(VENV)/python manage.py restore $(FROM),echo "make restore FROM=backups/openberth-..., into the empty database of DATABASE_URL"; exit 1)

requirements:
	@$(if $(PYTHON),$(PYTHON) config/bootstrap.py,echo "OpenBerth needs Python 3.11 or later."; exit 1)

test-requirements:
	@$(if $(PYTHON),$(PYTHON) config/bootstrap.py --tests,echo "OpenBerth needs Python 3.11 or later."; exit 1)
