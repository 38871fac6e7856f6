#!/usr/bin/env python3
"""A tagger of jets, 16-64-32-32-5, as graph text on stdout: the model that docs/lowering.md measures.

    python3 tools/make_tagger.py > tagger.graph.txt            # 6-bit weights, inputs <8,3>
    python3 tools/make_tagger.py --binary > binary.graph.txt   # weights +-1, activations of one bit
    python3 tools/make_tagger.py --matrices DIR                # weights and biases from DIR/dense_w0.txt, …
    python3 tools/make_tagger.py --matrices DIR --network sp70 --rounded   # others; activations u<8,3,RND,SAT>
"""
import argparse
import pathlib
import random

SIZES = [16, 64, 32, 32, 5]


def bits_for(low, high):
    if low >= 0:
        return max(1, high.bit_length()), "u"
    return max((-low - 1).bit_length(), high.bit_length()) + 1, ""


class Text:
    def __init__(self):
        self.lines, self.low, self.high, self.fraction, self.count = [], 0, 0, 0, 0

    def add(self, name, body, shape, data=None):
        width, sign = bits_for(self.low, self.high)
        text = f'%{self.count} "{name}" = {body} : {sign}<{width},{width - self.fraction}>{shape}'
        self.lines.append(text + (f" = {data}" if data is not None else ""))
        self.count += 1
        return self.count - 1

    def interval(self, low, high, fraction):
        self.low, self.high, self.fraction = low, high, fraction


def read(path):
    return [[int(x) for x in line.split()] for line in path.read_text().splitlines() if line.strip()]


def weights_of(layer, options, rng):
    rows, columns = SIZES[layer], SIZES[layer + 1]
    if options.matrices:
        folder = pathlib.Path(options.matrices)
        matrix = read(folder / f"{options.network}_w{layer}.txt")
        return matrix, [x for row in read(folder / f"{options.network}_b{layer}.txt") for x in row]
    if options.binary:
        return [[rng.choice((-1, 1)) for _ in range(columns)] for _ in range(rows)], None
    limit = lambda x: max(-32, min(31, round(x)))
    matrix = [[limit(rng.gauss(0, 4)) for _ in range(columns)] for _ in range(rows)]
    return matrix, [limit(rng.gauss(0, 16)) for _ in range(columns)]


def draw_layers(options):
    """Weights as a list of rows and the biases, integers, of every layer."""
    rng = random.Random(options.seed)
    return [weights_of(layer, options, rng) for layer in range(4)]


def linear(text, layer, x, x_range, x_fraction, matrix, bias, binary):
    rows, columns = len(matrix), len(matrix[0])
    fraction = 0 if binary else 5
    text.interval(-2 if binary else -32, 1 if binary else 31, fraction)
    operands = [x, text.add(f"w{layer}", "constant() {}", f"[{rows},{columns}]", [w for row in matrix for w in row])]
    if bias is not None:
        text.interval(-32, 31, 5)
        operands.append(text.add(f"b{layer}", "constant() {}", f"[{columns}]", bias))
    lows, highs = [], []
    for j in range(columns):
        offset = bias[j] << x_fraction if bias is not None else 0
        ends = [(row[j] * x_range[0], row[j] * x_range[1]) for row in matrix]
        lows.append(offset + sum(map(min, ends)))
        highs.append(offset + sum(map(max, ends)))
    text.interval(min(lows), max(highs), x_fraction + fraction)
    listed = ", ".join(f"%{i}" for i in operands)
    return text.add(f"dense_{layer}", f"linear({listed}) {{}}", f"[{columns}]")


def graph_text(layers, binary=False, rounded=False):
    text = Text()
    text.interval(-128, 127, 5)
    x = text.add("x", "input() {format = <8,3,RND_CONV,SAT>, shape = [16]}", "[16]")
    x_range, x_fraction = (-128, 127), 5
    modes = ",RND,SAT" if rounded else ""
    for layer, (matrix, bias) in enumerate(layers):
        if binary:
            text.interval(0, 1, 0)
            x = text.add(f"bits_{layer}", f"quant(%{x}) {{formats = u<1,1,TRN,SAT>}}", f"[{SIZES[layer]}]")
            x_range, x_fraction = (0, 1), 0
        x = linear(text, layer, x, x_range, x_fraction, matrix, bias, binary)
        if layer == 3 or binary:
            continue
        text.interval(0, (1 << (bits_for(text.low, text.high)[0] - 1)) - 1, text.fraction)
        x = text.add(f"relu_{layer}", f"relu(%{x}) {{}}", f"[{SIZES[layer + 1]}]")
        text.interval(0, 255, 5)
        x = text.add(f"act_{layer}", f"quant(%{x}) {{formats = u<8,3{modes}>}}", f"[{SIZES[layer + 1]}]")
        x_range = (0, 255)
    return "\n".join(['trigstone.graph/1 "tagger"', *text.lines, f'output "scores" = %{x}', ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", action="store_true")
    parser.add_argument("--rounded", action="store_true")
    parser.add_argument("--matrices")
    parser.add_argument("--network", default="dense")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(graph_text(draw_layers(options), options.binary, options.rounded), end="")


if __name__ == "__main__":
    main()
