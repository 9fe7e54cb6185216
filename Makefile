# The commands of the project. `make run` starts the server, `make test` proves it. Each builds what it needs first.
BUILD ?= build
CMAKE_FLAGS = -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
JOBS ?= $(shell nproc)

.PHONY: deps build run test test-asan test-tsan bench bench-query fuzz format lint clean

deps:
	@scripts/install-deps.sh

build: deps
	@cmake -S . -B $(BUILD) $(CMAKE_FLAGS) --log-level=WARNING
	@cmake --build $(BUILD) -j $(JOBS)

run: build
	$(BUILD)/vivace -config.file=config/vivace.yaml

# The last line is "N passed, N failed", also where the build failed.
test:
	@$(MAKE) --no-print-directory build || { echo "0 passed, 1 failed"; exit 1; }
	@scripts/run-tests.py --build $(BUILD)

# Unit and system tests with sanitizers, each in a build directory of its own.
test-asan:
	@$(MAKE) --no-print-directory sanitized BUILD=build-asan SANITIZE=address,undefined

test-tsan:
	@$(MAKE) --no-print-directory sanitized BUILD=build-tsan SANITIZE=thread

.PHONY: sanitized
sanitized:
	@$(MAKE) --no-print-directory build BUILD=$(BUILD) CMAKE_FLAGS="$(CMAKE_FLAGS) -DVIVACE_SANITIZE=$(SANITIZE)" || { echo "0 passed, 1 failed"; exit 1; }
	@scripts/run-tests.py --build $(BUILD) --unit --system

bench: build
	@bench/run_bench.py --json $(BUILD)/bench.json

bench-query: build
	@bench/run_query_bench.py --json $(BUILD)/query-bench.json

# Builds every fuzz program with sanitizers and runs it for FUZZ_SECONDS; an input that crashes one is left in build-fuzz.
FUZZ_SECONDS ?= 60
fuzz: deps
	@cmake -S . -B build-fuzz $(CMAKE_FLAGS) -DVIVACE_SANITIZE=address,undefined -DVIVACE_FUZZ=ON --log-level=WARNING
	@cmake --build build-fuzz -j $(JOBS) --target fuzz_programs
	@for program in build-fuzz/fuzz_*; do \
	  $$program -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build-fuzz/ || exit 1; \
	done

format:
	@git ls-files -z '*.cc' '*.h' | xargs -0 -r clang-format -i

lint: build
	@scripts/lint.sh

clean:
	@rm -rf build build-asan build-tsan build-fuzz
