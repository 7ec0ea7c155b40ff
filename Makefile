# What can be done with this project: `make help` lists it. Each target first gets what it lacks on Debian or
# macOS, and is quick when it lacks nothing. Swift itself has to be on the PATH.

SHELL := /bin/bash
SOURCES := Package.swift Sources Tests Benchmarks Examples Fuzz/Sources
SWIFT_FLAGS := $(shell Scripts/swift-flags)

PREFIX ?= /usr/local
# The server then needs no Swift where it runs; macOS has Swift's libraries itself.
STATIC := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

.PHONY: help run install test swift-tests interop-tests examples docs sanitize fuzz fuzz-slice fuzz-corpus bench bench-store browser-files format \
	lint instruction-counts accept-counts swift-toolchain server-packages test-packages python-packages bench-packages
.DEFAULT_GOAL := help
.NOTPARALLEL: # apt and SwiftPM take one at a time.

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: server-packages ## build and start the server; ARGS="--port 9000" passes options on
	@Scripts/fetch-browser-files || echo "warning: goes on without the browser files; the page will say what it lacks" >&2
	@swift build -c release --product maxserver $(SWIFT_FLAGS)
	@exec "$$(swift build -c release --show-bin-path $(SWIFT_FLAGS))/maxserver" serve $(ARGS)

install: server-packages browser-files ## install the server and its page into PREFIX (/usr/local), for machines without Swift too
	swift build -c release --product maxserver $(STATIC) --scratch-path .build/install $(SWIFT_FLAGS)
	@from=$$(swift build -c release --show-bin-path --scratch-path .build/install) && to="$(DESTDIR)$(PREFIX)" && \
		mkdir -p "$$to/bin" "$$to/share/maxserver" && cp "$$from/maxserver" "$$to/bin/" && \
		cp -R "$$from"/maxserver_MaxServer.*/Public Browser "$$to/share/maxserver/" && \
		echo "$$to/bin/maxserver is installed"

test: swift-tests fuzz-slice instruction-counts interop-tests ## run all tests

swift-tests: test-packages browser-files ## run the tests in Swift
	@mkdir -p .build
	set -o pipefail; \
	swift test --explicit-target-dependency-import-check error $(SWIFT_FLAGS) 2>&1 | tee .build/swift-tests.log || \
		{ echo "What failed:"; grep -aE "✘|: error:|Fatal error" .build/swift-tests.log; exit 1; }

interop-tests: examples browser-files python-packages ## run the tests with other Socket.IO clients and a browser
	swift build $(SWIFT_FLAGS)
	.venv/bin/pytest Tests/Interop $(PYTEST_ARGS)

# One folder for all of them, so that the libraries are built once; and without the cache in it of what there is to
# build, which would be that of another example.
examples: test-packages ## build the example apps, which are packages of their own
	@for manifest in Examples/*/Package.swift; do \
		echo "$$(dirname $$manifest)"; \
		swift build --package-path "$$(dirname $$manifest)" --scratch-path "$(CURDIR)/.build/examples" \
			--disable-build-manifest-caching -Xswiftc -warnings-as-errors $(SWIFT_FLAGS) || exit 1; \
	done

sanitize: test-packages ## run the Swift tests under the address and the thread sanitizer (half an hour)
	@Scripts/sanitize address
	@Scripts/sanitize thread

fuzz: server-packages ## look for bytes that break a reader, a minute for each; FUZZ_SECONDS=600 for longer (Linux)
	@Fuzz/fuzz run

fuzz-slice: server-packages ## the same, a few seconds for each
	@Fuzz/fuzz slice

fuzz-corpus: server-packages ## add to the corpus what fuzzing found worth keeping
	@Fuzz/fuzz keep

bench: bench-packages ## measure beside the bare system calls; ARGS="--help" says what it can
	@PYTHONPATH=Benchmarks .build/bench-venv/bin/python -m harness $(ARGS)

instruction-counts: test-packages ## count what a server does most, and compare with what was accepted (Linux)
	@Benchmarks/instruction-counts

accept-counts: test-packages ## keep the new counts, for a change that is meant
	@Benchmarks/instruction-counts --accept

docs: test-packages ## build the documentation into .build/docs
	@Scripts/build-docs

browser-files: server-packages ## fetch the files that the page's browser needs
	@Scripts/fetch-browser-files

format: ## put the Swift sources into the common form
	swift format --in-place --parallel --recursive $(SOURCES)

lint: ## check the form of the Swift sources
	swift format lint --strict --parallel --recursive $(SOURCES)

swift-toolchain:
	@command -v swift > /dev/null || { echo "Install Swift 6.2 or newer first, and put it on the PATH: swift.org/install" >&2; exit 1; }

server-packages: swift-toolchain
	@Scripts/install-packages server

test-packages: swift-toolchain
	@Scripts/install-packages server tests

python-packages: test-packages
	@Scripts/make-venv .venv Tests/Interop/requirements.txt

bench-store: bench-packages ## store candles in Postgres and SQLite, beside COPY and asyncpg
	@PYTHONPATH=Benchmarks .build/bench-venv/bin/python -m harness.store $(ARGS)

bench-packages: swift-toolchain
	@Scripts/install-packages server bench
	@Scripts/make-venv .build/bench-venv Benchmarks/requirements.txt
