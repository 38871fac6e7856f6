"""`python -m trigstone.convert` on the many spellings of the kinds it knows, and on columns that do not fit."""

import sys
import unittest

from convert_testing import Case

import awkward as ak
import h5py
import numpy as np
import pyarrow
import pyarrow.parquet
import uproot

PT = ak.Array([[20.0, 5.0], [], [7.0]])
ETA = ak.Array([[0.5, -1.0], [], [2.0]])
PHI = ak.Array([[0.1, 3.0], [], [-3.0]])
PDG = ak.Array([[211, 22], [], [13]])
NANO = {
    "run": np.ones(3, "u4"),
    "luminosityBlock": np.ones(3, "u4"),
    "event": np.arange(3, dtype="u8"),
}
DELPHES = {"Event.Number": ak.Array([[1], [2], [3]])}


def collection(name, separator="_", names=("pt", "eta", "phi"), **more):
    columns = {name + separator + leaf: values for leaf, values in zip(names, (PT, ETA, PHI))}
    return columns | {name + separator + leaf: values for leaf, values in more.items()}


def momenta(prefix):
    return {f"{prefix}.momentum.{axis}": values for axis, values in zip("xyz", (PT, ETA, PHI))}


class Variants(Case):
    def root(self, columns, ntuple=False):
        path = self.path("made.root")
        with uproot.recreate(path) as file:
            if ntuple:
                file.mkrntuple("tree", columns)
            else:
                file["tree"] = columns
        return path

    def parquet(self, columns):
        path = self.path("made.parquet")
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return path

    def tokens(self, path, counts=(2, 0, 1)):
        """Kinds of the tokens, after a look at their number."""
        out = self.path("out.h5")
        status, _, err = self.run_convert(path, "-o", out)
        self.assertEqual(status, 0, err)
        with h5py.File(out) as file:
            self.assertEqual(tuple(np.diff(file["tokens/offset"][:])), counts)
            return file["tokens/kind"][:].tolist()

    def test_nanoaod(self):
        self.assertEqual(self.tokens(self.root(NANO | collection("FatJet"))), [4, 4, 4])
        muons = NANO | collection("Muon", charge=PDG) | {"PFMET_pt": np.ones(3), "PFMET_phi": np.ones(3)}
        self.assertEqual(self.tokens(self.root(muons), (3, 1, 2)), [2, 2, 12, 12, 2, 12])
        status, flags = ak.Array([[1, 2], [], [1]]), ak.zeros_like(PDG)
        particles = NANO | collection("GenPart", pdgId=PDG, status=status, statusFlags=flags)
        self.assertEqual(self.tokens(self.root(particles), (1, 0, 1)), [0, 2])  # stable ones
        self.assertIn("has none of the collections PFCands,", self.refused(self.root(NANO)))
        empty = {name: values[:0] for name, values in (NANO | collection("PFCands")).items()}
        self.assertIn("holds no event", self.refused(self.root(empty)))

    def test_parts_of_delphes(self):
        names = ("PT", "Eta", "Phi")
        tower = ("ET", "Eta", "Phi")
        track, photon = collection("EFlowTrack", ".", names), collection("EFlowPhoton", ".", tower)
        self.assertEqual(self.tokens(self.root(DELPHES | track | photon), (4, 0, 2)), [0, 3, 0, 3, 0, 3])
        self.assertEqual(self.tokens(self.root(DELPHES | collection("Tower", ".", tower))), [4, 4, 4])
        self.assertEqual(self.tokens(self.root(DELPHES | collection("Track", ".", names))), [0, 0, 0])
        jets = DELPHES | collection("Jet", ".", names)
        jets |= {
            "MissingET.MET": ak.Array([[1.0], [2.0], [3.0]]),
            "MissingET.Phi": ak.Array([[1.0], [2.0], [3.0]]),
        }
        self.assertEqual(self.tokens(self.root(jets), (3, 1, 2)), [4, 4, 12, 12, 4, 12])

    def test_names_of_edm4hep(self):
        for name in ("PandoraPFOs", "ReconstructedParticles", "MergedRecoParticles"):
            columns = momenta(name) | {f"{name}.charge": ak.Array([[1.0, 0.0], [], [1.0]])}
            self.assertEqual(self.tokens(self.root(columns)), [0, 4, 0], name)
        flat = {f"RecoParticles.p{axis}": values for axis, values in zip("xyz", (PT, ETA, PHI))}
        self.assertEqual(self.tokens(self.root(flat)), [4, 4, 4])
        momentum = ak.zip({"x": PT, "y": ETA, "z": PHI})
        nested = {"ReconstructedParticles": ak.zip({"momentum": momentum, "PDG": PDG}, depth_limit=2)}
        self.assertEqual(self.tokens(self.root(nested, ntuple=True)), [0, 3, 2])

    def level1(self, make, **more):
        lists = {
            f"L1T_PFCand_{leaf}": make(values) for leaf, values in zip(("PT", "Eta", "Phi"), (PT, ETA, PHI))
        }
        return self.parquet(lists | more)

    def test_types_of_parquet(self):
        half = lambda values: pyarrow.array(
            [[np.float16(x) for x in row] for row in values.to_list()], pyarrow.list_(pyarrow.float16())
        )
        listed = lambda kind: lambda values: pyarrow.array(values.to_list(), kind)
        for make in (
            half,
            listed(pyarrow.large_list(pyarrow.float64())),
            listed(pyarrow.list_(pyarrow.float32())),
        ):
            names = pyarrow.array(["QCD", "VBFHbb", "QCD"]).dictionary_encode()
            path = self.level1(make, process=names, label=pyarrow.array([1, None, 3]))
            self.assertEqual(self.tokens(path), [4, 4, 4])
            with h5py.File(self.path("out.h5")) as file:
                self.assertEqual(file["truth/label"][:].tolist(), [1, -1, 3])
                self.assertEqual(file["events/process"][:].tolist(), [1, 16, 1])

    def test_columns_of_jetclass(self):
        columns = collection("part", charge=ak.Array([[1, 0], [], [-1]]))
        self.assertEqual(self.tokens(self.parquet({k: v.to_list() for k, v in columns.items()})), [0, 4, 0])

    def test_columns_that_do_not_fit(self):
        columns = NANO | collection("PFCands") | {"PFCands_eta": ETA[:, :1]}
        self.assertIn(
            "columns PFCands_pt and PFCands_eta have lists of different lengths",
            self.refused(self.root(columns)),
        )
        some = pyarrow.array(PT.to_list())
        words = pyarrow.array([["a", "b"], [], ["c"]])
        for bad in (words, pyarrow.array([1.0, 2.0, 3.0])):
            path = self.parquet({"L1T_PFCand_PT": some, "L1T_PFCand_Eta": some, "L1T_PFCand_Phi": bad})
            self.assertIn("column L1T_PFCand_Phi is no list of numbers an event", self.refused(path))
        self.assertIn(
            "lacks PT, Eta, Phi of L1T_PFCand,", self.refused(self.parquet({"L1T_PFCand_PT": some}))
        )


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
