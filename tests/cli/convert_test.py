"""`python -m trigstone.convert` on real files, against what uproot, pyarrow and pylhe themselves say of them."""

import gzip
import subprocess
import unittest
import sys
import zlib

from convert_testing import MODEL, TRIGSTONE, Case, interop

import awkward as ak
import h5py
import numpy as np
import pyarrow.parquet
import pylhe
import uproot


class RealFiles(Case):
    def test_nanoaod(self):
        path = interop("coffea/nano_dy.root")
        got, tree = self.converted(path), uproot.open(path)["Events"]
        self.assertEqual(got["attributes"]["source_kind"], "nanoaod")
        self.assertEqual(len(got["events/id"]), tree.num_entries)
        for kind, name in ((1, "Electron"), (2, "Muon"), (3, "Photon"), (4, "Jet")):
            pt = ak.flatten(tree[f"{name}_pt"].array())
            mine = got["tokens/pt_gev"][got["tokens/kind"] == kind]
            self.close(np.sort(mine), np.sort(ak.to_numpy(pt)))
        # What the objects leave of the missing momentum is a remainder.
        met, phi = tree["PuppiMET_pt"].array().to_numpy(), tree["PuppiMET_phi"].array().to_numpy()
        np.testing.assert_allclose(self.vector(got), -met * np.cos(phi), atol=2e-3)
        np.testing.assert_allclose(self.vector(got, np.sin), -met * np.sin(phi), atol=2e-3)
        self.close(got["events/weight"].astype("f8").sum(), ak.sum(tree["genWeight"].array()))
        self.assertEqual(got["events/pileup"].tolist(), tree["Pileup_nPU"].array().tolist())
        self.assertEqual(np.diff(got["truth/jet_offset"]).tolist(), tree["nGenJet"].array().tolist())
        self.close(got["truth/jet_pt_gev"], ak.flatten(tree["GenJet_pt"].array()))
        muons = got["tokens/kind"] == 2
        z0 = ak.flatten(tree["Muon_dz"].array() + tree["PV_z"].array())
        self.close(np.sort(got["tokens/z0_cm"][muons]), np.sort(ak.to_numpy(z0)))

    def test_delphes(self):
        path = interop("delphes/events_delphes_example.root")
        tree = uproot.open(path)["Delphes"]
        part = {
            name: tree[f"ParticleFlowCandidate.{name}"].array()
            for name in ("PT", "Phi", "Eta", "Charge", "PID", "D0")
        }
        good = part["PT"] > 0
        every = self.converted(path, flags=("--max-tokens", "0"))
        self.assertEqual(every["counts"].tolist(), ak.sum(good, axis=1).tolist())
        self.assertIn(f"{int(ak.sum(~good))} times", every["said"])
        self.close(every["tokens/pt_gev"], ak.flatten(ak.sort(part["PT"][good], axis=1, ascending=False)))
        code, kind = abs(part["PID"][good]), every["tokens/kind"]
        for number, pdg in ((1, 11), (2, 13), (3, 22)):
            self.assertEqual(np.sum(kind == number), ak.sum(code == pdg))
        self.assertEqual(np.sum(kind == 4), ak.sum((part["Charge"][good] == 0) & (code != 22)))
        charged = part["Charge"][good] != 0
        self.close(
            np.sort(every["tokens/dxy_cm"][kind < 3]),
            np.sort(ak.to_numpy(ak.flatten(part["D0"][good][charged]))) / 10,
        )
        # At most 128 and a remainder a kind; the sum over the event stays.
        cut = self.converted(path)
        plain = cut["tokens/kind"] < 8
        plain_counts = ak.sum(ak.unflatten(plain, cut["counts"]), axis=1)
        self.assertEqual(plain_counts.tolist(), np.minimum(128, every["counts"]).tolist())
        np.testing.assert_allclose(self.vector(cut), self.vector(every), atol=1e-3)
        self.assertGreater(np.sum(~plain), 0)
        self.assertEqual(
            np.diff(cut["truth/jet_offset"]).tolist(), ak.num(tree["GenJet.PT"].array()).tolist()
        )
        met, phi = (ak.flatten(tree[f"GenMissingET.{name}"].array()).to_numpy() for name in ("MET", "Phi"))
        self.close(cut["truth/missing_x_gev"], met * np.cos(phi))
        self.assertEqual(cut["events/pileup"].tolist(), (ak.num(tree["Vertex.Z"].array()) - 1).tolist())
        self.close(cut["events/vertex_z_cm"], tree["Vertex.Z"].array()[:, 0] / 10)
        tower = self.refused(path, "--collection", "Nonsense")
        self.assertIn("collection Nonsense lacks pt, eta, phi", tower)

    def test_edm4hep(self):
        path = interop("coffea/edm4hep.root")
        got, tree = self.converted(path), uproot.open(path)["events"]
        x, y, z = (
            ak.flatten(tree[f"ReconstructedParticleCollection.momentum.{axis}"].array()).to_numpy()
            for axis in "xyz"
        )
        self.close(got["tokens/pt_gev"], np.hypot(x, y))
        self.close(got["tokens/eta"], np.arcsinh(z / np.hypot(x, y)))
        z0 = ak.flatten(tree["ReconstructedParticleCollection.referencePoint.z"].array()).to_numpy()
        self.close(got["tokens/z0_cm"], z0 / 10)
        self.assertEqual(got["tokens/kind"].tolist(), [0, 0, 0])  # charged, no lepton
        self.assertEqual(got["attributes"]["collection"], "ReconstructedParticleCollection")

    def test_jetclass(self):
        path = interop("jetclass2/JetClassII_example.parquet")
        got, table = self.converted(path), pyarrow.parquet.read_table(path)
        columns = {
            name: ak.from_arrow(table[name])
            for name in table.column_names
            if name.startswith(("part_", "jet_"))
        }
        self.assertEqual(len(got["events/id"]), table.num_rows)
        plain = got["tokens/kind"] < 8
        self.assertEqual(np.sum(plain), ak.sum(np.minimum(128, ak.num(columns["part_px"]))))
        for number, name in enumerate(("ChargedHadron", "Electron", "Muon", "Photon", "NeutralHadron")):
            if np.all(plain):
                self.assertEqual(np.sum(got["tokens/kind"] == number), ak.sum(columns[f"part_is{name}"]))
        self.close(self.vector(got), ak.sum(columns["part_px"], axis=1), 1e-4)
        self.close(self.vector(got, np.sin), ak.sum(columns["part_py"], axis=1), 1e-4)
        self.assertEqual(got["truth/label"].tolist(), columns["jet_label"].tolist())
        parts = np.diff(got["truth/parton_offset"]).tolist()
        self.assertEqual(parts, ak.num(ak.from_arrow(table["aux_genpart_pid"])).tolist())

    def test_plain_trees(self):
        for name in ("uproot-HZZ.root", "uproot-HZZ-uncompressed.root"):
            path = interop(f"scikit-hep/{name}")
            got, tree = self.converted(path), uproot.open(path)["events"]
            self.assertEqual(len(got["events/id"]), 2421)
            for kind, part in ((1, "Electron"), (2, "Muon"), (3, "Photon"), (4, "Jet")):
                x, y = (tree[f"{part}_P{axis}"].array() for axis in "xy")
                chosen = got["tokens/kind"] == kind
                self.assertEqual(np.sum(chosen), ak.sum(tree[f"N{part}"].array()))
                self.close(np.sum(got["tokens/pt_gev"][chosen], dtype="f8"), ak.sum(np.hypot(x, y)))
            np.testing.assert_allclose(self.vector(got), -tree["MET_px"].array().to_numpy(), atol=2e-3)
            self.close(got["events/weight"].astype("f8").sum(), ak.sum(tree["EventWeight"].array()))

    def test_lhe(self):
        for name in (
            "scikit-hep/pylhe-testfile-pythia-6.413-ttbar.lhe",
            "scikit-hep/pylhe-testfile-pythia-8.3.14-weakbosons.lhe",
            "pyhepmc/pp.lhe",
        ):
            path = interop(name)
            got, file = self.converted(path), pylhe.LHEFile.fromfile(path)
            events = list(file.events)
            with open(path, encoding="utf-8") as text:
                self.assertEqual(len(got["events/id"]), text.read().count("<event>"))
            out = [[p for p in event.particles if p.status == 1] for event in events]
            seen = [[p for p in particles if abs(p.id) not in (12, 14, 16)] for particles in out]
            self.assertEqual(got["counts"].tolist(), [len(particles) for particles in seen])
            self.assertEqual(
                np.diff(got["truth/parton_offset"]).tolist(), [len(particles) for particles in out]
            )
            self.close(self.vector(got), [sum(p.px for p in particles) for particles in seen], 1e-4)
            self.close(
                got["truth/missing_x_gev"],
                [sum(p.px for p in all_ if abs(p.id) in (12, 14, 16)) for all_ in out],
                1e-4,
            )
            self.close(got["events/weight"].sum(), sum(process.xSection for process in file.init.procInfo))
            self.assertEqual(got["attributes"]["weight_unit"], "pb")

    def test_the_program_takes_the_result(self):
        path, out, model, answers = (
            interop("coffea/nano_dy.root"),
            self.path("dy.h5"),
            self.path("m.graph.txt"),
            self.path("y.npy"),
        )
        self.assertEqual(self.run_convert(path, "-o", out)[0], 0)
        with open(model, "w", encoding="utf-8") as file:
            file.write(MODEL)
        for arguments in (["events", "show", out, "--event", "3"], ["run", model, "-i", out, "-o", answers]):
            done = subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        features = np.load(answers).reshape(40, 4, 14)
        with h5py.File(out) as file:
            first = file["tokens/pt_gev"][file["tokens/offset"][:-1]]
            remainder = file["tokens/kind"][file["tokens/offset"][:-1]] >= 8
        want = np.clip(np.log2(1 + first) / 10, 0, 1)
        np.testing.assert_allclose(features[~remainder, 0, 0], want[~remainder], atol=2**-11)

    def test_truncated(self):
        for name in (
            "coffea/nano_dy.root",
            "jetclass2/JetClassII_example.parquet",
            "scikit-hep/pylhe-testfile-pythia-8.3.14-weakbosons.lhe",
            "delphes/events_delphes_example.root",
        ):
            with open(interop(name), "rb") as file:
                content = file.read()
            for share in (0.01, 0.3, 0.6, 0.97):
                broken = self.path("broken.bin")
                with open(broken, "wb") as file:
                    file.write(content[: int(len(content) * share)])
                self.assertTrue(self.refused(broken).startswith(broken), (name, share))

    def test_truncated_but_kept(self):
        path = interop("scikit-hep/pylhe-testfile-pythia-8.3.14-weakbosons.lhe")
        with open(path, "rb") as file:
            content = file.read()
        whole = self.converted(path)
        broken = self.path("broken.lhe")
        for share, packed in ((0.3, False), (0.97, False), (0.5, True)):
            part = gzip.compress(content) if packed else content
            part = part[: int(len(part) * share)]
            with open(broken, "wb") as file:
                file.write(part)
            text = zlib.decompressobj(31).decompress(part) if packed else part
            events = text.count(b"</event>")
            self.assertGreater(events, 10)
            self.assertIn("--keep-complete", self.refused(broken))
            out = self.path("kept.h5")
            status, said, err = self.run_convert(broken, "-o", out, "--keep-complete")
            self.assertEqual(status, 0, err)
            self.assertIn(f"{events} events from lhe", said)
            self.assertRegex(err, rf"^{broken}: warning: breaks off in event {events + 1} \(.*\n$")
            with h5py.File(out) as file:
                tokens = file["tokens/offset"][-1]
                np.testing.assert_array_equal(file["tokens/pt_gev"], whole["tokens/pt_gev"][:tokens])
                self.assertEqual(len(file["events/id"]), events)
        with open(broken, "wb") as file:
            file.write(content[: content.index(b"</event>")])
        self.assertIn("holds no complete event", self.refused(broken, "--keep-complete"))

    def test_a_run_of_bytes_overwritten(self):
        with open(interop("scikit-hep/uproot-HZZ.root"), "rb") as file:
            content = file.read()
        for i in range(12):
            at = len(content) * (2 * i + 1) // 24
            broken = self.path("broken.root")
            with open(broken, "wb") as file:
                file.write(content[:at] + b"\xff" * 64 + content[at + 64 :])
            status, _, err = self.run_convert(broken, "-o", self.path("x.h5"))
            self.assertTrue(
                status == 0 or (status == 1 and err.startswith(broken) and err.count("\n") == 1), err
            )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
