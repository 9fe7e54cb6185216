#!/usr/bin/env bash
# Makes the virtual environment of the system tests from tests/requirements.txt and installs the
# senders in Node.js, Java and Go and the Kafka broker beside it; does nothing where all are there.
# Prints the environment's directory.
set -euo pipefail
cd "$(dirname "$0")/.."
telemetrygen_version=v0.161.0
deps_dir=${VIVACE_DEPS:-$HOME/.cache/vivace-deps}

hash_of() { cat "$@" | sha256sum | cut -c1-12; }

venv=$deps_dir/test-venv-$(hash_of tests/requirements.txt)
if [ ! -e "$venv/complete" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r tests/requirements.txt >&2
  touch "$venv/complete"
fi

node_hash=$(hash_of tests/system/node/package.json tests/system/node/package-lock.json)
node=$deps_dir/test-node-$node_hash
if [ ! -e "$node/complete" ]; then
  rm -rf "$node"
  mkdir -p "$node"
  cp tests/system/node/package.json tests/system/node/package-lock.json "$node"
  (cd "$node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  touch "$node/complete"
fi
ln -sfn "$node/node_modules" "$venv/node_modules"

# jars_of POM DIRECTORY: what the POM names. Maven ends with codes for a terminal even where there
# is none.
jars_of() {
  mvn -q -B -f "$1" dependency:copy-dependencies "-DoutputDirectory=$2" 2>&1 |
    sed 's/\x1b\[[0-9;]*m//g' >&2
}

kafka=$deps_dir/test-kafka-$(hash_of tests/system/kafka/pom.xml)
if [ ! -e "$kafka/complete" ]; then
  rm -rf "$kafka"
  jars_of tests/system/kafka/pom.xml "$kafka"
  touch "$kafka/complete"
fi
ln -sfn "$kafka" "$venv/kafka"

java=$deps_dir/test-java-$(hash_of tests/system/java/pom.xml tests/system/java/Shop.java)
if [ ! -e "$java/complete" ]; then
  rm -rf "$java"
  jars_of tests/system/java/pom.xml "$java"
  javac -parameters -cp "$java/*" -d "$java/classes" tests/system/java/Shop.java >&2
  touch "$java/complete"
fi
ln -sfn "$java" "$venv/java"

telemetrygen=$deps_dir/test-telemetrygen-$telemetrygen_version
if [ ! -e "$telemetrygen/complete" ]; then
  rm -rf "$telemetrygen"
  collector=github.com/open-telemetry/opentelemetry-collector-contrib
  GOBIN=$telemetrygen go install "$collector/cmd/telemetrygen@$telemetrygen_version" >&2
  touch "$telemetrygen/complete"
fi
ln -sfn "$telemetrygen/telemetrygen" "$venv/bin/telemetrygen"
echo "$venv"
