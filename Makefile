# Everything that people and CI run. Each target installs what it needs.

CARGO ?= cargo
CAIRN := target/debug/cairn
PYTHON = localstack/.venv/bin/python

.PHONY: help build test unit lint emulator stack page demo compare clean

help:
	@echo 'make demo     plan, apply, drift and destroy of the Moodle stack on an emulated AWS'
	@echo 'make test     everything that CI runs'
	@echo 'make page     the page of a plan in headless Chromium, part of make test'
	@echo 'make build    the binary, $(CAIRN)'
	@echo 'make compare  calls, time and memory against real Terraform on the same stack'

build: cargo
	$(CARGO) build --locked --bin cairn

.PHONY: cargo
cargo:
	@command -v $(CARGO) >/dev/null || { echo 'cargo is missing: install Rust 1.95 or newer (rustup), then run make again'; exit 1; }
	@command -v cc >/dev/null || { echo 'a C compiler is missing: apt-get install build-essential'; exit 1; }

test: lint unit emulator stack page

# Formatting, the compiler's and clippy's advice, licences, the arrows between the crates, the examples' schemas.
lint: cargo
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	tests/licences
	tests/layers
	tests/check-examples

# What needs no AWS.
unit: cargo
	$(CARGO) test --locked --workspace

# The emulator's own rules.
emulator:
	localstack/test -q

# The binary against the emulator: fast, and with a tag index that does not lag.
stack: build
	localstack/install
	localstack/with --time 0.001 --lag iam,trail $(PYTHON) -m pytest -q tests

# The page of a plan, in a browser.
page: build
	tests/page/run

demo: build
	localstack/with tests/demo

compare: build
	localstack/install
	tests/compare

clean:
	$(CARGO) clean
	rm -rf localstack/.venv* tests/.venv* tests/page/.venv
