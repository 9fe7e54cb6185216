#!/usr/bin/env bash
# Copies the shared libraries that PROGRAM needs, less the C library's own, to DIRECTORY, so that
# the program and that folder can be taken to another Debian 12 machine.
# Usage: copy-libraries.sh PROGRAM DIRECTORY [SEARCH_PATH]
set -euo pipefail
program=$1 directory=$2 search=${3:-}
mkdir -p "$directory"
libraries=$(LD_LIBRARY_PATH=$search ldd "$program" | awk '$3 ~ /^\// { print $3 }' |
  sed -E '/\/(libc|libm|libpthread|libdl|librt|libresolv|ld-linux-x86-64)\.so/d')
for library in $libraries; do
  cmp -s "$library" "$directory/$(basename "$library")" || cp -L "$library" "$directory/"
done
