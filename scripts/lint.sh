#!/usr/bin/env bash
# Checks formatting, columns, layers, that every used configuration key is read, and clang-tidy's
# short list. Needs a configured build
# directory. Exit status 1 where anything is wrong.
# Options go to scripts/tidy.py: --product leaves out tests and benchmarks.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
git ls-files -z '*.cc' '*.h' | xargs -0 -r clang-format --dry-run -Werror &&
  echo "clang-format: clean" || status=1
scripts/check-columns.py || status=1
scripts/check-layers.py || status=1
scripts/check-keys.py || status=1
scripts/tidy.py "$@" || status=1
exit "$status"
