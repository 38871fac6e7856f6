#!/usr/bin/env python3
"""Writes docs/errors.md (every message, from the sources) and docs/cli.md (every verb, from --help).

    tools/generate_docs.py TRIGSTONE SOURCE_DIR           # `./dev docs`
    tools/generate_docs.py TRIGSTONE SOURCE_DIR --check   # a test: exit status 1 when a page is out of date

A message is an argument list of string literals: of Error, and of the functions that make one (refuse, require,
add, …). Only literals are read; `{}` stands for what is filled in.
"""
import os
import re
import subprocess
import sys

MAKERS = r"(?:\bError|\brefuse|\brequire|\bfail|\bcheck|\bdemand|\bproblems\.add|\bproblems_\.add)"
CALL = re.compile(MAKERS + r"\s*\(")
NO_MESSAGE = re.compile(r": error: |\w :")  # C's own status texts; parts of file formats
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
WHAT_IT_IS_ABOUT = {
    "base": "files, arrays, JSON, processes", "fixed": "number formats", "graph": "models: graph text, ONNX, passes",
    "netlist": "netlists and firmware folders", "events": "event files and collisions", "interpret": "values",
    "cost": "devices", "physics": "classical algorithms", "import": "models of other tools", "learn": "learning",
    "lower": "compiling", "emit": "writing firmware", "engine": "running models", "fabric": "boards and links",
    "verify": "equality of engines", "trigger": "menus", "report": "the page", "bench": "benchmarks",
    "apps": "the command line",
}


def arguments_from(text, at):
    """The argument list whose parenthesis opens before `at`, split at its own commas."""
    found, depth, start = [], 1, at
    while at < len(text):
        c = text[at]
        if c == '"':
            at = LITERAL.match(text, at).end()
            continue
        if c == "'" and text[at + 2 : at + 3] == "'":
            at += 3
            continue
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                return found + [text[start:at]]
        elif c == "," and depth == 1:
            found.append(text[start:at])
            start = at + 1
        at += 1
    return []


def words_of(argument):
    """The literals of one argument as one text: what stands between them is a choice or filled in."""
    text, end = "", None
    for literal in LITERAL.finditer(argument):
        if end is not None:
            between = argument[end : literal.start()]
            text += "" if not between.strip() else " / " if re.search(r"[?:]\s*$", between) else "{}"
        text, end = text + literal.group(1), literal.end()
    return text.replace('\\"', '"').replace("\\n", " ").strip()


def is_place(argument):
    """A first argument such as "--effort" or where + ":node" says where, not what."""
    return " " not in words_of(argument)


def code_of(path):
    with open(path, encoding="utf-8") as file:
        # Raw strings hold code or text of other languages, and comments no messages.
        text = re.sub(r'R"(\w*)\(.*?\)\1"', '""', file.read(), flags=re.S)
        return re.sub(r"^\s*//.*$", "", text, flags=re.M)


def usual_hint(root, path, text):
    """The hint of a file's own function that makes errors, in it or in a header it includes."""
    headers = [os.path.join(root, "src", name) for name in re.findall(r'#include "([^"]+)"', text)]
    for code in [text] + [code_of(name) for name in headers if os.path.exists(name)]:
        maker = re.search(r"(?:refuse|fail|report|require)\([^;{]*hint = (\w+|\"[^;{]*?\")\)", code)
        hint = maker.group(1) if maker else None
        if hint is None:
            maker = re.search(r"(?:refuse|fail|demand)(?: = \[&\])?\([^;{]*\{\s*throw Error\(", code)
            arguments = arguments_from(code, maker.end()) if maker else []
            hint = arguments[2].strip() if len(arguments) == 3 else None
        if hint is None:
            continue
        if not hint.startswith('"'):
            hint = re.search(r"\b" + hint + r"(?:\[\])? =\s*((?:\"[^\"]*\"\s*)+)", code)
            hint = hint.group(1) if hint else ""
        if words_of(hint):
            return words_of(hint)
    return ""


def messages_of(root, path):
    text = code_of(path)
    usual = usual_hint(root, path, text)
    for call in CALL.finditer(text):
        arguments = arguments_from(text, call.end())
        if call.group().startswith(("Error", "problems")):
            spoken = [words_of(argument) for argument in arguments[1:]]
        else:
            spoken = [words_of(argument) for argument in arguments if not is_place(argument)]
        if spoken and " " in spoken[0] and not NO_MESSAGE.search(spoken[0]):
            direct = call.group().startswith("Error")
            hint = spoken[1] if len(spoken) > 1 else "" if direct else usual
            # Words that a caller hands on: `throw Error(where, what, hint)`.
            variable = len(arguments) > (2 if direct else 1) and bool(arguments[-1].strip()) and not hint
            yield spoken[0], hint or ("as the case asks" if variable else "")


def sources(root):
    for top in ("src", "bench", "apps"):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith((".cpp", ".h")) and not name.endswith(("_test.cpp", "testing.h")):
                    path = os.path.join(folder, name)
                    parts = os.path.relpath(path, root).split(os.sep)
                    yield (parts[1] if parts[0] == "src" else parts[0]), path


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def error_page(root):
    rooms = {}
    for room, path in sources(root):
        rooms.setdefault(room, set()).update(messages_of(root, path))
    lines = ["# Errors", "",
             "Generated from the sources by `./dev docs`. A message reads `place: error: what — how to mend it`; `{}` stands for",
             "what is filled in. The exit status is 1; nothing that existed before was changed.", ""]
    for room in [name for name in WHAT_IT_IS_ABOUT if rooms.get(name)]:
        lines += [f"## `{room}`: {WHAT_IT_IS_ABOUT[room]}", "", "| what | how to mend it |", "|---|---|"]
        lines += [f"| {cell(what)} | {cell(hint) or '–'} |" for what, hint in sorted(rooms[room])]
        lines.append("")
    unknown = set(rooms) - set(WHAT_IT_IS_ABOUT)
    assert not unknown, f"name these rooms in WHAT_IT_IS_ABOUT: {unknown}"
    return "\n".join(lines).rstrip() + "\n"


def help_of(program, verb):
    done = subprocess.run([program, *verb.split(), "--help"], capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"[ \t]+$", "", done.stdout, flags=re.M).strip("\n")


def verbs_below(program, verb):
    found, text = [verb], help_of(program, verb)
    if "Subcommands:" in text:
        for name in re.findall(r"^  ([a-z-]+) {2,}\S", text.split("Subcommands:")[1], re.M):
            found += verbs_below(program, f"{verb} {name}".strip())
    return found


def cli_page(program, root):
    lines = ["# Command line", "", "Generated from `--help` by `./dev docs`. A test runs every example.", ""]
    for verb in verbs_below(program, ""):
        text = help_of(program, verb)
        # Defaults that are folders or core counts of the machine at hand.
        text = text.replace(root, ".")
        # CLI11 breaks the line after a long default: with "." it would depend on how long `root` is.
        text = re.sub(r"(=\./\S+)\s+(?=\S)", r"\1\n" + " " * 30, text)
        text = re.sub(r"(--threads INT:INT in \[1 - \d+\])=\d+", r"\1", text)
        lines += [f"## `{('trigstone ' + verb).strip()}`", "", "```text", text, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def main():
    program, root = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    stale = []
    mute = re.findall(r"^\| (.*) \| – \|$", error_page(root), re.M)
    if mute:
        print("these errors do not say how to mend what they tell:\n  " + "\n  ".join(mute), file=sys.stderr)
    for name, text in (("errors.md", error_page(root)), ("cli.md", cli_page(program, root))):
        path = os.path.join(root, "docs", name)
        old = None
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                old = file.read()
        if old == text:
            continue
        if "--check" in sys.argv[3:]:
            stale.append(name)
            continue
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    if stale:
        print(f"docs/{', docs/'.join(stale)}: out of date; run ./dev docs", file=sys.stderr)
    return 1 if stale or mute else 0


if __name__ == "__main__":
    sys.exit(main())
