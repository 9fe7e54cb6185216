#!/usr/bin/env bash
# Makes the virtual environment of the system tests from tests/requirements.txt and installs the Node.js clients and the Kafka broker
# beside it; does nothing where all are there. Prints the environment's directory.
set -euo pipefail
cd "$(dirname "$0")/.."
deps_dir=${VIVACE_DEPS:-$HOME/.cache/vivace-deps}

hash_of() { cat "$@" | sha256sum | cut -c1-12; }

venv=$deps_dir/test-venv-$(hash_of tests/requirements.txt)
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r tests/requirements.txt >&2
  touch "$venv/complete"
fi

node=$deps_dir/test-node-$(hash_of tests/system/node/package.json tests/system/node/package-lock.json)
if [ ! -e "$node/complete" ]; then
  rm -rf "$node"
  mkdir -p "$node"
  cp tests/system/node/package.json tests/system/node/package-lock.json "$node"
  (cd "$node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  touch "$node/complete"
fi
ln -sfn "$node/node_modules" "$venv/node_modules"

kafka=$deps_dir/test-kafka-$(hash_of tests/system/kafka/pom.xml)
if [ ! -e "$kafka/complete" ]; then
  rm -rf "$kafka"
  # Maven ends with codes for a terminal even where there is none.
  mvn -q -B -f tests/system/kafka/pom.xml dependency:copy-dependencies "-DoutputDirectory=$kafka" | sed 's/\x1b\[[0-9;]*m//g' >&2
  touch "$kafka/complete"
fi
ln -sfn "$kafka" "$venv/kafka"
echo "$venv"
