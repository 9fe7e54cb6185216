#!/usr/bin/env bash
# Copies the shared libraries that PROGRAM needs, less the C library's own, to DIRECTORY, so that the program and that folder can be
# taken to another Debian 12 machine. Usage: copy-libraries.sh PROGRAM DIRECTORY [SEARCH_PATH]
set -euo pipefail
program=$1 directory=$2 search=${3:-}
mkdir -p "$directory"
LD_LIBRARY_PATH=$search ldd "$program" | awk '$3 ~ /^\// { print $3 }' |
  { grep -vE '/(libc|libm|libpthread|libdl|librt|libresolv|ld-linux-x86-64)\.so' |
  while read -r library; do
    cmp -s "$library" "$directory/$(basename "$library")" || cp -L "$library" "$directory/"
  done
