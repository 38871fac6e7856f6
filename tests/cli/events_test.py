"""Events as a user meets them: toy collisions, copies of a hard one, trigger words there and back, and
the settings of the generator script.

Run as: events_test.py TRIGSTONE
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TRIGSTONE = sys.argv[1]
SCRIPT = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "generate_events.py")


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        made = subprocess.run([TRIGSTONE, "events", "generate", "--process", "toy", "--events", "8",
                               "--resimulate", "2", "--pileup", "60", "--sample", "/nowhere", "-o",
                               os.path.join(cls.dir, "e.h5")], capture_output=True, text=True,
                              timeout=120)
        if made.returncode != 0:
            raise AssertionError(made.stderr)

    def tool(self, *arguments):
        return subprocess.run([TRIGSTONE, "events", *arguments], capture_output=True, text=True,
                              timeout=120)

    def path(self, name):
        return os.path.join(self.dir, name)

    def rows(self, name, kind):
        done = self.tool("words", self.path(name), "--object", kind, "--read", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_words_come_back(self):
        for kind in ("tracks", "puppi", "jets", "sums", "vertices"):
            for form in ("emp1", "emp2"):
                done = self.tool("words", self.path("e.h5"), "--object", kind, "--events", "4",
                                 "--form", form, "-o", self.path("p.txt"), "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                written = json.loads(done.stdout)
                rows = self.rows("p.txt", kind)
                self.assertEqual(len(rows), written["objects"])
                self.assertEqual({row["event"] for row in rows}, {0, 1, 2, 3})

    def test_sums_are_those_of_the_event(self):
        self.tool("words", self.path("e.h5"), "--object", "tracks", "--events", "1", "-o",
                  self.path("t.txt"))
        shown = json.loads(self.tool("show", self.path("e.h5"), "--json").stdout)
        tracks = [t for t in shown["tokens"]
                  if t["kind"] in ("track", "electron", "muon") and not t["remainder"]]
        rows = self.rows("t.txt", "tracks")
        self.assertEqual(len(rows), len(tracks))
        hardest, first = max(r["pt_gev"] for r in rows), tracks[0]["pt_gev"]
        self.assertAlmostEqual(hardest / first, 1, delta=0.01)

    def test_copies_share_their_hard_collision(self):
        first, second, third = (json.loads(self.tool("show", self.path("e.h5"), "--event", str(i),
                                                     "--json").stdout) for i in range(3))
        self.assertEqual(first["hard_id"], second["hard_id"])
        self.assertNotEqual(first["hard_id"], third["hard_id"])
        self.assertEqual(first["partons"], second["partons"])
        self.assertNotEqual(first["tokens"], second["tokens"])

    def test_bad_requests_are_named(self):
        with open(self.path("bad.txt"), "w") as file:
            file.write("Board X\n Quad/Chan : q00c0\n Link : 000\nFrame 0000 : 1v12\n")
        for arguments, text in (
                ((self.path("bad.txt"), "--read", "--object", "jets"), "bad.txt:4: error: '12' is no"),
                ((self.path("e.h5"), "--object", "cake", "-o", self.path("x")), "no trigger object"),
                ((self.path("e.h5"), "--events", "9", "-o", self.path("x")), "has no events 0..8"),
                ((self.path("e.h5"),), "no pattern file to write")):
            done = self.tool("words", *arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stderr)

    def test_the_generator_script_knows_every_process(self):
        checked = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        listed = subprocess.run([sys.executable, SCRIPT, "--list"], capture_output=True, text=True)
        asked = self.tool("generate", "--process", "none", "-o", self.path("x.h5"))
        self.assertEqual(asked.returncode, 1)
        names = asked.stderr.split("one of ")[1].strip().split(", ")
        self.assertEqual(sorted(listed.stdout.split()), sorted(set(names) - {"imported", "toy"}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
