#!/usr/bin/env python3
"""Runs clang-tidy over build/compile_commands.json, one entry for each core, and leaves out what
passed before unchanged.

  tidy.py [--product]

--product leaves out tests and benchmarks. Where the build compiles a dozen sources at once (unity
builds) they are checked at once: findings name the source all the same. An entry's stamp is the
hash of its preprocessor-visible content: itself, all the project's files that it reaches, its flags
and .clang-tidy, but not where the project lies. Stamps lie beside the other things that are
installed once (VIVACE_DEPS), so a fresh clone knows them too. Prints the findings; exit status 1
where there are any.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
STAMPS = (
    pathlib.Path(os.environ.get("VIVACE_DEPS", pathlib.Path.home() / ".cache/vivace-deps")) / "tidy"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
# The first one of Debian 12 that reads the library's std::expected.
CLANG_TIDY = "clang-tidy-19"
# Warnings are the compiler's business; here they would only be those of another one.
CLANG_FLAGS = ["-w"]


def included(path, seen):
    """Adds the path and the project's files that it reaches to `seen`."""
    if path in seen or not path.exists():
        return
    seen.add(path)
    for name in INCLUDE.findall(path.read_text()):
        for folder in (ROOT / "src", path.parent):
            included(folder / name, seen)


def stamp_of(command):
    seen = set()
    included(pathlib.Path(command["file"]), seen)
    flags = command["command"].replace(str(ROOT), ".")
    digest = hashlib.sha256(flags.encode() + (ROOT / ".clang-tidy").read_bytes())
    for path in sorted(seen):
        digest.update(path.read_bytes().replace(bytes(ROOT), b"."))
    return STAMPS / digest.hexdigest()[:32]


def check(command):
    """The findings of one file as text; empty where it is clean."""
    stamp = stamp_of(command)
    if stamp.exists():
        return ""
    flags = [f"--extra-arg={flag}" for flag in CLANG_FLAGS]
    done = subprocess.run(
        [CLANG_TIDY, "--quiet", "-p", BUILD, *flags, command["file"]],
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        stamp.touch()
        return ""
    return done.stdout or done.stderr


def is_unity(path):
    return path.is_relative_to(BUILD) and path.parent.name == "Unity"


def is_ours(path):
    return is_unity(path) or (path.is_relative_to(ROOT) and not path.is_relative_to(BUILD))


def is_product(path):
    in_source = path.is_relative_to(ROOT / "src") and not path.stem.endswith("_test")
    return is_unity(path) or in_source


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--product", action="store_true")
    product = parser.parse_args().product
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    ours = [c for c in commands if is_ours(pathlib.Path(c["file"]))]
    if product:
        ours = [c for c in ours if is_product(pathlib.Path(c["file"]))]
    STAMPS.mkdir(parents=True, exist_ok=True)
    unclean = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for text in filter(None, pool.map(check, ours)):
            unclean += 1
            print(text, flush=True)
    print(f"clang-tidy: {len(ours) - unclean} of {len(ours)} compilations are clean")
    return 1 if unclean else 0


if __name__ == "__main__":
    sys.exit(main())
