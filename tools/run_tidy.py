#!/usr/bin/env python3
"""Runs clang-tidy over every source that does not include torch; remembers what was clean.

Tests are left out: half of the time, spent in GoogleTest's headers; the sanitisers run them instead.

    python3 tools/run_tidy.py build/release                            # all: about 3 s a file and core the first time
    python3 tools/run_tidy.py build/release src/lower/*.cpp            # these alone

A file is checked again when it, a header of ours that it reaches, its compile command, .clang-tidy
or clang-tidy itself has changed. Exit status 1 when anything was found.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIDY = "clang-tidy-16"
INCLUDE = re.compile(rb'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)
TORCH = re.compile(r"(torch|ATen|c10)/")


class Sources:
    """Contents and includes of our own files, each read once."""

    def __init__(self):
        self.known = {}

    def read(self, path):
        if path not in self.known:
            try:
                with open(path, "rb") as file:
                    content = file.read()
            except OSError:
                content = None
            names = [] if content is None else [n.decode() for n in INCLUDE.findall(content)]
            self.known[path] = (content, names)
        return self.known[path]

    def reach(self, path):
        """Every file of ours that `path` includes, itself first, and whether torch is among them."""
        seen, torch, waiting = [], False, [path]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            content, names = self.read(current)
            if content is None:
                continue
            seen.append(current)
            for name in names:
                torch = torch or bool(TORCH.match(name))
                for folder in (os.path.join(ROOT, "src"), os.path.dirname(current)):
                    waiting.append(os.path.join(folder, name))
        return seen, torch


def jobs_of(build, sources, version):
    """(path, key) of each source to check; the key names everything the verdict depends on."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    with open(os.path.join(ROOT, ".clang-tidy"), "rb") as file:
        common = version + file.read()
    jobs, torch_files = {}, 0
    for entry in commands:
        path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        relative = os.path.relpath(path, ROOT)
        if relative.endswith("_test.cpp") or not relative.startswith(("src/", "apps/", "bench/")):
            continue
        reached, torch = sources.reach(path)
        arguments = entry.get("arguments") or shlex.split(entry["command"])
        if torch or any("cmake_pch" in argument for argument in arguments):
            torch_files += 1
            continue
        key = hashlib.sha256(common + entry.get("command", " ".join(arguments)).encode())
        for name in reached:
            key.update(hashlib.sha256(sources.read(name)[0]).digest())
        jobs[path] = key.hexdigest()
    return jobs, torch_files


def check(build, path):
    done = subprocess.run([TIDY, "--quiet", "-p", build, path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", metavar="BUILD_DIR", help="a build folder with compile_commands.json")
    parser.add_argument("files", metavar="FILE", nargs="*", help="check these alone (all)")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    if not os.path.exists(os.path.join(build, "compile_commands.json")):
        parser.error(f"{build} has no compile_commands.json: configure it with `cmake --preset release` first")
    cache = os.path.join(ROOT, "build", "tidy-cache")
    os.makedirs(cache, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    jobs, torch_files = jobs_of(build, Sources(), version)
    if options.files:
        asked = {os.path.abspath(name) for name in options.files}
        for name in sorted(asked - jobs.keys()):
            print(f"tidy: {os.path.relpath(name, ROOT)} is left out: a test, with torch, or not compiled")
        jobs = {path: key for path, key in jobs.items() if path in asked}
    stale = {path: key for path, key in jobs.items() if not os.path.exists(os.path.join(cache, key))}
    print(f"tidy: {len(jobs)} files, {len(stale)} to check, {torch_files} with torch left out", flush=True)
    found = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {pool.submit(check, build, path): path for path in sorted(stale)}
        for number, future in enumerate(concurrent.futures.as_completed(waiting), 1):
            status, output = future.result()
            path = waiting[future]
            if status == 0:
                with open(os.path.join(cache, stale[path]), "w", encoding="utf-8"):
                    pass
            else:
                found += 1
                print(output, flush=True)
            if number % 20 == 0:
                print(f"tidy: {number}/{len(stale)}", flush=True)
    print(f"tidy: {found} files with findings" if found else "tidy: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
