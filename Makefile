# The commands of the project. `make run` starts the server, `make test` tests it. Each builds what
# it needs first. CMakePresets.json has the ways to build.
USUAL := $(if $(filter x86_64,$(shell uname -m)),release,portable)
PRESET ?= $(USUAL)
BUILD ?= $(if $(filter $(USUAL),$(PRESET)),build,build-$(PRESET))
JOBS ?= $(shell nproc)
CONFIGURE = cmake --preset $(PRESET) -B $(BUILD) --log-level=WARNING

.PHONY: server run build test test-asan test-tsan sanitized bench bench-query fuzz format lint \
  install clean

# The server alone; where all is configured already, it stays so.
server:
	@scripts/install-deps.sh
	@[ -e $(BUILD)/build.ninja ] || $(CONFIGURE) -DVIVACE_TESTS=OFF
	@cmake --build $(BUILD) -j $(JOBS) --target vivace

run: server
	$(BUILD)/vivace -config.file=config/vivace.yaml

# Everything: the server, tests, benchmarks and fuzz programs.
build:
	@scripts/install-deps.sh --tests
	@$(CONFIGURE) -DVIVACE_TESTS=ON
	@cmake --build $(BUILD) -j $(JOBS)

# The last line is "N passed, N failed", also where the build failed.
test:
	@$(MAKE) --no-print-directory build || { echo "0 passed, 1 failed"; exit 1; }
	@scripts/run-tests.py --build $(BUILD)

# Unit and system tests with sanitizers, each in a build directory of its own.
test-asan:
	@$(MAKE) --no-print-directory sanitized PRESET=asan BUILD=build-asan

test-tsan:
	@$(MAKE) --no-print-directory sanitized PRESET=tsan BUILD=build-tsan

sanitized:
	@$(MAKE) --no-print-directory build || { echo "0 passed, 1 failed"; exit 1; }
	@scripts/run-tests.py --build $(BUILD) --unit --system

bench: build
	@bench/run_bench.py --json $(BUILD)/bench.json

bench-query: build
	@bench/run_query_bench.py --json $(BUILD)/query-bench.json

# Builds every fuzz program with sanitizers and runs it for FUZZ_SECONDS; an input that crashes one
# is left in build-fuzz.
FUZZ_SECONDS ?= 60
fuzz:
	@scripts/install-deps.sh --tests
	@cmake --preset fuzz --log-level=WARNING
	@cmake --build --preset fuzz -j $(JOBS)
	@for program in build-fuzz/fuzz_*; do \
	  $$program -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build-fuzz/ || exit 1; \
	done

format:
	@git ls-files -z '*.cc' '*.h' | xargs -0 -r clang-format -i

lint: build
	@scripts/lint.sh

# The binary, its libraries, the configuration and the systemd unit below PREFIX (and DESTDIR).
# Whatever the umask is, the service's user must be able to read it. Root installs what is built, by
# whomever: for root everything would be fetched again.
PREFIX ?= /usr/local
install:
	@if [ "$$(id -u)" != 0 ] || [ ! -e $(BUILD)/vivace ]; then \
	  $(MAKE) --no-print-directory server; \
	else \
	  echo "installing $$($(BUILD)/vivace -version | head -n 1)"; \
	fi
	@umask 022 && cmake --install $(BUILD) --prefix "$(PREFIX)"
	@echo "bin/vivace and lib/vivace belong together: the program does not start without its libraries"

clean:
	@rm -rf build build-asan build-tsan build-fuzz build-portable
