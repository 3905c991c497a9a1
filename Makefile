# Two commands for everybody: `make demo` (a tour) and `make test` (everything). Both set themselves up, both repeat.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
MUTATION := $(VENV)/.mutation

.PHONY: demo test check format docs facts bench soak evals mutation conformance clean

demo: $(RUNTIME)
	$(BIN)/pai-dlc-mcp demo

test: $(DEVELOPMENT)
	tests/check

check: test

format: $(DEVELOPMENT)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: $(DEVELOPMENT)
	$(BIN)/python tests/documents.py --write

# What the product refuses, does not parse or declares otherwise than a folder of the service's facts: make facts DIR=…
facts: $(DEVELOPMENT)
	$(BIN)/python tests/facts/report.py $(DIR)

# Half an hour on two cores; what did not change is not tried again.
mutation: $(MUTATION)
	$(BIN)/python tests/mutation/run.py

bench: $(DEVELOPMENT)
	$(BIN)/python -m evals.benchmarks.run

soak: $(DEVELOPMENT)
	$(BIN)/python -m evals.benchmarks.run soak

evals: $(DEVELOPMENT)
	$(BIN)/python -m evals.run --agent scripted
	$(BIN)/python -m evals.run --agent reckless --arms server,raw
	$(BIN)/python -m evals.show

# Needs Node.js 22 and fetches the suite with npx; not part of `make test`.
conformance: $(DEVELOPMENT)
	$(BIN)/python tests/protocol/clients/conformance.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .mutation dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $(RUNTIME)

$(DEVELOPMENT): $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,redis,charts]'
	touch $(DEVELOPMENT)

$(MUTATION): $(DEVELOPMENT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutation]'
	touch $(MUTATION)
