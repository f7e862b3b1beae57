# The first Python from 3.11 that really runs; set PYTHON to use another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
ILS = $(or $(PYTHON),$(error ILS needs Python 3.11 or newer: install it, or say where it is with PYTHON=...)) -m ils_app.commands.install

.PHONY: help run test bench soak lint format schemas lock

help:    ## say what can be made
	@sed -n 's/^\([a-z]*\): *\(.*\)##/\1\t/p' $(MAKEFILE_LIST)

run:     ## start everything on http://127.0.0.1:3000
	@exec $(ILS) run

test:    ## run every check and every test
	@$(ILS)
	@exec .venv/bin/python tests/everything.py

bench:   ## measure ILS beside its bare twins; ONLY="submit lists" measures these parts
	@$(ILS)
	@exec .venv/bin/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

soak:    ## kill what runs at random moments and see that nothing is lost; ROUNDS=n, SEED=n repeats
	@$(ILS)
	@exec .venv/bin/python -m tests.soak $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

lint:    ## say what ruff, mypy, the layers, bandit and detect-secrets object to
	@$(ILS)
	@exec .venv/bin/python tests/everything.py --lint

format:  ## lay the code out
	@$(ILS)
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

schemas: ## write docs/LIMS_CLIENT_SCHEMAS.md from the models
	@$(ILS)
	.venv/bin/python -m lims_client.schemas_doc > docs/LIMS_CLIENT_SCHEMAS.md

lock:    ## pin and hash requirements.in into requirements.txt
	@$(ILS)
	.venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-strip-extras requirements.in
