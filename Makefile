# `make chat` and `make test` need nothing but Python 3.11 or later (and, for the browser tests, Chromium).
#
# TORCH: what pip is asked for as torch, and from where. On a machine elsewhere, to take the CPU build:
#   make chat TORCH="torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
PORT ?= 7860
RESULTS ?= .dipnot/eval
EXTERNAL ?= external
AUDIT ?= .dipnot/audit
READER ?= .dipnot/reader
ADAPTER ?= .dipnot/adapter
# Tests run in so many processes; each needs some 3 GB.
PROCESSES ?= 2
BIN := $(VENV)/bin

.PHONY: chat test lint format audit eval gate benchmarks ablation bench bench-scale load faults clean

chat: $(VENV)/.installed
	$(BIN)/dipnot index
	$(BIN)/dipnot serve --port $(PORT)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Which flaws are known of the pinned versions, as PyPI lists them. Strict: what cannot be looked up is a failure,
# so without a network this fails, and is in no other target; tests/test_versions.py needs none.
audit:
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet pip-audit
	$(AUDIT)/bin/pip-audit --strict --disable-pip --no-deps --requirement constraints.txt

# What Dipnot is worth: the development and the held-out questions, checked, and the report of each.
eval: $(VENV)/.installed-dev
	$(BIN)/dipnot index
	$(BIN)/dipnot eval validate
	mkdir -p $(RESULTS)
	$(BIN)/dipnot eval run --split dev --out $(RESULTS)/dev.jsonl
	$(BIN)/dipnot eval check $(RESULTS)/dev.jsonl
	$(BIN)/dipnot eval report $(RESULTS)/dev.jsonl
	$(BIN)/dipnot eval run --split test --out $(RESULTS)/test.jsonl
	$(BIN)/dipnot eval check $(RESULTS)/test.jsonl
	$(BIN)/dipnot eval report $(RESULTS)/test.jsonl

# The development questions must not be answered worse than the committed baseline.
gate: $(VENV)/.installed-dev
	$(BIN)/dipnot index
	mkdir -p $(RESULTS)
	$(BIN)/dipnot eval run --split dev --out $(RESULTS)/gate.jsonl
	$(BIN)/dipnot eval gate $(RESULTS)/gate.jsonl

# docs/benchmarks.md: Dipnot beside its peers, on our questions and on those of others.
# EXTERNAL: the folder with thquad/ and xquad/; what is not there is skipped with a word.
benchmarks: $(VENV)/.installed-peers
	$(BIN)/dipnot index
	$(BIN)/dipnot eval peers --out $(RESULTS)/peers
	$(BIN)/dipnot eval external --peers --data $(EXTERNAL) --out $(RESULTS)/external.json
	$(BIN)/dipnot eval page $(RESULTS)/peers --external $(RESULTS)/external.json

# What can be learned, beside the rules: READER and ADAPTER are folders that `python -m eval.train` wrote.
ABLATION := $(RESULTS)/ablation
ADAPTED := DIPNOT_MODEL=$(ADAPTER) DIPNOT_INDEX_DIR=.dipnot/index-adapter
ablation: $(VENV)/.installed-dev
	mkdir -p $(ABLATION)
	$(BIN)/dipnot index
	$(BIN)/dipnot eval run --split all --out $(ABLATION)/rules.jsonl
	$(BIN)/dipnot eval run --split all --set reader=$(READER) --out $(ABLATION)/reader.jsonl
	$(BIN)/dipnot eval run --gold eval/gold/near --out $(ABLATION)/rules-near.jsonl
	$(BIN)/dipnot eval run --gold eval/gold/near --set reader=$(READER) --out $(ABLATION)/reader-near.jsonl
	$(BIN)/python -m eval.train examine --data $(EXTERNAL) --reader $(READER) --out $(ABLATION)/examination.json
	$(ADAPTED) $(BIN)/dipnot index
	$(ADAPTED) $(BIN)/dipnot eval run --split all --out $(ABLATION)/adapter.jsonl
	$(ADAPTED) $(BIN)/dipnot eval run --split all --set reader=$(READER) --out $(ABLATION)/both.jsonl
	$(ADAPTED) $(BIN)/dipnot eval external --data $(EXTERNAL) --out $(ABLATION)/external.json
	$(BIN)/dipnot eval page --ablation $(ABLATION)

bench: $(VENV)/.installed-dev
	$(BIN)/dipnot index
	$(BIN)/python -m benchmarks.speed

# Growth: 1,000 to 1,000,000 synthetic passages; half an hour, 20 GB of memory and 25 GB of disk.
bench-scale: $(VENV)/.installed-dev
	$(BIN)/dipnot index
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.whole

# Users at once, on loopback; then five minutes of questions, and how the memory has grown.
load: $(VENV)/.installed-dev
	$(BIN)/dipnot index
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.load --soak 300

# Builders killed at every step, full disks, damaged files, clocks that jump; some minutes.
faults: $(VENV)/.installed-dev
	FAULT_KILLS=200 FAULT_SWAPS=20 $(BIN)/python -m pytest tests/faults --timeout 3600 --numprocesses $(PROCESSES)

clean:
	rm -rf $(VENV) .dipnot

# torch first and by itself: whatever else needs torch is then content with it.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,eval]"
	touch $@

# A real llama.cpp server for the tests that ask for one; without it they are skipped.
$(VENV)/.installed-llama: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,llama]"
	touch $@

$(VENV)/.installed-peers: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev,peers]"
	touch $@
