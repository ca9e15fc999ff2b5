# `make chat` and `make test` need nothing but Python 3.11 or later (and, for the browser tests, Chromium).
#
# TORCH: what pip is asked for as torch, and from where. On a machine elsewhere, to take the CPU build:
#   make chat TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
PORT ?= 7860
BIN := $(VENV)/bin

.PHONY: chat test lint format bench clean

chat: $(VENV)/.installed
	$(BIN)/dipnot index
	$(BIN)/dipnot serve --port $(PORT)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	$(BIN)/dipnot index
	$(BIN)/python -m benchmarks.speed

clean:
	rm -rf $(VENV) .dipnot

# torch first and by itself: whatever else needs torch is then content with it.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@
