"""Many machines and many files: `mpirun … trigstone events generate`, --shard, and lists where a file is accepted.

Run as: shards_test.py TRIGSTONE
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TRIGSTONE = sys.argv[1]
MODEL = """trigstone.graph/1 "hardest"
%0 "tokens" = input() {format = <12,1,RND_CONV,SAT>, shape = [4,14]} : <12,1>[4,14]
%1 "logit" = reshape(%0) {shape = [56]} : <12,1>[56]
output "logit" = %1
"""
GENERATE = ["events", "generate", "--process", "zmumu", "minbias", "--events", "5", "--pileup", "3", "--threads", "1"]


class Shards(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def run_tool(self, *arguments, launcher=()):
        return subprocess.run([*launcher, TRIGSTONE, *arguments], capture_output=True, text=True, timeout=200,
                              stdin=subprocess.DEVNULL, check=False)

    def ok(self, *arguments, launcher=()):
        done = self.run_tool(*arguments, launcher=launcher)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def outputs(self, events):
        """What a model says of every event, as bytes."""
        with open(self.path("m.graph.txt"), "w", encoding="utf-8") as file:
            file.write(MODEL)
        self.ok("run", self.path("m.graph.txt"), "-i", events, "-o", self.path("y.npy"), "--engine", "interpret")
        with open(self.path("y.npy"), "rb") as file:
            return file.read()

    def summary(self, events):
        return json.loads(self.ok("events", "info", events, "--json"))

    def joined(self, shards):
        """The one file that shards make, as bytes: every column, attribute and their order."""
        out = self.path("all.h5")
        self.ok("events", "convert", shards, "-o", out)
        with open(out, "rb") as file:
            return file.read()

    def test_shards_by_hand(self):
        whole = self.path("whole.h5")
        self.ok(*GENERATE, "-o", whole)
        for number in range(3):
            said = json.loads(self.ok(*GENERATE, "-o", self.path("tt.h5"), "--shard", f"{number}/3", "--json"))
            self.assertEqual(said["file"], self.path(f"tt.{number}-of-3.h5"))
        self.assertEqual(said["list"], self.path("tt.list"))
        want = self.outputs(whole)
        self.assertEqual(self.outputs(self.path("tt.list")), want)
        self.assertEqual(self.summary(self.path("tt.list")), self.summary(whole))
        # The same from a folder, and joined into one file.
        os.mkdir(self.path("folder"))
        for number in range(3):
            os.rename(self.path(f"tt.{number}-of-3.h5"), self.path(f"folder/{number}.h5"))
        self.assertEqual(self.outputs(self.path("folder")), want)
        self.ok("events", "convert", self.path("folder"), "-o", self.path("joined.h5"))
        self.assertEqual(self.outputs(self.path("joined.h5")), want)
        lost = self.run_tool("events", "info", self.path("tt.list"))
        self.assertEqual(lost.returncode, 1)
        self.assertRegex(lost.stderr, r"tt.list:1: error: no event file .* — ")

    def test_mpirun(self):
        mpirun = shutil.which("mpirun")
        if mpirun is None:
            if os.environ.get("CI"):
                self.fail("CI needs mpirun")
            self.skipTest("no mpirun: apt-get install openmpi-bin")
        self.ok(*GENERATE, "-o", self.path("whole.h5"))
        want = self.summary(self.path("whole.h5"))
        with open(self.path("whole.h5"), "rb") as file:
            whole = file.read()
        for processes in (1, 2, 3):
            out = self.path(f"of{processes}")
            self.ok(*GENERATE, "-o", out + ".h5",
                    launcher=[mpirun, "--allow-run-as-root", "--oversubscribe", "-n", str(processes)])
            with open(out + ".list", encoding="utf-8") as file:
                self.assertEqual(file.read().split(), [f"of{processes}.{k}-of-{processes}.h5" for k in range(processes)])
            self.assertEqual(self.summary(out + ".list"), want)
            self.assertTrue(self.joined(out + ".list") == whole, f"{processes} processes give other events")

    def test_refusals(self):
        for text in ("3/3", "-1/2", "1/2/3"):
            done = self.run_tool(*GENERATE, "-o", self.path("x.h5"), "--shard=" + text)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(f"--shard {text}: error: is not K/N with K from 0 to N - 1 — ", done.stderr)
        self.assertEqual(os.listdir(self.dir), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
