"""Every example in --help does what it promises: they are read from the help itself and run in an
order in which one makes what the next one needs.

Run as: examples_test.py TRIGSTONE SOURCE_DIR   (the program, the repository)
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import numpy as np

TRIGSTONE, SOURCE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
MODEL = """trigstone.graph/1 "small"
%0 "tokens" = input() {format = <6,3,RND,SAT>, shape = [4,2], token_axis = 0} : <6,3>[4,2]
%1 "w" = constant() {} : <4,1>[2,2] = [3, -2, 1, 7]
%2 "dense" = linear(%0, %1) {} : <10,4>[4,2]
%3 "rounded" = quant(%2) {formats = <7,4,RND,SAT>} : <7,4>[4,2]
output "score" = %3
"""
HEPMC = r"""HepMC::Version 3.02.05
HepMC::Asciiv3-START_EVENT_LISTING
T Toy\|1.0\|
E 7 1 4
U GEV MM
P 1 0 25 0 0 0 125 125 2
V -1 0 [1] @ 0 0 0 0
P 2 -1 22 30 40 0 50 0 1
P 3 -1 12 -10 0 5 11.18 0 1
P 4 -1 211 0 5 5 7.07 0.14 1
HepMC::Asciiv3-END_EVENT_LISTING
"""
# Verbs in the order of the road. `demo` is the whole road; continuous integration runs it by itself.
ORDER = ["events convert", "events generate", "events show", "events info", "events validate", "events words",
         "pretrain", "finetune", "compress", "evaluate", "compile", "load-words", "estimate", "emit", "run", "verify", "synth",
         "map", "simulate", "trigger", "report", "bench"]
NOT_RUN = {"", "events", "demo"}


def call(*arguments, cwd=None):
    return subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, timeout=600, cwd=cwd,
                          stdin=subprocess.DEVNULL, check=False)


def help_of(verb):
    done = call(*verb.split(), "--help")
    assert done.returncode == 0, f"{verb} --help: {done.stderr}"
    return done.stdout


def verbs_below(verb):
    """Every verb there is, with the verbs below it."""
    found, text = [verb], help_of(verb)
    if "Subcommands:" in text:
        for name in re.findall(r"^  ([a-z-]+) {2,}\S", text.split("Subcommands:")[1], re.M):
            found += verbs_below(f"{verb} {name}".strip())
    return found


def examples_of(verb):
    """Command lines of the verb's own help: not those of the verbs below it."""
    own = help_of(verb).split("Subcommands:")[0]
    return [line.removeprefix("Example: ") for line in own.splitlines() if line.startswith("Example: ")]


def prepare(folder):
    """What the examples take from their user: a model, arrays, events, shorter trainings."""
    path = lambda *names: os.path.join(folder, *names)
    shutil.copytree(os.path.join(SOURCE, "configs"), path("configs"))
    os.symlink(os.path.join(SOURCE, "data"), path("data"))
    for name in os.listdir(path("configs")):
        with open(path("configs", name), encoding="utf-8") as file:
            text = re.sub(r"^(steps|frozen_steps|warmup_steps) = \d+", r"\1 = 4", file.read(), flags=re.M)
        with open(path("configs", name), "w", encoding="utf-8") as file:
            file.write(text)
    with open(path("m.graph.txt"), "w", encoding="utf-8") as file:
        file.write(MODEL)
    with open(path("run.hepmc"), "w", encoding="utf-8") as file:
        file.write(HEPMC)
    done = call("compile", "m.graph.txt", "-o", "first", cwd=folder)
    assert done.returncode == 0, done.stderr
    shutil.copy(path("first", "model.onnx"), path("model.onnx"))
    with open(path("new.graph.txt"), "w", encoding="utf-8") as file:
        file.write(MODEL.replace("[3, -2, 1, 7]", "[-2, 3, 7, 1]"))
    done = call("compile", "new.graph.txt", "-o", "second", cwd=folder)
    assert done.returncode == 0, done.stderr
    shutil.copy(path("second", "model.onnx"), path("retrained.onnx"))
    np.save(path("x.npy"), np.random.default_rng(1).uniform(-4, 4, (20, 4, 2)))
    os.symlink("l1", path("demo"))  # `report` shows whatever folder has results


def main():
    verbs = verbs_below("")
    missing = [verb for verb in verbs if verb not in NOT_RUN and not examples_of(verb)]
    assert not missing, f"no example in the help of {missing}"
    assert set(verbs) - NOT_RUN == set(ORDER), f"this test does not know {set(verbs) ^ NOT_RUN ^ set(ORDER)}"
    folder = tempfile.mkdtemp()
    try:
        prepare(folder)
        ran = 0
        for verb in ORDER:
            for line in examples_of(verb):
                for command in line.split("&&"):
                    words = shlex.split(command)
                    assert words[0] == "trigstone", f"{verb}: {line}"
                    done = call(*words[1:], cwd=folder)
                    assert done.returncode == 0, f"{verb}: {command}: {done.returncode}\n{done.stdout}{done.stderr}"
                    ran += 1
        print(f"examples: {ran} commands ran")
    finally:
        shutil.rmtree(folder)


main()
