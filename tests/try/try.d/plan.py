#!/usr/bin/python3
"""Reads debian/tests/control for guest/autopkgtest.sh, which needs no more than a list.

Usage: plan.py SOURCE DEPENDS
Writes SOURCE/debian/tests/plan, one test a line: its path, then its restrictions. A Test-Command becomes a script. Writes to
DEPENDS what the tests need besides the packages that are tried, as a Depends field. It runs nothing. What the fields mean:
README.package-tests of autopkgtest.
"""

import os
import re
import sys

ARCHITECTURES = {"amd64", "any", "linux-any", "any-amd64"}


def stanzas(path):
    """The fields of each paragraph, names in lower case, continuation lines joined."""
    fields, name = {}, None
    for line in [*open(path, encoding="utf-8"), "\n"]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, None
        elif line[0] in " \t" and name:
            fields[name] += "\n" + line.strip()
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
        else:
            sys.exit(f"'{path}': no field: {line.strip()!r}")


def words(text):
    return re.split(r"[,\s]+", text.strip()) if text.strip() else []


def for_us(qualifiers):
    """Whether `amd64 i386` or `!amd64` means this architecture; nothing means all."""
    names = words(qualifiers)
    denied = {name[1:] for name in names if name.startswith("!")}
    wanted = set(names) - {"!" + name for name in denied}
    return not ARCHITECTURES & denied and (not wanted or bool(ARCHITECTURES & wanted))


def needed(depends):
    """What is to be fetched. `@` are the packages that are tried; other words with `@` stay, for the caller to say no."""
    for part in depends.split(","):
        part = " ".join(part.split())
        qualifiers = re.search(r"\[([^]]*)\]", part)
        part = re.sub(r"\s*(\[[^]]*\]|<[^>]*>)", "", part)
        if part and part != "@" and (not qualifiers or for_us(qualifiers[1])):
            yield part


def tests(fields, source, number):
    """(path, restrictions) of each test of a paragraph."""
    restrictions = words(fields.get("restrictions", ""))
    folder = fields.get("tests-directory", "debian/tests")
    for name in words(fields.get("tests", "")):
        path = f"{folder}/{name}"
        if not os.path.isfile(os.path.join(source, path)):
            sys.exit(f"debian/tests/control names '{path}', which is not there")
        os.chmod(os.path.join(source, path), 0o755)
        yield path, restrictions
    if "test-command" in fields:
        path = f"debian/tests/command{number}"
        with open(os.path.join(source, path), "w", encoding="utf-8") as script:
            script.write(f"#!/bin/bash\n{fields['test-command']}\n")
            os.fchmod(script.fileno(), 0o755)
        yield path, restrictions


def main():
    source, out = sys.argv[1:]
    lines, depends = [], set()
    for number, fields in enumerate(stanzas(os.path.join(source, "debian/tests/control")), 1):
        if not for_us(fields.get("architecture", "")):
            continue
        wanted = list(needed(fields.get("depends", "@")))
        special = sorted(part for part in wanted if "@" in part)
        for path, restrictions in tests(fields, source, number):
            lines.append(" ".join([path, *restrictions, *special]))
        depends.update(part for part in wanted if "@" not in part)
    with open(os.path.join(source, "debian/tests/plan"), "w", encoding="utf-8") as plan:
        plan.writelines(line + "\n" for line in lines)
    with open(out, "w", encoding="utf-8") as file:
        file.write(", ".join(sorted(depends)))


if __name__ == "__main__":
    main()
