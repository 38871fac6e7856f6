"""A page of docs/ does what it says: its shell blocks run, and what it shows behind one is printed.

Run as: tutorial_test.py TRIGSTONE SOURCE_DIR [PAGE]   (the program, the repository, tutorial.md)
The tagger that the tutorial starts from is a file of others, looked for in $TRIGSTONE_INTEROP.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TRIGSTONE, SOURCE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
TAGGER = os.path.join(os.environ.get("TRIGSTONE_INTEROP", ""), "models/qonnx_model_zoo/qkeras_jettagging.onnx")
PAGE = sys.argv[3] if len(sys.argv) > 3 else "tutorial.md"
TOOLS = {"hdl.md": ["verilator", "iverilog", "ghdl"]}
SKIPPED = 77


def blocks(page):
    """(language, text) of every fenced block, in order."""
    with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as file:
        return re.findall(r"^```(\w+)\n(.*?)^```$", file.read(), re.M | re.S)


def main():
    missing = [tool for tool in TOOLS.get(PAGE, []) if shutil.which(tool) is None]
    if PAGE == "tutorial.md" and not os.path.isfile(TAGGER):
        missing.append(TAGGER)
    if missing:
        print(f"{PAGE}: no {', '.join(missing)}")
        return 1 if os.environ.get("CI") else SKIPPED
    folder = tempfile.mkdtemp()
    try:
        if PAGE == "tutorial.md":
            shutil.copy(TAGGER, os.path.join(folder, "jets.onnx"))
        os.symlink(os.path.join(SOURCE, "configs"), os.path.join(folder, "configs"))
        path = os.pathsep.join([os.path.dirname(TRIGSTONE), "/usr/bin", os.environ["PATH"]])
        printed, ran, shown = "", 0, 0
        for language, text in blocks(PAGE):
            if language == "sh":
                done = subprocess.run(["bash", "-e", "-c", text], cwd=folder, env={**os.environ, "PATH": path}, text=True,
                                      capture_output=True, timeout=600, stdin=subprocess.DEVNULL, check=False)
                assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
                printed, ran = done.stdout + done.stderr, ran + 1
            else:
                for line in text.splitlines():
                    assert line.strip() in printed, f"not printed: {line}\n{printed}"
                    shown += 1
        assert ran > 4 and shown > 5
        print(f"{PAGE}: {ran} blocks ran, {shown} lines were printed as shown")
        return 0
    finally:
        shutil.rmtree(folder)


sys.exit(main())
