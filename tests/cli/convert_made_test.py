"""`python -m trigstone.convert` on files made here: kinds that no file at hand has, and faults."""

import os
import subprocess
import sys
import unittest

from convert_testing import PYTHON, SOURCE, Case

import awkward as ak
import h5py
import numpy as np
import pyarrow
import pyarrow.parquet
import uproot


class MadeFiles(Case):
    """Kinds that no file at hand has, in their published layout."""

    PT = ak.Array([[20.0, 5.0], [], [7.0, 3.0, 1.0]])
    ETA = ak.Array([[0.5, -1.0], [], [2.0, -2.5, 0.1]])
    PHI = ak.Array([[0.1, 3.0], [], [-3.0, 1.0, 2.0]])
    PDG = ak.Array([[211, 22], [], [13, 130, -11]])
    CHARGE = ak.Array([[1, 0], [], [-1, 0, 1]])

    def tree(self, columns, name="Events"):
        path = self.path("made.root")
        with uproot.recreate(path) as file:
            file[name] = columns
        return path

    def parquet(self, columns):
        path = self.path("made.parquet")
        pyarrow.parquet.write_table(pyarrow.table({k: pyarrow.array(v) for k, v in columns.items()}), path)
        return path

    def check(self, got, kind):
        self.assertEqual(got["attributes"]["source_kind"], kind)
        self.assertEqual(got["counts"].tolist(), [2, 0, 3])
        self.close(got["tokens/pt_gev"], ak.flatten(self.PT))
        self.close(got["tokens/eta"], ak.flatten(self.ETA))
        self.close(got["tokens/phi"], ak.flatten(self.PHI))
        self.assertEqual(got["tokens/kind"].tolist(), [0, 3, 2, 4, 1])

    def test_level1_tuple(self):
        for names in (("L1PFCands", "L1PuppiCands"), ("L1PuppiCands",), ("L1PF",)):
            columns = {
                "run": np.ones(3, "u4"),
                "event": np.arange(3, dtype="u8"),
                "luminosityBlock": np.ones(3, "u4"),
                "genMet_pt": np.array([3.0, 4, 5], "f4"),
                "genMet_phi": np.array([0.0, 1, 2], "f4"),
                "L1PuppiJets_pt": self.PT,
                "L1PuppiJets_eta": self.ETA,
                "L1PuppiJets_phi": self.PHI,
            }
            for i, name in enumerate(names):
                columns.update(
                    {
                        f"{name}_pt": self.PT * (1 + i),
                        f"{name}_eta": self.ETA,
                        f"{name}_phi": self.PHI,
                        f"{name}_pdgId": self.PDG,
                        f"{name}_charge": self.CHARGE,
                        f"{name}_vz": self.ETA,
                    }
                )
            got = self.converted(self.tree(columns))
            self.check(got, "cmsl1")
            self.close(got["tokens/z0_cm"], [0.5, 0, 2.0, 0, 0.1])  # of neutral tokens 0
            self.close(got["truth/missing_y_gev"], [0, 4 * np.sin(1), 5 * np.sin(2)])

    def test_collide2v(self):
        columns = {}
        for name in ("L1T_PFCand", "FullReco_PFCand"):
            scale = 1 if name.startswith("L1T") else 9
            columns.update(
                {
                    f"{name}_PT": (self.PT * scale).to_list(),
                    f"{name}_Eta": self.ETA.to_list(),
                    f"{name}_Phi": self.PHI.to_list(),
                    f"{name}_PID": self.PDG.to_list(),
                    f"{name}_Charge": self.CHARGE.to_list(),
                    f"{name}_DZ": (self.ETA * 10).to_list(),
                }
            )
        columns["FullReco_GenMissingET_MET"], columns["FullReco_GenMissingET_Phi"] = (
            [[3.0], [], [5.0]],
            [[0.0], [], [0.0]],
        )
        columns["label"] = [4, 5, 6]
        got = self.converted(self.parquet(columns))
        self.check(got, "collide2v")
        self.close(got["tokens/z0_cm"], [0.5, 0, 2.0, 0, 0.1])
        self.close(got["truth/missing_x_gev"], [3, 0, 5])
        self.assertEqual(got["truth/label"].tolist(), [4, 5, 6])
        other = self.converted(self.parquet(columns), flags=("--collection", "FullReco_PFCand"))
        self.close(other["tokens/pt_gev"], ak.flatten(self.PT * 9))
        flat = {name: ak.Array(values) for name, values in columns.items() if name.startswith("L1T")}
        self.check(self.converted(self.tree(flat, "tree")), "collide2v")

    def test_lists_of_structures(self):
        rows = [
            [{"PT": p, "Eta": e, "Phi": f, "PID": i, "Charge": c} for p, e, f, i, c in zip(*event)]
            for event in zip(*(a.to_list() for a in (self.PT, self.ETA, self.PHI, self.PDG, self.CHARGE)))
        ]
        self.check(self.converted(self.parquet({"L1T_PFCand": rows})), "collide2v")

    def jetclass_columns(self):
        columns = {
            "part_px": self.PT * np.cos(self.PHI),
            "part_py": self.PT * np.sin(self.PHI),
            "part_pz": self.PT * np.sinh(self.ETA),
            "part_d0val": self.ETA,
            "part_charge": self.CHARGE,
        }
        for name, codes in (
            ("ChargedHadron", (211,)),
            ("Electron", (11,)),
            ("Muon", (13,)),
            ("Photon", (22,)),
            ("NeutralHadron", (130,)),
        ):
            columns[f"part_is{name}"] = ak.values_astype(abs(self.PDG) == codes[0], "int32")
        columns.update({"label_QCD": np.array([1, 0, 0], "f4"), "label_Hbb": np.array([0, 0, 1], "f4")})
        return columns

    def test_jetclass_root(self):
        got = self.converted(self.tree(self.jetclass_columns(), "tree"))
        self.check(got, "jetclass")
        self.close(got["tokens/dxy_cm"], [0.05, 0, 0.2, 0, 0.01])
        names = got["attributes"]["label_names"].split(",")
        self.assertEqual(
            [names[i] if i >= 0 else "" for i in got["truth/label"]], ["label_QCD", "", "label_Hbb"]
        )

    def test_jetclass_without_a_column(self):
        columns = self.jetclass_columns()
        del columns["part_d0val"], columns["part_isMuon"]
        got = self.converted(self.tree(columns, "tree"))
        self.assertEqual(got["tokens/kind"].tolist(), [0, 3, 0, 4, 1])  # a charged particle without its flag
        del columns["part_pz"]
        err = self.refused(self.tree(columns, "tree"), "--kind", "jetclass")
        self.assertIn("lacks part_pz", err)

    def test_particle_flow_of_nanoaod(self):
        columns = {
            "run": np.ones(3, "u4"),
            "event": np.arange(3, dtype="u8"),
            "luminosityBlock": np.ones(3, "u4"),
            "PV_z": np.array([1.0, 2, 3], "f4"),
            "PuppiMET_pt": np.ones(3, "f4"),
            "PuppiMET_phi": np.ones(3, "f4"),
        }
        for name, values in (
            ("pt", self.PT),
            ("eta", self.ETA),
            ("phi", self.PHI),
            ("pdgId", self.PDG),
            ("dz", self.ETA),
        ):
            columns[f"PFCands_{name}"] = values
        got = self.converted(self.tree(columns))
        self.check(got, "nanoaod")
        self.close(got["tokens/z0_cm"], [1.5, 0, 5, 0, 3.1])  # the source gives dz from the vertex

    def test_an_rntuple(self):
        path = self.path("made.root")
        columns = {
            "run": np.ones(3, "u4"),
            "event": np.arange(3, dtype="u8"),
            "luminosityBlock": np.ones(3, "u4"),
            "PFCands_pt": self.PT,
            "PFCands_eta": self.ETA,
            "PFCands_phi": self.PHI,
            "PFCands_pdgId": self.PDG,
        }
        with uproot.recreate(path) as file:
            file.mkrntuple("Events", columns)
        self.check(self.converted(path), "nanoaod")

    def test_values_that_are_none(self):
        pt, eta = ak.to_list(self.PT), ak.to_list(self.ETA)
        pt[0], eta[2] = [20.0, float("nan"), -1.0, float("inf"), 1e9], [2.0, float("inf"), 0.1]
        pad = lambda values: [(event * 5)[: len(pt[i])] for i, event in enumerate(values)]
        columns = {
            "L1T_PFCand_PT": pt,
            "L1T_PFCand_Eta": pad(eta),
            "L1T_PFCand_Phi": pad(ak.to_list(self.PHI)),
            "L1T_PFCand_PID": pad(ak.to_list(self.PDG)),
            "L1T_PFCand_D0": [[float("nan")] * len(e) for e in pt],
        }
        columns["L1T_PFCand_PT"] = columns["L1T_PFCand_PT"][:1] + [None] + columns["L1T_PFCand_PT"][2:]
        columns["L1T_PFCand_D0"][0] = None
        columns["L1T_PFCand_D0"][0] = [0.0] * 5
        got = self.converted(self.parquet(columns))
        self.assertEqual(got["counts"].tolist(), [1, 0, 2])
        self.assertIn("5 times: token without positive pT and finite direction, left out", got["said"])
        for name, values in got.items():
            if isinstance(values, np.ndarray):
                self.assertTrue(np.all(np.isfinite(values)), name)

    def test_several_files_and_a_cross_section(self):
        path = self.tree(self.jetclass_columns(), "tree")
        got = self.converted(path, path, flags=("--cross-section-pb", "12"))
        self.assertEqual((len(got["events/id"]), got["counts"].tolist()), (6, [2, 0, 3] * 2))
        self.assertEqual(got["events/id"].tolist(), list(range(6)))
        self.close(got["events/weight"].sum(), 12)

    def test_an_event_of_a_hundred_thousand_tokens(self):
        n = 100_000
        columns = {
            "L1T_PFCand_PT": [[1.0] * n, []],
            "L1T_PFCand_Eta": [[0.0] * n, []],
            "L1T_PFCand_Phi": [[0.0] * n, []],
        }
        got = self.converted(self.parquet(columns))
        self.assertEqual(got["counts"].tolist(), [129, 0])
        self.close(got["tokens/pt_gev"].astype("f8").sum(), n)

    def test_refusals(self):
        self.assertIn("columns of no known kind (it has a)", self.refused(self.tree({"a": np.ones(3)})))
        self.assertIn("lacks pt, eta, phi", self.refused(self.tree({"a_pt": self.PT}), "--collection", "a"))
        self.assertIn("holds no tree", self.refused(self.no_tree()))
        self.assertIn(
            "no event",
            self.refused(
                self.parquet(
                    {
                        f"L1T_PFCand_{f}": pyarrow.array([], pyarrow.list_(pyarrow.float32()))
                        for f in ("PT", "Eta", "Phi")
                    }
                )
            ),
        )
        self.assertIn("cannot be read: No such file", self.refused(self.path("nothing.root")))
        self.assertIn("is a folder", self.refused(self.dir))
        with open(self.path("text"), "w", encoding="utf-8") as file:
            file.write("hello")
        self.assertIn("neither ROOT, Parquet nor LHE", self.refused(self.path("text")))
        with h5py.File(self.path("some.h5"), "w"):
            pass
        self.assertIn("trigstone events convert", self.refused(self.path("some.h5")))
        tree = self.tree(self.jetclass_columns(), "tree")
        self.assertIn("--max-tokens: error: is negative", self.refused(tree, "--max-tokens", "-1"))
        self.assertIn("--cross-section-pb", self.refused(tree, "--cross-section-pb", "0"))
        self.assertIn("is a file of columns, not LHE", self.refused(tree, "--kind", "lhe"))
        self.assertIn("invalid choice", self.refused(tree, "--kind", "spreadsheet"))
        with open(self.path("e.lhe"), "w", encoding="utf-8") as file:
            file.write('<LesHouchesEvents version="1.0">\nnothing')
        self.assertIn("not a readable LHE file", self.refused(self.path("e.lhe")))
        status, _, err = self.run_convert(tree, "-o", self.path("missing/folder/x.h5"))
        self.assertEqual(status, 1)
        self.assertIn("cannot write", err)
        status, _, err = self.run_convert(tree, "-o", tree)
        self.assertIn("is the input too", err)

    def no_tree(self):
        path = self.path("none.root")
        with uproot.recreate(path) as file:
            file["h"] = np.histogram([1, 2, 3])
        return path

    def test_the_old_file_stays_until_the_new_one_is_whole(self):
        tree, out = self.tree(self.jetclass_columns(), "tree"), self.path("out.h5")
        with open(out, "w", encoding="utf-8") as file:
            file.write("old")
        self.assertEqual(self.run_convert(self.path("nothing.root"), "-o", out)[0], 1)
        with open(out, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")
        self.assertEqual(self.run_convert(tree, "-o", out)[0], 0)
        self.assertEqual(sorted(os.listdir(self.dir)), ["made.root", "out.h5"])

    def test_without_the_libraries(self):
        done = subprocess.run(
            [PYTHON, "-S", "-m", "trigstone.convert", "x.root", "-o", self.path("x.h5")],
            check=False,
            cwd=os.path.join(SOURCE, "python"),
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 1)
        self.assertRegex(
            done.stderr,
            r"^trigstone.convert: error: needs the Python library 'numpy' — pip install .*uproot.*\n$",
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
