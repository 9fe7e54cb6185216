#!/usr/bin/env python3
"""Runs all tests of a build and prints a line for each suite; the last line is
"N passed, N failed".

  run-tests.py [--build DIR] [--unit] [--fuzz] [--lint] [--system] [-- PYTEST_OPTION...]

Without a choice all four: unit tests (every program DIR/test_*), fuzz programs (every DIR/fuzz_*,
the same inputs each time), lint (one test), system tests (pytest).
Exit status 1 where a test failed or none ran.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
SUITE_SECONDS = 1800
FUZZ_RUNS = 3000


def run(command, **options):
    """(exit status, output); a command that takes too long counts as failed."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SUITE_SECONDS,
            **options,
        )
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        return (
            124,
            (late.stdout or b"").decode(errors="replace") + f"\ntimed out after {SUITE_SECONDS} s",
        )


def counted(report):
    """(passed, failed, skipped) of a JUnit report, (0, 1, 0) where it cannot be read: the program
    died."""
    try:
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return 0, 1, 0
    failed = sum(any(child.tag in ("failure", "error") for child in case) for case in cases)
    skipped = sum(
        any(child.tag == "skipped" for child in case) or case.get("status") == "notrun"
        for case in cases
    )
    return len(cases) - failed - skipped, failed, skipped


class Summary:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, suite, status, counts, output, seconds):
        """Counts a suite; one that ends badly without a failed test of its own counts as one
        failure."""
        passed, failed, skipped = counts
        failed = max(failed, 1 if status else 0)
        if failed:
            print(output.rstrip())
        notes = f", {skipped} skipped" if skipped else ""
        print(
            f"{'FAIL' if failed else 'ok  '} {suite}: {passed} passed, {failed} failed{notes} "
            f"({seconds:.1f} s)",
            flush=True,
        )
        self.passed += passed
        self.failed += failed

    def run(self, suite, command, report=None, **options):
        begin = time.monotonic()
        status, output = run(command, **options)
        counts = counted(report) if report else (int(status == 0), int(status != 0), 0)
        self.add(suite, status, counts, output, time.monotonic() - begin)


def programs(build, pattern):
    return sorted(
        path for path in build.glob(pattern) if path.is_file() and os.access(path, os.X_OK)
    )


def unit_tests(summary, build, scratch):
    for program in programs(build, "test_*"):
        report = scratch / f"{program.name}.xml"
        summary.run(
            program.name,
            [program, f"--gtest_output=xml:{report}", "--gtest_brief=1"],
            report,
            cwd=ROOT,
        )


def fuzz(summary, build):
    for program in programs(build, "fuzz_*"):
        summary.run(
            program.name, [program, f"-runs={FUZZ_RUNS}", f"-artifact_prefix={build}/"], cwd=ROOT
        )


def lint(summary):
    # clang-tidy needs seconds for a file: tests and benchmarks are left to `make lint`.
    summary.run("lint", [ROOT / "scripts/lint.sh", "--product"])


def system_tests(summary, build, scratch, options):
    begin = time.monotonic()
    status, output = run([ROOT / "scripts/test-venv.sh"])
    if status:
        summary.add("system", status, (0, 1, 0), output, time.monotonic() - begin)
        return
    report = scratch / "system.xml"
    environment = {
        "TSAN_OPTIONS": f"suppressions={ROOT / 'tests/data/tsan-suppressions.txt'}",
        "VIVACE_BINARY": str(build / "vivace"),
        "VIVACE_LOAD_DRIVER": str(build / "load_driver"),
        **os.environ,
    }
    pytest = pathlib.Path(output.splitlines()[-1]) / "bin/pytest"
    command = [pytest, "-q", "-c", ROOT / "tests/pytest.ini", f"--junitxml={report}", *options]
    summary.run("system", command, report, cwd=ROOT, env=environment)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    for part in ("unit", "fuzz", "lint", "system"):
        parser.add_argument(f"--{part}", action="store_true")
    parser.add_argument("pytest", nargs="*", help="options for pytest, after --")
    arguments = parser.parse_args()
    everything = not (arguments.unit or arguments.fuzz or arguments.lint or arguments.system)
    build = arguments.build.absolute()
    summary = Summary()
    with tempfile.TemporaryDirectory() as scratch:
        if everything or arguments.unit:
            unit_tests(summary, build, pathlib.Path(scratch))
        if everything or arguments.fuzz:
            fuzz(summary, build)
        if everything or arguments.lint:
            lint(summary)
        if everything or arguments.system:
            system_tests(summary, build, pathlib.Path(scratch), arguments.pytest)
    print(f"{summary.passed} passed, {summary.failed} failed")
    return 1 if summary.failed or not summary.passed else 0


if __name__ == "__main__":
    sys.exit(main())
