# Two commands do everything on a machine with Python 3.11, make and the package registries:
#   make demo            the hub end to end, on its own Apache Kafka (ARGS=--once ends by itself)
#   make test            every test, the Kafka tests included
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports format lock release-schemas bench chaos fuzz clean

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# The stamp carries the hash of the lock file, so a changed lock reinstalls and a fresh one does not.
STAMP := $(VENV)/installed-$(shell cat requirements/dev.txt pyproject.toml | cksum | cut -d' ' -f1)

$(STAMP):
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found; install Python 3.11 or give PYTHON=..." >&2; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	rm -f $(VENV)/installed-*
	touch $@

demo: $(STAMP) ## the hub end to end: plan files in, conflicts out (ARGS=--once, ARGS="--broker HOST:PORT")
	@$(BIN)/hub demo $(ARGS)

# A file stays in one process, so each process starts one Kafka; files go in their order, long ones first.
test: $(STAMP) ## every test; starts Apache Kafka itself and stops it
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint types imports ## format, lint, types, imports, unit and contract tests: a minute or two
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile tests/unit tests/contract tests/architecture -q $(ARGS)

lint: $(STAMP) ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP) ## strict types
	$(BIN)/mypy

imports: $(STAMP) ## arrows point one way
	$(BIN)/lint-imports

format: $(STAMP) ## rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(STAMP) ## resolve pyproject.toml into requirements/ with hashes
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" --extra dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" requirements/fuzz.in -o requirements/fuzz.txt
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --no-emit-index-url --generate-hashes \
		--custom-compile-command "make lock" - -o requirements/build.txt

bench: $(STAMP) ## the benchmarks: engine and stream, ratios side by side
	$(BIN)/python -m benchmarks.engine $(ARGS)
	$(BIN)/python -m benchmarks.stream $(ARGS)
	$(BIN)/python -m benchmarks.layer
	$(BIN)/python -m benchmarks.restore

chaos: $(STAMP) ## kill, freeze and cut off while changes flow, and count (ARGS="--seed 2 --layer off")
	$(BIN)/python -m tests.chaos.campaign $(ARGS)

fuzz: $(STAMP) ## hostile input to every decoder and reader, for longer (ARGS="--seconds 600")
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--only-binary :all: -r requirements/fuzz.txt \
		|| echo "make: no atheris for this machine; inputs are made by chance" >&2
	$(BIN)/python -m tests.fuzz.campaign $(ARGS)

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
