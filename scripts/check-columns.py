#!/usr/bin/env python3
"""Checks that no line of a text file that git does not ignore has more than 100 columns
(characters, not bytes).

Exempt are recorded and generated files (EXEMPT), JSON, whose strings cannot be broken, tables and
code blocks in Markdown, and raw strings in C++ tests: they are data. Prints each line that is too
long; exit status 1 where there is one.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLUMNS = 100
EXEMPT = ("LICENSE", "docs/configuration-keys.md", "tests/conformance/", "tests/data/")
RAW_STRING = re.compile(r'R"([^()\\\s]{0,16})\(.*?\)\1"', re.DOTALL)


def text_files():
    """Paths below ROOT, without those that are exempt as a whole or deleted."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in names:
        if name and not name.startswith(EXEMPT) and not name.endswith(".json"):
            if (ROOT / name).is_file():
                yield pathlib.PurePosixPath(name)


def text_of(path):
    """None where the file is binary: git's own criterion."""
    content = (ROOT / path).read_bytes()
    return None if b"\0" in content[:8000] else content.decode(errors="replace")


def is_cpp_test(path):
    return path.suffix in {".h", ".cc"} and (
        path.parts[0] == "tests" or path.stem.endswith(("_test", "_for_test"))
    )


def lines_of_raw_strings(text):
    """Numbers of the lines that a raw string lies in."""
    for match in RAW_STRING.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        yield from range(first, first + match[0].count("\n") + 1)


def lines_of_tables_and_code(text):
    """Numbers of the lines of Markdown that are no prose."""
    fenced, indented, after_blank = False, False, True
    for number, line in enumerate(text.split("\n"), 1):
        blank = not line.strip()
        if line.startswith("```"):
            fenced = not fenced
        if not blank:
            indented = line.startswith("    ") and (indented or after_blank)
        if fenced or indented or line.startswith("|"):
            yield number
        after_blank = blank


def long_lines(path, text):
    """ "file:line: columns" for each."""
    exempt = set()
    if path.suffix == ".md":
        exempt = set(lines_of_tables_and_code(text))
    elif is_cpp_test(path):
        exempt = set(lines_of_raw_strings(text))
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > COLUMNS and number not in exempt:
            yield f"{path}:{number}: {len(line)} columns"


def main():
    texts = {path: text for path in text_files() if (text := text_of(path)) is not None}
    wrong = [line for path, text in texts.items() for line in long_lines(path, text)]
    print(
        "\n".join(wrong)
        if wrong
        else f"columns: {len(texts)} files, no line has more than {COLUMNS} columns"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
