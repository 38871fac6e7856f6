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

    def test_standalone_muons_go_from_the_event_to_the_board(self):
        made = self.tool("generate", "--process", "zmumu", "--events", "12", "--pileup", "0", "-o",
                         self.path("z.h5"))
        self.assertEqual(made.returncode, 0, made.stderr)
        shown = [json.loads(self.tool("show", self.path("z.h5"), "--event", str(i), "--json").stdout)
                 ["standalone_muons"] for i in range(12)]
        count = sum(len(muons) for muons in shown)
        self.assertGreater(count, 4)
        info = json.loads(self.tool("info", self.path("z.h5"), "--json").stdout)
        self.assertAlmostEqual(info["processes"]["zmumu"]["standalone_muons"], count / 12)
        for kind in ("samuons", "regionmuons"):
            self.tool("words", self.path("z.h5"), "--object", kind, "--events", "12", "-o",
                      self.path("m.txt"))
            rows = self.rows("m.txt", kind)
            for event, muons in enumerate(shown):
                found = {round(row["pt_gev"], 6) for row in rows if row["event"] == event}
                step = 32 if kind == "samuons" else 4
                exact = {m["pt_gev"] * step for m in muons}
                self.assertEqual(len(found), len(exact))
                for pt in exact:
                    self.assertLess(min(abs(pt - step * f) for f in found), 1)
        with_text = self.tool("show", self.path("z.h5"), "--event", "0").stdout
        self.assertIn(f"{len(shown[0])} stand-alone muons", with_text)

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


class Views(unittest.TestCase):
    """tools/generate_views.py; what needs no Pythia is tested everywhere."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, os.path.dirname(SCRIPT))
        import generate_views

        cls.views = generate_views

    def test_the_hard_process_runs_once(self):
        for name, parts in self.views.library.ALL_PROCESSES.items():
            if name in self.views.WITHOUT_VIEWS:
                continue
            for lines, _ in parts:
                kept = self.views.shower_settings(lines, 0.5, "hard.lhe")
                self.assertLess(len([line for line in lines if line in kept]), len(lines), name)
                on = [line for line in kept if line.endswith("= on") and not line[0].isdigit()]
                self.assertLessEqual(set(on), {"Higgs:useBSM = on"}, name)
                self.assertEqual(kept[-4:], [
                    "Beams:frameType = 4", "Beams:LHEF = hard.lhe",
                    "TimeShower:renormMultFac = 0.25", "SpaceShower:renormMultFac = 0.25"])
                decays = [line for line in lines if line[0].isdigit()]
                self.assertEqual([line for line in kept if line[0].isdigit()], decays)

    def test_rows_of_one_collision_lie_together(self):
        # The second view lost collision 1, the first one collision 4.
        rows = [{0: 0, 1: 1, 2: 2, 3: 3}, {0: 4, 2: 5, 3: 6, 4: 7}]
        self.assertEqual(self.views.order_of_rows(rows, 9), [0, 4, 2, 5, 3, 6])
        self.assertEqual(self.views.order_of_rows(rows, 2), [0, 4, 2, 5])

    def test_scales_go_into_the_listing(self):
        listing = "<event>\n 2 9999 1.0 0.0 0.0 0.0\n 21 -1\n#pdf 0 0\n</event>\n"
        self.assertEqual(self.views.with_scales(listing * 2, [91.25, 125]).count("#pdf"), 0)
        self.assertIn(" 2 9999 1.0 1.25000000e+02 0.0 0.0\n 21 -1\n",
                      self.views.with_scales(listing * 2, [91.25, 125]))

    def test_what_is_recorded(self):
        text = self.views.describe([1.0, 2.0], 100)
        self.assertEqual(text.splitlines()[1], "[view 1] scale 2: TimeShower:renormMultFac = 4, "
                         "SpaceShower:renormMultFac = 4, Random:seed = 160 + part")
        seeds = {self.views.view_seed(100, part, view) for part in range(6) for view in range(4)}
        self.assertEqual(len(seeds), 24)
        self.assertFalse(seeds & set(range(100, 106)))

    def test_scales_are_checked(self):
        import argparse

        self.assertEqual(self.views.parse_scales("1,0.5"), [1, 0.5])
        for text in ("", "one", "1,10", "0"):
            with self.assertRaises(argparse.ArgumentTypeError):
                self.views.parse_scales(text)

    def test_copies_take_the_views(self):
        if self.views.library.pythia8mc is None:
            self.skipTest("pythia8mc is not installed")
        import h5py

        with tempfile.TemporaryDirectory() as place:
            script = os.path.join(os.path.dirname(SCRIPT), "generate_views.py")
            subprocess.run([sys.executable, script, "-o", place, "--process", "zmumu", "--collisions", "6"],
                           check=True, capture_output=True, timeout=300)
            with h5py.File(os.path.join(place, "zmumu.h5")) as file:
                self.assertEqual(file.attrs["views"], 3)
                partons = file["partons/pt_gev"][:].reshape(6, 3, 2)
                particles = file["particles/offset"][:]
            self.assertTrue((partons == partons[:, :1]).all())  # the hard process is the same
            self.assertEqual(len(set(particles[1:4] - particles[:3])), 3)  # the showers are not
            made = os.path.join(place, "e.h5")
            subprocess.run([TRIGSTONE, "events", "generate", "--process", "zmumu", "--sample", place,
                            "--resimulate", "3", "--events", "18", "--pileup", "0", "-o", made], check=True,
                           capture_output=True, timeout=300)
            with h5py.File(made) as file:
                self.assertEqual(file["events/hard_id"][:].tolist(), [i // 3 for i in range(18)])
                found = file["truth/parton_pt_gev"][:].reshape(6, 3, 2)
            self.assertTrue((found == partons).all())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
