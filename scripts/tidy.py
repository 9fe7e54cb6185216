#!/usr/bin/env python3
"""Runs clang-tidy over build/compile_commands.json, two files at a time, leaving out what passed before unchanged.

A file's stamp is the hash of its preprocessor-visible content: itself, all the project's headers that it reaches, its flags and
.clang-tidy. Stamps lie in build/tidy/. Prints the findings; exit status 1 where there are any.
"""
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
STAMPS = BUILD / "tidy"
PARALLEL = 2
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
    digest = hashlib.sha256(command["command"].encode() + (ROOT / ".clang-tidy").read_bytes())
    for path in sorted(seen):
        digest.update(path.read_bytes())
    return STAMPS / digest.hexdigest()[:32]


def check(command):
    """The findings of one file as text; empty where it is clean."""
    stamp = stamp_of(command)
    if stamp.exists():
        return ""
    flags = [f"--extra-arg={flag}" for flag in CLANG_FLAGS]
    done = subprocess.run([CLANG_TIDY, "--quiet", "-p", BUILD, *flags, command["file"]], capture_output=True, text=True)
    if done.returncode == 0:
        stamp.touch()
        return ""
    return done.stdout or done.stderr


def main():
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    ours = [c for c in commands if pathlib.Path(c["file"]).is_relative_to(ROOT) and not pathlib.Path(c["file"]).is_relative_to(BUILD)]
    STAMPS.mkdir(exist_ok=True)
    unclean = 0
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for text in filter(None, pool.map(check, ours)):
            unclean += 1
            print(text, flush=True)
    print(f"clang-tidy: {len(ours) - unclean} of {len(ours)} files are clean")
    return 1 if unclean else 0


if __name__ == "__main__":
    sys.exit(main())
