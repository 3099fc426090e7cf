# Needs Python 3.11 or later and make, nothing else.
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo test lab check lint types layers lock bench demo-data notebooks

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.done: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

demo: .venv/.done ## plan the demo company's year, freeze the plan, review its first quarter
	rm -rf params/demo/approved
	.venv/bin/aop run params/demo/fy2027.yml
	.venv/bin/aop freeze params/demo/fy2027.yml --by "Finance, make demo"
	.venv/bin/aop run params/demo/fy2027_q1.yml
	@echo "open outputs/demo/fy2027/index.html      (the plan)"
	@echo "open outputs/demo/fy2027_q1/index.html   (its first review)"

test: .venv/.done ## every test, the notebooks' stored control totals included
	$(PY) -m pytest
	AOP_OUTPUTS=$$(mktemp -d) $(PY) -m pytest --nbval-lax -n 0 notebooks

lab: .venv/.done ## JupyterLab on the first notebook
	.venv/bin/jupyter lab notebooks/00_single_source.ipynb

check: lint types layers test ## lint, types, layers and tests

lint: .venv/.done
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: .venv/.done
	$(PY) -m mypy aop_lib

layers: .venv/.done
	.venv/bin/lint-imports

bench: .venv/.done ## measure: ratios, never seconds
	$(PY) benchmarks/start.py
	$(PY) benchmarks/cycle.py
	$(PY) benchmarks/ledger.py
	$(PY) benchmarks/drivers.py
	$(PY) benchmarks/weighing.py
	$(PY) benchmarks/allocation.py
	$(PY) benchmarks/consolidation.py

demo-data: .venv/.done ## make the demo company's exports again, byte for byte
	$(PY) params/demo/make_demo.py

lock: ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --all-extras --no-emit-index-url --no-header --quiet pyproject.toml -o requirements.lock

notebooks: .venv/.done ## strip the notebooks' outputs, but for their control totals
	.venv/bin/nbstripout --keep-count --keep-id notebooks/*.ipynb
