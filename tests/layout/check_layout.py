#!/usr/bin/env python3
"""Checks the walls of the house and prints `file:line: rule` for each breach; exit status 1 if any.

Usage: check_layout.py [ROOT]

Rules: a room includes rooms of a smaller row only; torch stays in its rooms; files stay short; no
tracked text names a machine's own paths or package hosts; no word says that something is unfinished.
"""
import os
import re
import subprocess
import sys

# docs/design.md, "Rooms and the order between them".
ROWS = [
    ["base"],
    ["fixed"],
    ["graph", "netlist", "events"],
    ["interpret", "cost", "physics"],
    ["import", "learn", "lower"],
    ["emit", "engine"],
    ["fabric"],
    ["verify", "trigger"],
    ["report"],
    ["bench"],
    ["apps", "python"],
]
ROW_OF = {room: row for row, rooms in enumerate(ROWS) for room in rooms}

# Only these may include torch: it is slow to compile, and the compiler must build without it.
TORCH_ROOMS = {"learn"}
TORCH_FILES = set()

# Libraries whose own convention is to include them in quotes.
THIRD_PARTY = {"hwy"}

MAX_LINES = 500
# Files that are longer for a reason.
LONG_FILES = {
    "LICENSE": "the licence's own text",
    "src/graph/onnx_writer.cpp": "one translation for every operation",
    "src/interpret/onnx_operators_test.cpp": "one case for every ONNX operator",
    "src/learn/torch_ops.cpp": "one evaluation for every operation",
}

CODE = (".h", ".cpp", ".def")
TEXT = CODE + (".py", ".txt", ".md", ".cmake", ".sh", ".toml", ".json", ".v", ".js", ".html", ".css")
FORBIDDEN = [
    (re.compile("/" + r"(work|farm|tmp/setup)/[a-z.]"), "path of one machine"),
    (re.compile(r"(pypi\.org|files\.pythonhosted|registry\." + r"npmjs|deb\." + r"debian\.org|proxy\.golang)"),
     "host of a package registry"),
    (re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"), "unfinished by its own words"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def tracked_files(root):
    """Files git tracks or would track; every file where there is no git."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, check=False)
    if listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        return sorted(n for n in names if n and os.path.isfile(os.path.join(root, n)))
    found = []
    for folder, _, names in os.walk(root):
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def room_of(path):
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return parts[0] if parts[0] in ("apps", "bench", "python") else None


def check_include(path, line, report):
    match = INCLUDE.match(line)
    if not match:
        return
    target = match.group(2)
    room = room_of(path)
    if re.match(r"(torch|ATen|c10|caffe2)/", target):
        if room not in TORCH_ROOMS and path not in TORCH_FILES:
            report(f'only {", ".join(sorted(TORCH_ROOMS))} may include torch')
        return
    first = target.split("/")[0]
    if match.group(1) != '"' or "/" not in target or first in THIRD_PARTY:
        return
    if first not in ROW_OF:
        if room is not None:
            report(f'"{first}" is not a room of docs/design.md')
        return
    if room is None or first == room:
        return
    if room not in ROW_OF:
        report(f'room "{room}" is not in the table of docs/design.md')
    elif ROW_OF[first] == ROW_OF[room]:
        report(f'room "{room}" may not include its sibling "{first}" (row {ROW_OF[room]})')
    elif ROW_OF[first] > ROW_OF[room]:
        report(f'room "{room}" (row {ROW_OF[room]}) may not include "{first}" (row {ROW_OF[first]})')


def check_file(root, path, breaches):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    if len(lines) > MAX_LINES and path not in LONG_FILES and path.endswith(CODE + (".py",)):
        breaches.append(f"{path}:{MAX_LINES + 1}: {len(lines)} lines, more than {MAX_LINES}")
    for number, line in enumerate(lines, 1):
        report = lambda rule, number=number: breaches.append(f"{path}:{number}: {rule}")
        if path.endswith(CODE):
            check_include(path, line, report)
        for pattern, rule in FORBIDDEN:
            if pattern.search(line):
                report(rule)


def main():
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
    paths = [p for p in tracked_files(root) if p.endswith(TEXT) or "." not in os.path.basename(p)]
    if not paths:
        sys.exit(f"{root}: error: holds no files to check")
    breaches = []
    for path in paths:
        check_file(root, path, breaches)
    for breach in breaches:
        print(breach)
    print(f"layout: {len(paths)} files, {len(breaches)} breaches", file=sys.stderr)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
