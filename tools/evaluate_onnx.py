#!/usr/bin/env python3
"""Evaluates an ONNX/QONNX file in numpy, independently of Trigstone, to make golden outputs.

    evaluate_onnx.py MODEL.onnx --events 20 --fraction-bits 10 --span 4 -o golden.json

Inputs are random multiples of 2^-fraction_bits in [-span, span); every operator is computed in
float64 by the text of its specification. Needs numpy and onnx (Debian: python3-numpy, python3-onnx).
"""
import argparse
import json

import numpy as np
import onnx
from onnx import numpy_helper


def quant(x, scale, zero, bits, attributes):
    signed, narrow = attributes.get("signed", 1), attributes.get("narrow", 0)
    mode = attributes.get("rounding_mode", b"ROUND").decode()
    low = -(2.0 ** (bits - 1)) + (1 if narrow else 0) if signed else 0.0 * bits
    high = 2.0 ** (bits - 1) - 1 if signed else 2.0**bits - 1 - (1 if narrow else 0)
    rounded = {"ROUND": np.rint, "FLOOR": np.floor, "ROUND_TO_ZERO": np.trunc}[mode]
    return (rounded(np.clip(x / scale + zero, low, high)) - zero) * scale


def batch_norm(x, gain, bias, mean, variance, attributes):
    shape = [1, -1] + [1] * (x.ndim - 2)
    spread = np.sqrt(variance + attributes.get("epsilon", 1e-5)).reshape(shape)
    return (x - mean.reshape(shape)) / spread * gain.reshape(shape) + bias.reshape(shape)


def softmax(x, attributes):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def evaluate(model, value):
    values = {t.name: np.asarray(numpy_helper.to_array(t), dtype=np.float64)
              for t in model.graph.initializer}
    given = [i for i in model.graph.input if i.name not in values]
    values[given[0].name] = value
    for node in model.graph.node:
        x = [values[name] for name in node.input]
        a = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
        kind = node.op_type
        if kind == "Quant":
            y = quant(*x, a)
        elif kind == "MatMul":
            y = x[0] @ x[1]
        elif kind in ("Add", "Sub", "Mul", "Div", "Pow"):
            y = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
                 "Pow": np.power}[kind](x[0], x[1])
        elif kind == "Relu":
            y = np.maximum(x[0], 0)
        elif kind == "Softmax":
            assert a["axis"] in (-1, x[0].ndim - 1)
            y = softmax(x[0], a)
        elif kind == "BatchNormalization":
            y = batch_norm(*x, a)
        elif kind == "Transpose":
            y = np.transpose(x[0], a["perm"])
        elif kind == "Flatten":
            y = x[0].reshape(x[0].shape[0], -1)
        elif kind == "Shape":
            y = np.array(x[0].shape, dtype=np.float64)
        elif kind == "Gather":
            y = np.take(x[0], x[1].astype(int), axis=a.get("axis", 0))
        elif kind == "Unsqueeze":
            y = np.expand_dims(x[0], tuple(a["axes"]))
        elif kind == "Concat":
            y = np.concatenate(x, axis=a["axis"])
        elif kind == "Reshape":
            y = x[0].reshape(x[1].astype(int))
        else:
            raise SystemExit(f"{node.name}: operator {kind} is not written here")
        values[node.output[0]] = y
    return [values[o.name] for o in model.graph.output]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--events", type=int, default=20)
    parser.add_argument("--fraction-bits", type=int, default=10)
    parser.add_argument("--span", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    model = onnx.load(options.model)
    known = {t.name for t in model.graph.initializer}
    given = next(i for i in model.graph.input if i.name not in known)
    shape = [d.dim_value or 1 for d in given.type.tensor_type.shape.dim]
    random = np.random.default_rng(options.seed)
    step = 2.0**-options.fraction_bits
    limit = int(options.span / step)
    mantissas = random.integers(-limit, limit, size=[options.events] + shape[1:])
    outputs = [evaluate(model, (m * step)[None])[0].ravel().tolist() for m in mantissas]
    with open(options.output, "w") as file:
        json.dump({"fraction_bits": options.fraction_bits,
                   "mantissas": [m.ravel().tolist() for m in mantissas],
                   "outputs": outputs}, file)


if __name__ == "__main__":
    main()
