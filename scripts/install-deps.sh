#!/usr/bin/env bash
# Installs what Vivace is built with on Debian 12 (with --tests also what it is tested with):
# packages of the release, which pins their versions, and the Arrow C++ libraries of one pinned
# pyarrow wheel. Idempotent: prints what is missing, installs that and nothing else; does nothing,
# in well under a second, when all is there. Where a package is missing it needs root, or asks sudo.
# Arrow goes below VIVACE_DEPS (~/.cache/vivace-deps), which CMake takes as an option of that name.
set -euo pipefail

arrow_version=26.0.1
declare -A arrow_sha256=(
  [x86_64]=39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c
  [aarch64]=22a96a225de107eb9acd1ad9a818198ca832df2a4c0952412f754a7ed2105a98
)
deps_dir=${VIVACE_DEPS:-$HOME/.cache/vivace-deps}
arrow_dir=$deps_dir/arrow-$arrow_version
machine=$(uname -m)

packages=(
  g++ cmake ninja-build ccache mold make pkg-config git ca-certificates python3 python3-pip
  libboost1.81-dev libnghttp2-dev libprotozero-dev libsimdjson-dev libyaml-cpp-dev libspdlog-dev
  libfmt-dev libre2-dev libzstd-dev libsnappy-dev liblz4-dev libdeflate-dev zlib1g-dev libxxhash-dev
  libisal-dev libmimalloc-dev libssl-dev prometheus-cpp-dev nlohmann-json3-dev bison libutf8proc-dev
  librdkafka-dev libgrpc++-dev
)
if [ "${1:-}" = --tests ]; then
  packages+=(
    libgtest-dev libgmock-dev libbenchmark-dev clang-format clang-tidy-19 zstd curl procps
    python3-venv
  )
  # Any Node.js from version 18 on will do, and where one is installed by hand Debian's package
  # would be in its way.
  command -v npm >/dev/null || packages+=(nodejs npm)
  # Any Java from version 17 on with its compiler, and any Maven, likewise.
  command -v javac >/dev/null || packages+=(default-jdk-headless)
  command -v mvn >/dev/null || packages+=(maven)
fi

# Arrow's headers and libraries out of the wheel; needs pip, nothing else of the packages.
fetch_arrow() {
  local download
  download=$(mktemp -d)
  echo "install-deps: unpacking Arrow C++ $arrow_version into $arrow_dir"
  python3 -m pip download -q --no-deps --only-binary=:all: --python-version 3.11 \
    --implementation cp --abi cp311 --platform "manylinux_2_28_$machine" -d "$download" \
    "pyarrow==$arrow_version"
  echo "${arrow_sha256[$machine]}  $(ls "$download"/*.whl)" | sha256sum --check --quiet
  python3 - "$download"/*.whl "$arrow_dir.part" <<'UNPACK'
import re, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
wanted = re.compile(r"pyarrow/(include/|lib(arrow|parquet)\.so)")
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if wanted.match(name)])
UNPACK
  mv "$arrow_dir.part" "$arrow_dir"
  rm -rf "$download"
}

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
install_packages() {
  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  [ "$(id -u)" = 0 ] || as_root=(sudo "${as_root[@]}")
  "${as_root[@]}" apt-get "$@"
}
if [ "${#missing[@]}" -gt 0 ]; then
  echo "install-deps: installing Debian packages: ${missing[*]}"
  install_packages update -q
fi

# Beside the other packages: on a fresh machine both take half a minute.
arrow_job=
if [ ! -e "$arrow_dir/pyarrow/libparquet.so.2600" ]; then
  mkdir -p "$deps_dir"
  rm -rf "$arrow_dir" "$arrow_dir.part"
  python3 -m pip --version >/dev/null 2>&1 ||
    install_packages install -y -q --no-install-recommends python3-pip
  fetch_arrow &
  arrow_job=$!
fi
if [ "${#missing[@]}" -gt 0 ]; then
  install_packages install -y -q --no-install-recommends "${missing[@]}"
fi
[ -z "$arrow_job" ] || wait "$arrow_job"
