#!/usr/bin/env python3
"""The tagger 16-64-32-32-5 beside da4ml, one JSON object a line: LUTs, registers, clocks, seconds.

Both get the same integer weights and the same formats (inputs <8,3>, weights <6,1>, activations u<8,3>), must
give the scores of a plain matrix product for random events, put at most --adders two-operand adders between two
registers and none between regions, and go through one Yosys script. `stages` is the clocks from the inputs to
registered outputs; da4ml registers its inputs, too, which `ff` leaves out.

    python3 tools/compare_tagger.py --matrices DIR                       # all of it: half an hour
    python3 tools/compare_tagger.py --matrices DIR --network sp70 --mode rounded --who trigstone --effort best

    python3 tools/compare_tagger.py --seed 2 --no-synth                  # other weights, stages only: seconds

DIR holds dense_w0.txt … dense_b3.txt and sp70_w0.txt …; without it random weights are drawn. Needs NumPy and
Yosys; da4ml (pip install da4ml) is left out with a line on stderr when Python does not find it.
"""
import argparse
import collections
import importlib.util
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

import make_tagger

SCRIPT = "synth_xilinx -family xcup -flatten -noiopad -nodsp -top {}; stat"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matrices", type=pathlib.Path)
    parser.add_argument("--network", choices=["dense", "sp70"], action="append")
    parser.add_argument("--mode", choices=["wrap", "rounded"], action="append", help="rounded: RND, SAT")
    parser.add_argument("--who", choices=["trigstone", "da4ml"], action="append")
    parser.add_argument("--effort", choices=["fast", "default", "best"], action="append")
    parser.add_argument("--adders", type=int, default=3, help="between two registers (3)")
    parser.add_argument("--seed", type=int, default=1, help="of weights that are drawn (1)")
    parser.add_argument("--program", default="build/release/apps/trigstone/trigstone")
    parser.add_argument("--no-synth", action="store_true", help="leave Yosys out")
    return parser.parse_args()


def reference(layers, rounded, events):
    """The scores as integers, from integer inputs."""
    x = events.astype(np.int64)
    for layer, (matrix, bias) in enumerate(layers):
        y = x @ np.array(matrix, np.int64) + (np.array(bias, np.int64) << 5)
        if layer < 3:
            y = np.maximum(y, 0)
            x = np.minimum((y + 16) >> 5, 255) if rounded else (y >> 5) & 255
    return y


def count(files, top):
    """LUTs, carry cells and registers that Yosys makes of the files."""
    reads = "".join(f"read_verilog {path}; " for path in files)
    log = subprocess.run(["yosys", "-Q", "-T", "-p", reads + SCRIPT.format(top)],
                         check=True, capture_output=True, text=True).stdout
    cells = collections.Counter()
    for name, number in re.findall(r"^\s+(\w+)\s+(\d+)$", log[log.rindex("Number of cells:"):], re.MULTILINE):
        kind = "lut" if re.match(r"LUT[1-6]|SRL|RAM", name) else "ff" if name.startswith("FD") else name.lower()
        cells[kind] += int(number)
    return {kind: cells[kind] for kind in ("lut", "ff", "carry4")}


def cpu_seconds():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def run_trigstone(options, layers, rounded, effort, folder, events):
    graph, firmware = folder / "tagger.graph.txt", folder / "firmware"
    graph.write_text(make_tagger.graph_text(layers, rounded=rounded))
    begin = cpu_seconds()
    subprocess.run([options.program, "compile", graph, "-o", firmware, "--effort", effort, "--no-regions",
                    "--adders-per-stage", str(options.adders)], check=True, capture_output=True)
    seconds = cpu_seconds() - begin
    np.save(folder / "x.npy", events.astype(np.int64))
    subprocess.run([options.program, "run", firmware, "-i", folder / "x.npy", "-o", folder / "y.npy", "--raw",
                    "--engine", "netlist"], check=True, capture_output=True)
    built = json.loads((firmware / "firmware.json").read_text())
    row = {"who": "trigstone", "effort": effort, "stages": built["latency_cycles"], "seconds": round(seconds, 2),
           "lut_modelled": built["resources"]["lut"], "ff_modelled": built["resources"]["ff"]}
    if not options.no_synth:
        row |= count(sorted((firmware / "rtl").glob("*.v")), built["top"])
    return row, np.load(folder / "y.npy").reshape(len(events), -1)


def run_da4ml(options, layers, rounded, folder, events):
    from da4ml.codegen import RTLModel
    from da4ml.trace import FixedVariableArrayInput, HWConfig, comb_trace, to_pipeline
    begin = cpu_seconds()
    x = FixedVariableArrayInput((16,), hwconf=HWConfig(1, -1, -1)).quantize(1, 2, 5)
    y = x
    for layer, (matrix, bias) in enumerate(layers):
        y = y @ (np.array(matrix) / 32) + np.array(bias) / 32
        if layer < 3:
            y = y.relu().quantize(0, 3, 5, *(("SAT", "RND") if rounded else ()))
    logic = comb_trace(x, y)
    staged = to_pipeline(logic, options.adders, verbose=False)
    RTLModel(staged, "tagger", folder).write()
    row = {"who": "da4ml", "stages": len(staged.solutions), "seconds": round(cpu_seconds() - begin, 2)}
    if not options.no_synth:
        rtl = folder / "src"
        parts = [path for path in sorted((rtl / "static").glob("*.v")) if path.stem != "lookup_table"]  # unused
        row |= count([*parts, *sorted(rtl.glob("tagger*.v"))], "tagger")
        text = (rtl / "tagger.v").read_text()
        row["ff"] -= int(re.search(r"input \[(\d+):0\] model_inp", text)[1]) + 1
    return row, np.rint(logic.predict(events / 32) * 1024).astype(np.int64)


def report(row, scores, expected, labels):
    if not np.array_equal(scores, expected):
        sys.exit(f"compare_tagger: {row['who']} gives other scores than the reference for {labels}")
    print(json.dumps({"name": "/".join(labels), **row}), flush=True)


def compare(options, network, mode):
    options.network, options.binary = network, False
    layers, rounded = make_tagger.draw_layers(options), mode == "rounded"
    events = np.random.default_rng(1).integers(-128, 128, (300, 16))
    expected = reference(layers, rounded, events)
    who = options.who or ["da4ml", "trigstone"]
    with tempfile.TemporaryDirectory() as folder:
        if "da4ml" in who:
            if importlib.util.find_spec("da4ml") is None:
                print("compare_tagger: no da4ml here (pip install da4ml)", file=sys.stderr)
            else:
                report(*run_da4ml(options, layers, rounded, pathlib.Path(folder) / "da4ml", events), expected,
                       (network, mode))
        for effort in (options.effort or ["default", "best"]) if "trigstone" in who else []:
            report(*run_trigstone(options, layers, rounded, effort, pathlib.Path(folder), events), expected,
                   (network, mode))


def main():
    options = parse_arguments()
    networks = options.network or (["dense", "sp70"] if options.matrices else ["dense"])
    for network in networks:
        for mode in options.mode or ["wrap", "rounded"]:
            compare(options, network, mode)


if __name__ == "__main__":
    main()
