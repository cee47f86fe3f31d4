# The only list of commands. `make help` prints it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check test test-long test-recordings lint chaos bench screens lock packages bundle format clean

PYTHON ?= python3
BIN := .venv/bin
SCALE ?= 10
# libatomic1 is for the driver of the browser. gpgv checks the MicroPython that the tests fetch: Debian 13's apt does without it.
# mmdebstrap and systemd-container make and start the Debian in which the gateway is installed.
TESTING := mosquitto chromium libatomic1 openssl gpgv mmdebstrap systemd-container
# What telephone lines and a modem of one's own run on, and SIPp, which plays the other side in the tests.
TELEPHONY := baresip-core espeak-ng sox gammu-smsd libdbd-sqlite3 sip-tester
export SCALE
SIDE_BY_SIDE := --numprocesses 4 --dist worksteal --durations 30 --durations-min 5

help: ## print this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# --- setting up ----------------------------------------------------------------------------------------------------

# Compiling all of the packages would take longer than fetching them: each is when it is first used.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile

setup: .venv/.complete ## install everything into .venv, from the lock files alone

.venv/.complete: .venv/.runs requirements.lock
	@echo "setup: Python packages of the tests"
	@$(INSTALL) --require-hashes -r requirements.lock
	@touch $@

.venv/.runs: requirements-demo.lock pyproject.toml package-lock.json
	@.ci/python-venv $(PYTHON)
	@echo "setup 1/4: Python packages"
	@$(INSTALL) --require-hashes -r requirements-demo.lock
	@echo "setup 2/4: this project, editable"
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@echo "setup 3/4: front-end libraries"
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build
	@echo "setup 4/4: translations"
	@$(BIN)/pybabel --quiet compile --directory backend/web/translations
	@touch $@

packages: ## install the Debian packages that the tests need
	@.ci/debian-packages $(TESTING) $(TELEPHONY)

lock: ## renew the lock files from what pyproject.toml and package.json ask for
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --all-extras --group dev --custom-compile-command "make lock" -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --extra gateway --extra backend --extra demo --group setup -c requirements.lock \
	  --custom-compile-command "make lock" -o requirements-demo.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --extra gateway -c requirements.lock --custom-compile-command "make lock" \
	  -o requirements-gateway.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" -o tests/bench/alerta.lock tests/bench/alerta.in
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --silent

# --- running -------------------------------------------------------------------------------------------------------

demo: .venv/.runs ## the whole system on this machine: make demo [PORT=8080] [LOG=recording.csv.gz FROM=time CUT_AT=time]
	@exec $(BIN)/tomoshibi-backend demo up $(if $(PORT),--port $(PORT)) $(if $(LOG),--log $(LOG)) $(if $(FROM),--from $(FROM)) $(if $(CUT_AT),--cut-at $(CUT_AT))

demo-check: .venv/.runs ## both stories of the demo, without a browser or a person
	@exec $(BIN)/tomoshibi-backend demo check $(if $(LOG),--log $(LOG)) $(if $(FROM),--from $(FROM)) $(if $(CUT_AT),--cut-at $(CUT_AT))

# --- for a building ------------------------------------------------------------------------------------------------

# Debian 12 and 13 have Python 3.11 and 3.13; their C library is newer than any that a wheel asks for.
PYTHONS ?= 3.11 3.13
MACHINES ?= x86_64 aarch64
bundle: .venv/.runs ## a gateway's release, to be installed in a building without any network: dist/tomoshibi-gateway-VERSION.tar.gz
	@.ci/bundle "$(BIN)" "$(PYTHONS)" "$(MACHINES)"

# --- proving -------------------------------------------------------------------------------------------------------

lint: setup ## style, types and the direction of every import
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=firmware $(BIN)/lint-imports

# Each of the many processes that the tests start would compile our modules anew.
test test-long: export PYTHONDONTWRITEBYTECODE :=

test: setup packages ## every test but test-recordings, real processes included; heavy counts divided by SCALE (10)
	$(BIN)/pytest $(SIDE_BY_SIDE) -m "not recordings"

test-long: setup packages ## the same with full counts
	SCALE=1 $(BIN)/pytest $(SIDE_BY_SIDE) -m "not recordings" --timeout 3600

test-recordings: setup ## the watch on real recordings, which are not shipped: make test-recordings LOGS=folder
	@test -n "$(LOGS)" || { echo "say where the recordings are: make test-recordings LOGS=folder" >&2; exit 2; }
	LOGS="$(abspath $(LOGS))" $(BIN)/pytest $(SIDE_BY_SIDE) -m recordings -rP

chaos: setup ## replicas on PostgreSQL killed at every fail point and at random, counted at the far end
	$(BIN)/python -m tests.chaos

bench: setup packages ## measured figures, each beside a peer's in the same run: make bench [LOGS=folder of recordings]
	$(if $(LOGS),LOGS="$(abspath $(LOGS))") $(BIN)/python -m tests.bench

screens: setup packages ## screenshots of every page, both languages, desktop and phone, into var/screens
	$(BIN)/python -m tests.browser.screens

format: setup ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what can be made again
	rm -rf .venv node_modules backend/web/static/vendor var dist
