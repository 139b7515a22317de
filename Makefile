# `make crawl` and `make test` set up what they need on a fresh machine: python3 with venv, and a network to the
# usual package registries.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
URL ?=
ARGS ?=

.PHONY: crawl test lint types bench soak clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e .[all]
	touch $@

$(VENV)/tested: pyproject.toml tests/requirements.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet -r tests/requirements.txt
	touch $@

$(VENV)/browser: $(VENV)/installed
	sh .ci/install-browser $(BIN)/python
	touch $@

crawl: $(VENV)/installed $(VENV)/browser
	cd example_project && ../$(BIN)/scrapy crawl tour $(if $(URL),-a "url=$(URL)") $(ARGS)

test: $(VENV)/tested $(VENV)/browser
	sh .ci/install-redis
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/tested
	$(BIN)/mypy

bench: $(VENV)/tested $(VENV)/browser
	$(BIN)/python -m tests.benchmarks $(ARGS)

soak: $(VENV)/tested $(VENV)/browser
	$(BIN)/python -m tests.benchmarks.soak $(ARGS)

clean:
	rm -rf $(VENV) output example_project/output
