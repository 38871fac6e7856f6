"""`trigstone trigger` as a user meets it: what it writes, what it prints, what it refuses.

Run as: trigger_test.py TRIGSTONE SOURCE_DIR   (the program, the repository)
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy

TRIGSTONE, SOURCE = sys.argv[1], sys.argv[2]
CLASSICAL = os.path.join(SOURCE, "configs", "menu_classical.toml")
DEMO = os.path.join(SOURCE, "configs", "menu_demo.toml")
# A network that says log2(1 + pT) / 10 of the hardest token.
MODEL = """trigstone.graph/1 "hardest"
%0 "tokens" = input() {format = <12,1,RND_CONV,SAT>, shape = [4,14]} : <12,1>[4,14]
%1 "logit" = reshape(%0) {shape = [56]} : <12,1>[56]
output "logit" = %1
"""


def run_tool(*arguments):
    return subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, check=False)


class Trigger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp()
        cls.events = os.path.join(cls.shared, "events.h5")
        cls.signal = os.path.join(cls.shared, "signal.h5")
        for path, *flags in [(cls.events, "minbias", "ttbar", "zmumu", "--events", "450"),
                             (cls.signal, "zmumu", "--events", "5")]:
            done = run_tool("events", "generate", "--process", *flags, "--pileup", "140", "-o", path)
            assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, name, content=None):
        path = os.path.join(self.dir, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        return path

    def menu(self, requirement, more=""):
        return self.path("menu.toml", f'{more}[[seed]]\nname = "s"\n[[seed.require]]\n{requirement}\n')

    def refused(self, *arguments, mentions=()):
        done = run_tool("trigger", *arguments)
        self.assertEqual(done.returncode, 1, f"{arguments}: {done.stdout}{done.stderr}")
        lines = [line for line in done.stderr.splitlines() if ": error: " in line]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        for text in mentions:
            self.assertIn(text, lines[0])

    def answer(self, *arguments):
        done = run_tool("trigger", *arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        return json.loads(done.stdout)

    def test_the_example_of_the_help_runs(self):
        text = run_tool("trigger", "--help").stdout
        example = re.search(r"Example: trigstone (trigger [^\n]*)", text).group(1)
        words = [self.events if word == "events.h5" else
                 os.path.join(SOURCE, word) if word.startswith("configs/") else
                 self.path(word) if word == "l1" else word for word in shlex.split(example)]
        done = run_tool(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in ("SinglePuppiJet160", "OR", "efficiency at", "classical menu", "ttbar"):
            self.assertIn(part, done.stdout)

    def test_the_folder_holds_results_decisions_and_the_menu(self):
        out = self.path("out")
        answer = self.answer(CLASSICAL, self.events, "-o", out)
        self.assertEqual(sorted(name for name in os.listdir(out) if not name.startswith(".")),
                         ["decisions.npz", "menu.toml", "results.json", "trigger.json"])
        with open(os.path.join(out, "trigger.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), answer)
        with open(CLASSICAL, encoding="utf-8") as one, open(os.path.join(out, "menu.toml"), encoding="utf-8") as two:
            self.assertEqual(one.read(), two.read())
        bits = numpy.load(os.path.join(out, "decisions.npz"))
        seeds = len(answer["seeds"])
        self.assertEqual(bits["initial"].shape, (450, seeds))
        self.assertTrue((bits["final"] <= bits["initial"]).all())
        # Rates and bits tell the same story.
        crossings = bits["process"] == 0
        self.assertEqual(answer["crossings"], crossings.sum())
        total = bits["initial"][crossings].any(axis=1).mean() * 31038.96
        if answer["rate"]["measured"]:
            self.assertAlmostEqual(answer["rate"]["khz"] / total, 1, places=6)
        page = self.path("report.html")
        done = run_tool("report", out, "-o", page)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(page, encoding="utf-8") as file:
            self.assertIn("Rates of the seeds", file.read())

    def test_nothing_is_printed_that_the_sample_cannot_measure(self):
        answer = self.answer(CLASSICAL, self.events, "-o", self.path("out"))
        self.assertLessEqual(answer["effective_crossings"], answer["crossings"])
        smallest = answer["smallest_rate_khz"]
        self.assertAlmostEqual(smallest, 31038.96 / answer["effective_crossings"], places=3)
        self.assertGreaterEqual(answer["equal_rate_khz"], 300)
        for seed in answer["seeds"]:
            if seed["rate"]["measured"]:
                self.assertGreaterEqual(seed["rate"]["khz"], smallest)
            else:
                self.assertGreater(seed["rate"]["upper_limit_95_khz"], smallest)

    def test_results_do_not_depend_on_threads(self):
        one = self.answer(CLASSICAL, self.events, "-o", self.path("a"), "--threads", "1")
        self.assertEqual(one, self.answer(CLASSICAL, self.events, "-o", self.path("b"), "--threads", "3"))

    def test_a_network_takes_part(self):
        model = self.path("model.graph.txt", MODEL)
        answer = self.answer(DEMO, self.events, "-o", self.path("out"), "--head", "accept=" + model)
        kinds = {seed["name"]: seed["kind"] for seed in answer["seeds"]}
        self.assertEqual(kinds["Accept"], "head")
        self.assertEqual(answer["equal_rate"][-1]["name"], "classical menu")
        for row in answer["equal_rate"]:
            self.assertLessEqual(row["rate_khz"], answer["equal_rate_khz"])
            self.assertEqual(set(row["efficiency"]), {"ttbar", "zmumu"})

    def test_wrong_menus(self):
        out = self.path("out")
        good = 'object = "ht"\nmin_gev = 100'
        for requirement, more, mention in [
                ('object = "jets"\npt_min_gev = 3', "", "unknown object 'jets'"),
                (good + "\ncolour = 3", "", "unknown key 'colour'"),
                ('object = "head"\nhead = "x"\nthreshold = 1', "", "no head 'x'"),
                (good, '[[head]]\nname = "h"\nmodel = "absent.onnx"\n', "absent.onnx")]:
            self.refused(self.menu(requirement, more), self.events, "-o", out, mentions=["menu.toml:", mention])
        self.refused(self.path("absent.toml"), self.events, "-o", out, mentions=["absent.toml"])
        self.refused(self.path("broken.toml", "= 3\n"), self.events, "-o", out, mentions=["broken.toml:1"])
        self.assertFalse(os.path.exists(out))

    def test_wrong_events(self):
        out = self.path("out")
        self.refused(CLASSICAL, self.path("absent.h5"), "-o", out, mentions=["absent.h5"])
        self.refused(CLASSICAL, self.path("garbage.h5", "garbage"), "-o", out, mentions=["garbage.h5"])
        self.refused(CLASSICAL, self.signal, "-o", out, mentions=["signal.h5", "no minimum-bias event"])
        self.assertFalse(os.path.exists(out))

    def test_wrong_flags(self):
        out = self.path("out")
        self.refused(CLASSICAL, self.events, mentions=["--output"])
        self.refused(CLASSICAL, self.events, "-o", out, "--head", "accept", mentions=["NAME=PATH"])
        self.refused(CLASSICAL, self.events, "-o", out, "--head", "accept=m.onnx", mentions=["no such head"])
        self.refused(CLASSICAL, self.events, "-o", out, "--equal-rate-khz", "1",
                     mentions=["--equal-rate-khz", "effective crossings"])
        self.refused(CLASSICAL, self.events, "-o", out, "--equal-rate-khz", "-5")
        self.assertFalse(os.path.exists(out))

    def test_a_users_own_folder_is_left_alone(self):
        out = self.path("mine")
        os.mkdir(out)
        self.path("mine/thesis.txt", "years of work")
        self.refused(CLASSICAL, self.events, "-o", out, mentions=["mine"])
        self.assertEqual(os.listdir(out), ["thesis.txt"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
