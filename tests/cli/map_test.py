"""`trigstone map` and `trigstone simulate` as a user meets them: plans, their simulation, refusals.

Run as: map_test.py TRIGSTONE SOURCE_DIR   (the program, the repository)
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

TRIGSTONE, SOURCE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FABRIC = os.path.join(SOURCE, "configs", "fabric_vu13p.toml")
LAYERS, WIDTH = 3, 12


def dense_model():
    """Three dense layers of 12 numbers, weights from a fixed little generator."""
    lines = ['trigstone.graph/1 "dense"',
             f'%0 "x" = input() {{format = <8,4,RND_CONV,SAT>, shape = [{WIDTH}]}} : <8,4>[{WIDTH}]']
    state, last = 7, 0
    for layer in range(LAYERS):
        weights = []
        for _ in range(WIDTH * WIDTH):
            state = (state * 1103515245 + 12345) % 2**31
            weights.append(state // 65536 % 32 - 16)
        columns = [weights[output::WIDTH] for output in range(WIDTH)]
        low = min(sum(w * (-128 if w > 0 else 127) for w in column) for column in columns)
        high = max(sum(w * (127 if w > 0 else -128) for w in column) for column in columns)
        bits = max((-low - 1).bit_length(), high.bit_length()) + 1  # of the exact sums, 8 of them fraction
        node = 3 * layer + 1
        lines += [f'%{node} "w{layer}" = constant() {{}} : <5,1>[{WIDTH},{WIDTH}] = [{", ".join(map(str, weights))}]',
                  f'%{node + 1} "dense{layer}" = linear(%{last}, %{node}) {{}} : <{bits},{bits - 8}>[{WIDTH}]',
                  f'%{node + 2} "quant{layer}" = quant(%{node + 1}) {{formats = <8,4,RND_CONV,SAT>}} : <8,4>[{WIDTH}]']
        last = node + 2
    return "\n".join(lines + [f'output "y" = %{last}', ""])


class Map(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        os.symlink(os.path.join(SOURCE, "configs"), self.path("configs"))
        self.write("m.graph.txt", dense_model())
        self.tool("compile", "m.graph.txt", "-o", "fw")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def tool(self, *arguments, status=0):
        done = subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, timeout=200, cwd=self.dir)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def refused(self, *arguments, mentions):
        done = self.tool(*arguments, status=1)
        lines = [line for line in done.stderr.splitlines() if ": error: " in line]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        for text in mentions:
            self.assertIn(text, lines[0])

    def fabric(self, **changes):
        """The shipped fabric with some figures changed."""
        with open(FABRIC) as file:
            text = file.read()
        for key, value in changes.items():
            text, count = re.subn(rf"^{key} = \S+", f"{key} = {value}", text, flags=re.M)
            self.assertEqual(count, 1, key)
        self.write("f.toml", text)
        return "f.toml"

    def several_boards(self):
        # No board takes more than 1100 LUTs, so the three layers need some of them each.
        self.tool("map", "fw", "--fabric", self.fabric(fill_lut=1100 / 1728000, count=600), "-o", "plan")
        with open(self.path("plan/plan.json")) as file:
            return json.load(file)

    def test_the_plan_says_everything_twice_and_equal(self):
        plan = self.several_boards()
        self.assertEqual(plan["schema"], "trigstone.plan/1")
        boards = plan["totals"]["boards_per_slice"]
        self.assertGreater(boards, 2)
        self.assertEqual(boards, len(plan["boards"]))
        self.assertEqual(plan["totals"]["boards"], 6 * boards)
        for board in plan["boards"]:
            self.assertLessEqual(board["resources"]["lut"], 1100)
            self.assertTrue(os.path.exists(self.path(f"plan/{board['name']}/netlist.txt")))
            self.assertTrue(os.listdir(self.path(f"plan/{board['name']}/rtl")))
        for link in plan["links"]:
            bits = sum(int(re.match(r"u?<(\d+)", field["format"]).group(1)) * len(field["first_bits"])
                       for field in link["fields"])
            self.assertEqual(bits, link["bits"])
            self.assertEqual(sum(word[4] for word in link["words"]), bits)
        clocks = plan["totals"]["logic_clocks"] + sum(link["delta_clocks"] for link in plan["links"])
        self.assertEqual(clocks, plan["totals"]["latency_clocks"])
        fixed = 5000 + 1000 + 3000  # of the fabric
        self.assertAlmostEqual(plan["waterfall"][-1]["end_ns"], fixed + clocks * 1e3 / 360, places=6)
        self.assertEqual(len(plan["inputs"]), 2)

    def test_simulation_equals_the_model(self):
        self.several_boards()
        x = np.random.default_rng(1).uniform(-10, 10, (30, WIDTH))
        np.save(self.path("x.npy"), x)
        rows = json.loads(self.tool("simulate", "plan", "--events", "40", "--input", "x.npy", "--json").stdout)["rows"]
        self.assertEqual([row["vectors"] for row in rows], ["random", "x.npy"])
        self.assertEqual([row["events"] for row in rows], [40, 30])
        for row in rows:
            self.assertTrue(row["equal"], row)
        self.tool("run", "fw", "-i", "x.npy", "-o", "y.npy")
        self.tool("run", "plan", "-i", "x.npy", "-o", "z.npy", "--engine", "fabric")
        self.assertTrue(np.array_equal(np.load(self.path("y.npy")), np.load(self.path("z.npy"))))

    def test_a_plan_that_was_changed_is_found(self):
        plan = self.several_boards()
        path = self.path("plan/plan.json")
        sooner = json.loads(json.dumps(plan))
        sooner["links"][1]["delta_clocks"] -= 1  # the next board starts before its words are there
        moved = json.loads(json.dumps(plan))
        moved["links"][1]["fields"][0]["first_bits"][0] += 1
        for broken in (sooner, moved):
            with open(path, "w") as file:
                json.dump(broken, file)
            done = self.tool("simulate", "plan", "--events", "20", status=2)
            self.assertIn("DIFFERENT", done.stdout)

    def test_a_model_file_is_compiled_on_the_way(self):
        self.tool("map", "m.graph.txt", "--fabric", FABRIC, "-o", "plan")
        self.tool("simulate", "plan", "--events", "10")
        # The folder replaces its own earlier content.
        self.tool("map", "fw", "--fabric", FABRIC, "-o", "plan")
        self.tool("report", "plan", "-o", "report.html")

    def test_estimate(self):
        plan = json.loads(self.tool("map", "m.graph.txt", "--fabric", FABRIC, "-o", "plan", "--estimate", "--json").stdout)
        self.assertTrue(plan["estimate"])
        self.assertEqual(plan["links"][0]["bits"], WIDTH * 8)
        self.refused("simulate", "plan", mentions=["plan: error: is only an estimate"])
        self.refused("map", "fw", "--fabric", FABRIC, "-o", "plan", "--estimate", mentions=["--estimate: error: "])

    def test_one_board(self):
        one = os.path.join(SOURCE, "configs", "fabric_one_board.toml")
        plan = json.loads(self.tool("map", "fw", "--fabric", one, "-o", "plan", "--json").stdout)
        self.assertEqual(plan["totals"]["boards"], 1)
        self.tool("simulate", "plan", "--events", "10")

    def test_refusals(self):
        self.refused("map", "fw", "--fabric", self.fabric(count=1), "-o", "p",
                     mentions=["fw: error: needs 1 board for each of 6 time slices", "board.count = 6"])
        self.refused("map", "fw", "--fabric", self.fabric(clock_mhz=240), "-o", "p", mentions=["--clock-mhz 240"])
        self.refused("map", "fw", "--fabric", self.fabric(total_ns=9000), "-o", "p", mentions=["the budget is 9000 ns"])
        self.refused("map", "fw", "--fabric", self.fabric(per_board="0"), "-o", "p", mentions=["f.toml:", "link.per_board"])
        self.refused("map", "fw", "--fabric", "missing.toml", "-o", "p", mentions=["missing.toml"])
        self.refused("map", "nothing", "--fabric", FABRIC, "-o", "p", mentions=["nothing"])
        self.refused("simulate", "fw", mentions=["plan.json"])
        self.assertFalse(os.path.exists(self.path("p")))

    def test_examples_of_the_help(self):
        for verb in ("map", "simulate"):
            help_text = self.tool(verb, "--help").stdout
            example = re.search(r"Example: (.*)", help_text, re.S).group(1).replace("\n", " ").strip()
            for command in example.split("&&"):
                words = command.split()
                self.assertEqual(words[0], "trigstone")
                self.tool(*words[1:])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
