"""What converted files keep of what their sources say: the process, pile-up, labels; `python -m trigstone.convert`."""

import json
import os
import re
import subprocess
import sys
import unittest

from convert_testing import SOURCE, TRIGSTONE, Case, interop

import awkward as ak
import h5py
import numpy as np
import pyarrow
import pyarrow.parquet
import uproot

from trigstone import process
from trigstone.kinds import delphes
from trigstone.sources import open_source


class Processes(Case):
    def names(self, got):
        return [process.PROCESS_NAMES[code] for code in got["events/process"]]

    def test_the_list_is_that_of_the_program(self):
        with open(os.path.join(SOURCE, "src/events/event.h"), encoding="utf-8") as file:
            listing = re.search(r"kProcessNames = \{(.*?)\}", file.read(), re.DOTALL).group(1)
        self.assertEqual(list(process.PROCESS_NAMES), re.findall(r'"(\w+)"', listing))

    def test_names_of_samples(self):
        for text, name in (
            ("QCD_HT50toInf", "qcd"),
            ("VBFHbb", "vbf_hbb"),
            ("VBFHgammagamma", "vbf_hgamgam"),
            ("VBFHgluglu", "imported"),
            ("ggHtautau", "htautau"),
            ("ggHZZ", "imported"),
            ("HH_4b", "hh4b"),
            ("HH_bbtautau", "imported"),
            ("tt0123j_5f_ckm_LO_MLM_hadronic", "ttbar"),
            ("TTToSemiLeptonic", "ttbar"),
            ("ttW_incl", "imported"),
            ("ttH_incl", "imported"),
            ("DYJetsToLL_13TeV-madgraphMLM-pythia8", "imported"),  # which leptons, it does not say
            ("DYToMuMu_M-50", "zmumu"),
            ("ZJetsTovv", "znunu"),
            ("WJetsToLNu", "wlnu"),
            ("ZZ_leptonic", "imported"),
            ("minbias", "minbias"),
            ("MinBias_14TeV", "minbias"),
            ("GJets_HT-100To200", "gammajet"),
            ("llp", "llp"),
            ("", "imported"),
        ):
            self.assertEqual(process.PROCESS_NAMES[process.from_text(text)], name, text)

    def test_the_hard_process(self):
        for pdg, name in (
            ([6, -6], "ttbar"),
            ([6, -6, 24, -24, 5, -5, 11, -12, 1, -2], "ttbar"),
            ([6, -6, 25], "imported"),  # ttH
            ([6, -6, 23], "imported"),  # ttZ
            ([23, 11, -11], "zee"),
            ([13, -13, 21, 1], "zmumu"),  # off the peak no Z is written
            ([23, 23, 11, -11, 5, -5], "imported"),  # ZZ
            ([23, 25, 11, -11, 5, -5], "imported"),  # ZH
            ([23, 15, -15, 1], "ztautau"),
            ([23, 14, -14, 21], "znunu"),
            ([24, -11, 12, 2], "wlnu"),
            ([-24, 13, -14], "wlnu"),
            ([24, 23, -11, 12, 1, -1], "imported"),  # WZ
            ([-11, 12, 1, -2], "imported"),
            ([11, -13], "imported"),
            ([22, 1], "gammajet"),
            ([22, 22], "imported"),
            ([21, 21, 5], "qcd"),
            ([21], "imported"),
            ([25, 5, -5], "hbb"),
            ([25, 22, 22], "hgamgam"),
            ([25, 15, -15], "htautau"),
            ([25, 5, -5, 1, 2], "imported"),  # vector-boson fusion, or gluon fusion and two jets
            ([25, 25, 5, -5, 5, -5], "hh4b"),
            ([25, 25, 5, -5, 4, -4], "imported"),
            ([32, 11, -11], "imported"),
            ([1000006, -1000006], "imported"),
            ([], "imported"),
        ):
            code = process.from_hard_process(ak.Array([pdg, [6, -6]]))
            got = [process.PROCESS_NAMES[i] for i in code]
            self.assertEqual(got, [name, "ttbar"], pdg)

    def test_real_files(self):
        got = self.converted(interop("coffea/nano_dy.root"))
        tree = uproot.open(interop("coffea/nano_dy.root"))["Events"]
        hard = (tree["GenPart_statusFlags"].array() >> 7) & 1 == 1
        code = abs(tree["GenPart_pdgId"].array()[hard])
        for number, name in ((11, "zee"), (13, "zmumu"), (15, "ztautau")):
            self.assertEqual(self.names(got).count(name), int(ak.sum(ak.any(code == number, axis=1))))
        jets = self.converted(interop("jetclass2/JetClassII_example.parquet"))
        table = pyarrow.parquet.read_table(interop("jetclass2/JetClassII_example.parquet"))
        resonance = ak.any(ak.from_arrow(table["aux_genpart_isResX"]) > 0, axis=1)
        self.assertEqual(self.names(jets), ["imported" if there else "qcd" for there in resonance])
        lhe = self.converted(interop("scikit-hep/pylhe-testfile-pythia-6.413-ttbar.lhe"))
        self.assertEqual(set(self.names(lhe)), {"ttbar"})

    def test_named_by_the_user(self):
        path = interop("scikit-hep/uproot-HZZ.root")
        got = self.converted(path, flags=("--process", "tt"))
        self.assertEqual(set(self.names(got)), {"ttbar"})
        self.assertEqual(set(self.names(self.converted(path))), {"imported"})
        err = self.refused(path, "--process", "higgs")
        self.assertIn("--process: error: no process 'higgs' — one of minbias, qcd,", err)

    def collide(self, name, **columns):
        path = self.path(name)
        columns = {f"L1T_PFCand_{field}": [[1.0], [2.0]] for field in ("PT", "Eta", "Phi")} | columns
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return self.names(self.converted(path))

    def test_collide2v(self):
        self.assertEqual(self.collide("QCD_HT50tobb-NEVENT10000-RS25000001.parquet"), ["qcd"] * 2)
        self.assertEqual(self.collide("events.parquet"), ["imported"] * 2)
        self.assertEqual(
            self.collide("QCD-NEVENT1-RS1.parquet", process=["VBFHbb", "ZZ_leptonic"]),
            ["vbf_hbb", "imported"],
        )

    def test_jetclass_flags(self):
        columns = {f"part_p{axis}": ak.Array([[3.0], [4.0], [5.0]]) for axis in "xyz"}
        columns["part_charge"] = ak.Array([[1], [1], [0]])
        columns |= {"label_QCD": np.array([1, 0, 0]), "label_Tbqq": np.array([0, 1, 0])}
        columns["label_Zqq"] = np.array([0, 0, 0])
        path = self.path("jets.root")
        with uproot.recreate(path) as file:
            file["tree"] = columns
        self.assertEqual(self.names(self.converted(path)), ["qcd", "ttbar", "imported"])

    def test_pythia_says_minimum_bias(self):
        columns = {
            "Event.Number": ak.Array([[1], [2]]),
            "Event.ProcessID": ak.Array([[101], [111]]),
            "Particle.Status": ak.Array([[21, 23, 23], [21, 23, 23]]),
            "Particle.PID": ak.Array([[21, 21, 21], [21, 21, 21]]),
        }
        for field in ("PT", "Eta", "Phi"):
            columns[f"Particle.{field}"] = ak.Array([[1.0, 1, 1], [1, 1, 1]])
            columns[f"Track.{field}"] = ak.Array([[1.0], [1.0]])
        columns["Track.Charge"] = ak.Array([[1], [1]])
        path = self.path("delphes.root")
        with uproot.recreate(path) as file:
            file["Delphes"] = columns
        self.assertEqual(self.names(self.converted(path)), ["minbias", "qcd"])


class Copies(Case):
    """`trigstone events convert` joins converted files, and drops nothing."""

    def columns(self, path):
        with h5py.File(path) as file:
            names = [f"{group}/{name}" for group in file for name in file[group]]
            text = lambda value: value.decode() if isinstance(value, bytes) else value
            return {name: file[name][:] for name in names}, {k: text(v) for k, v in file.attrs.items()}

    def test_all_columns_and_attributes_stay(self):
        sources = (interop("jetclass2/JetClassII_example.parquet"), interop("coffea/nano_dy.root"))
        for number, source in enumerate(sources):
            made, copy = self.path("made.h5"), self.path(f"copy{number}.h5")
            self.assertEqual(self.run_convert(source, "-o", made)[0], 0)
            self.trigstone("events", "convert", made, "-o", copy)
            (want, said), (got, says) = self.columns(made), self.columns(copy)
            for name in got.keys() - want.keys():  # what only the detector of ours measures
                self.assertFalse(np.any(got[name]), name)
            for name, values in want.items():
                np.testing.assert_array_equal(got[name], values, name)
            for name, value in said.items():
                self.assertEqual(says[name], value, name)
        self.assertGreater(len(set(self.columns(self.path("copy0.h5"))[0]["truth/label"])), 20)
        shown = json.loads(self.trigstone("events", "show", self.path("copy0.h5"), "--event", "5", "--json"))
        label = pyarrow.parquet.read_table(sources[0])["jet_label"][5].as_py()
        self.assertEqual(shown["label"], label)
        self.assertIn(
            f", label {label}", self.trigstone("events", "show", self.path("copy0.h5"), "--event", "5")
        )
        info = json.loads(self.trigstone("events", "info", self.dir, "--json"))
        self.assertEqual(info["source_kind"], "jetclass\nnanoaod")
        self.assertEqual(info["weight_unit"], "as in source file")

    def test_charge(self):
        path = interop("coffea/nano_dy.root")
        got, tree = self.converted(path), uproot.open(path)["Events"]
        for kind, name in ((1, "Electron"), (2, "Muon")):
            chosen = got["tokens/kind"] == kind
            self.assertEqual(
                int(got["tokens/charge"][chosen].sum()), int(ak.sum(tree[f"{name}_charge"].array()))
            )
            self.assertTrue(np.all(abs(got["tokens/charge"][chosen]) == 1))
        self.assertFalse(np.any(got["tokens/charge"][got["tokens/kind"] >= 3]))

    def trigstone(self, *arguments):
        done = subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class PileUp(Case):
    def test_references_of_delphes(self):
        path = interop("delphes/events_delphes_example.root")
        self.assertEqual(int(self.converted(path)["tokens/is_pileup"].sum()), 0)  # it has no pile-up
        # The same events, had every third particle come from pile-up.
        source = open_source(path)
        plan = delphes.Plan(source)
        (arrays,) = list(source.blocks(plan.columns))
        arrays["Particle.IsPU"] = ak.values_astype(arrays["Particle.fUniqueID"] % 3 == 0, "int32")
        marked = plan.block(arrays).tokens["is_pileup"]
        refs = arrays["ParticleFlowCandidate.Particles"]["refs"]
        pt = arrays["Particle.PT"]
        several = 0
        for event in range(3):
            row = dict(zip(arrays["Particle.fUniqueID"][event].to_list(), pt[event].to_list()))
            verdict = marked[event].to_list()
            for token, numbers in enumerate(refs[event].to_list()):
                total = sum(row.get(uid, 0) for uid in numbers)
                pileup = sum(row.get(uid, 0) for uid in numbers if uid % 3 == 0)
                self.assertEqual(verdict[token], int(pileup > 0.5 * total), (event, token))
                several += len(set(numbers) & row.keys()) > 1
        self.assertGreater(several, 0)
        self.assertGreater(int(ak.sum(marked)), 0)

    def edm4hep(self, ends, numbers):
        """Two events of two and one particles, linked to generated ones, the second of which is overlaid."""
        columns = {
            "Particle.PDG": ak.Array([[211, 22], [13]]),
            "Particle.generatorStatus": ak.Array([[1, 1], [1]]),
            "Particle.simulatorStatus": ak.Array([[0, 1 << 23], [1 << 23]]),
            "Reco.charge": ak.Array([[1.0, 0.0], [1.0]]),
            "Reco.goodnessOfPID": ak.Array([[1.0, 1.0], [1.0]]),
            "Link.weight": ak.Array([[0.3, 0.7, 1.0], [0.4]]),
            f"{ends[0]}.index": ak.Array(numbers[0]),
            f"{ends[1]}.index": ak.Array(numbers[1]),
        }
        for i, axis in enumerate("xyz"):
            columns[f"Particle.momentum.{axis}"] = ak.Array([[2.0 + i, 1.0], [4.0]])
            columns[f"Reco.momentum.{axis}"] = ak.Array([[2.0 + i, 1.0], [4.0]])
        path = self.path("edm4hep.root")
        with uproot.recreate(path) as file:
            file["events"] = columns
        return self.converted(path)

    def test_links_of_edm4hep(self):
        for ends in (("_Link_from", "_Link_to"), ("_Link_rec", "_Link_sim"), ("Link#0", "Link#1")):
            # The first particle is 0.3 of particle 0 and 0.7 of particle 1, the second is particle 0's.
            got = self.edm4hep(ends, ([[0, 0, 1], [0]], [[0, 1, 0], [0]]))
            self.assertEqual(got["attributes"]["collection"], "Reco")
            self.assertEqual(got["tokens/is_pileup"].tolist(), [1, 0, 1], ends)
        # Links that lead nowhere tell nothing.
        got = self.edm4hep(("Link#0", "Link#1"), ([[7, -1, 1], [0]], [[0, 1, 9], [-1]]))
        self.assertEqual(got["tokens/is_pileup"].tolist(), [0, 0, 0])

    def test_objects_and_candidates_of_nanoaod(self):
        path = interop("coffea/nano_dy.root")
        got, tree = self.converted(path), uproot.open(path)["Events"]
        jets = got["tokens/kind"] == 4
        self.assertEqual(
            int(got["tokens/is_pileup"][jets].sum()), int(ak.sum(tree["Jet_genJetIdx"].array() < 0))
        )
        self.assertEqual(int(got["tokens/is_pileup"][~jets].sum()), 0)
        columns = {"run": np.ones(1), "luminosityBlock": np.ones(1), "event": np.ones(1)}
        columns |= {f"PFCands_{name}": ak.Array([[3.0, 2.0, 1.0]]) for name in ("pt", "eta", "phi")}
        columns |= {
            "PFCands_pdgId": ak.Array([[211, 211, 22]]),
            "PFCands_fromPV": ak.Array([[3, 0, 0]]),
        }
        made = self.path("pf.root")
        with uproot.recreate(made) as file:
            file["Events"] = columns
        self.assertEqual(self.converted(made)["tokens/is_pileup"].tolist(), [0, 1, 0])

    def test_level1_tuple(self):
        columns = {f"L1PFCands_{name}": ak.Array([[3.0, 2.0]]) for name in ("pt", "eta", "phi")}
        columns["L1PFCands_isPU"] = ak.Array([[0, 1]])
        path = self.path("l1.root")
        with uproot.recreate(path) as file:
            file["Events"] = columns
        self.assertEqual(self.converted(path)["tokens/is_pileup"].tolist(), [0, 1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
