#!/usr/bin/env python3
"""ONNX Runtime's 8-bit integers beside the fast engine: the 16-64-32-32-5 tagger, both in one run.

Usage: bench_onnxruntime.py [--trigstone PROGRAM] [--threads N] [--seconds S]
Needs `pip install onnxruntime onnx numpy` (a virtual environment will do).

Draws the weights and biases, writes them as text for `trigstone bench engine --matrices`, and builds
the same tagger for ONNX Runtime twice; prints one JSON object a line:
  onnxruntime_int8        MatMulInteger, shifts and masks: the same function, compared first
  onnxruntime_int8_gemm   QGemm, its own fastest form: rounds to even and saturates where the tagger
                          cuts and wraps; compared with that rounding first
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SIZES = [16, 64, 32, 32, 5]
SHIFT = 5  # <8,3> times <6,1> has 10 fraction bits, u<8,3> has 5
PRODUCTS = sum(a * b for a, b in zip(SIZES, SIZES[1:]))


def draw_layers(seed):
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        w = np.clip(np.rint(rng.normal(size=(inputs, outputs)) * 32 / np.sqrt(inputs)), -32, 31)
        b = np.clip(np.rint(rng.normal(size=outputs) * 4), -32, 31)
        layers.append((w.astype(np.int8), b.astype(np.int32)))
    return layers


def write_matrices(folder, layers):
    for i, (w, b) in enumerate(layers):
        np.savetxt(os.path.join(folder, f"dense_w{i}.txt"), w, fmt="%d")
        np.savetxt(os.path.join(folder, f"dense_b{i}.txt"), b[None, :], fmt="%d")


def shifted_bias(i, b):
    """The bias <6,1> on the grid of the products: 5 bits finer than it, times the inputs' 5."""
    return b.astype(np.int64) << SHIFT


def evaluate(layers, x, rounded):
    """The tagger in int64; rounded(sums) makes the next layer's input."""
    x = x.astype(np.int64)
    for i, (w, b) in enumerate(layers):
        sums = x @ w.astype(np.int64) + shifted_bias(i, b)
        x = sums if i + 1 == len(layers) else rounded(sums)
    return x


def cut_and_wrap(sums):
    return (np.maximum(sums, 0) >> SHIFT) & 255


def to_even_and_saturate(sums):
    return np.clip(np.rint(sums / 2**SHIFT), 0, 255).astype(np.int64)


class Builder:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, op, inputs, domain="", **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], domain=domain, **attributes))
        return name

    def session(self, output, threads):
        x = helper.make_tensor_value_info("x", TensorProto.INT8, ["n", SIZES[0]])
        y = helper.make_tensor_value_info(output, TensorProto.INT32, ["n", SIZES[-1]])
        graph = helper.make_graph(self.nodes, "tagger", [x], [y], self.constants)
        sets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=sets, ir_version=8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def exact_session(layers, threads):
    b = Builder()
    x = "x"
    for i, (w, bias) in enumerate(layers):
        x = b.add("MatMulInteger", [x, b.constant(w)])
        x = b.add("Add", [x, b.constant(shifted_bias(i, bias).astype(np.int32))])
        if i + 1 < len(layers):
            x = b.add("Relu", [x])
            x = b.add("Cast", [x], to=TensorProto.UINT32)
            x = b.add("BitShift", [x, b.constant(np.uint32(SHIFT))], direction="RIGHT")
            x = b.add("Cast", [x], to=TensorProto.UINT8)  # keeps the low eight bits
    return b.session(x, threads)


def gemm_session(layers, threads):
    b = Builder()
    one, x, zero = b.constant(np.float32(1)), "x", b.constant(np.int8(0))
    unsigned_zero = b.constant(np.uint8(0))
    step = b.constant(np.float32(2**SHIFT))
    # Signed inputs as unsigned ones 128 higher, which QGemm multiplies fastest.
    x = b.add("Add", [b.add("Cast", [x], to=TensorProto.INT32), b.constant(np.int32(128))])
    x, x_zero = b.add("Cast", [x], to=TensorProto.UINT8), b.constant(np.uint8(128))
    for i, (w, bias) in enumerate(layers):
        bias = b.constant(shifted_bias(i, bias).astype(np.int32))
        operands = [x, one, x_zero, b.constant(w), one, zero, bias]
        if i + 1 < len(layers):
            x = b.add("QGemm", operands + [step, unsigned_zero], "com.microsoft")
        else:
            x = b.add("Add", [b.add("MatMulInteger", [x, operands[3]]), bias])
        x_zero = unsigned_zero
    return b.session(x, threads)


def events_per_second(session, x, seconds):
    fastest, begin = float("inf"), time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        session.run(None, {"x": x})
        fastest = min(fastest, time.perf_counter() - start)
    return len(x) / fastest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trigstone", default="trigstone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    arguments = parser.parse_args()
    layers = draw_layers(7)
    with tempfile.TemporaryDirectory() as folder:
        write_matrices(folder, layers)
        command = [arguments.trigstone, "bench", "engine", "--json", "--model", "dense", "--threads",
                   str(arguments.threads), "--seconds", str(arguments.seconds), "--matrices", folder]
        rows = [json.loads(line) for line in
                subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()]
    for row in rows:
        print(json.dumps(row))
    peak = max(row["int8_peak"] for row in rows)
    x = np.random.default_rng(8).integers(-128, 128, size=(8192, SIZES[0]), dtype=np.int8)
    equal = True
    for name, build, rounded in [("onnxruntime_int8", exact_session, cut_and_wrap),
                                 ("onnxruntime_int8_gemm", gemm_session, to_even_and_saturate)]:
        session = build(layers, arguments.threads)
        row = {"name": "engine/dense", "isa": name, "threads": arguments.threads}
        if np.array_equal(session.run(None, {"x": x})[0], evaluate(layers, x, rounded)):
            rate = events_per_second(session, x, arguments.seconds)
            row["events_per_second"] = rate
            row["int8_peak_fraction"] = rate * PRODUCTS / (peak * arguments.threads)
            row["equal_events"] = len(x)
            row["version"] = onnxruntime.__version__
        else:
            row["differs"] = True
            equal = False
        print(json.dumps(row))
    return 0 if equal else 2


if __name__ == "__main__":
    sys.exit(main())
