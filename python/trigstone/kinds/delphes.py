"""Trees of Delphes: particle-flow candidates or energy-flow objects, else tracks and towers, else objects.

Lengths are millimetres in Delphes. The status of the hard process is Pythia 8's (20 to 29 are its particles).
A candidate refers to the particles it is made of (Particle, Particles); where most of their pT is pile-up, it is.
"""

from ..collection import (
    MM,
    Collection,
    masked,
    objects,
    pair_vector,
    per_event,
    polar_pair,
    vector_sum,
    first_name,
)
from ..errors import Error, need
from ..origin import by_references
from ..process import CODES, from_hard_process
from ..tokens import ELECTRON, HADRON, MUON, PHOTON, Block, is_neutrino, joined

NAME = "delphes"
# The first row whose collections are all there is taken.
CHOICES = (
    (("ParticleFlowCandidate", None),),
    (("EFlowTrack", None), ("EFlowPhoton", PHOTON), ("EFlowNeutralHadron", HADRON)),
    (("EFlowTrack", None), ("EFlowTower", HADRON)),
    (("Track", None), ("Tower", HADRON)),
    (("Electron", ELECTRON), ("Muon", MUON), ("Photon", PHOTON), ("Jet", HADRON)),
    (("Track", None),),
)
OBJECT_ROW = 4
# Trees with a part of a row: what there is of the first of these with anything.
PARTS = (
    (("EFlowTrack", None), ("EFlowPhoton", PHOTON), ("EFlowNeutralHadron", HADRON), ("EFlowTower", HADRON)),
    (("Tower", HADRON),),
    CHOICES[OBJECT_ROW],
)
INCOMING = 21
SOFT_QCD = range(101, 107)  # Pythia 8's numbers of inelastic processes, in Event.ProcessID


def matches(source):
    names = source.names
    return ("Event_size" in names or "Event.Number" in names) and any(
        f"{name}.{field}" in names
        for name in ("ParticleFlowCandidate", "EFlowTrack", "Track", "Tower", "Jet", "Particle")
        for field in ("PT", "ET")
    )


class Plan:
    attributes = {"detector": "as in source file (Delphes)"}

    def __init__(self, source, collection=None):
        self.source = source
        row, self.collections = self._collections(collection)
        self.attributes = {
            **Plan.attributes,
            "collection": ",".join(part.prefix for part in self.collections),
        }
        self.missing = (
            polar_pair(
                source, (("PuppiMissingET.MET", "PuppiMissingET.Phi"), ("MissingET.MET", "MissingET.Phi"))
            )
            if row == OBJECT_ROW
            else None
        )
        self.true_missing = polar_pair(source, (("GenMissingET.MET", "GenMissingET.Phi"),))
        self.particles = Collection(source, "Particle", ".")
        self.status = "Particle.Status" if "Particle.Status" in source.names else None
        self.jets = Collection(source, "GenJet", ".")
        self.weight = first_name(source, ("Event.Weight", "Weight.Weight"))
        self.vertices = first_name(source, ("Vertex.Z",))
        self.vertex_z = first_name(source, ("Particle.Z",))
        self.is_pileup = first_name(source, ("Particle.IsPU",))
        self.code = first_name(source, ("Event.ProcessID",))
        self.references = self._references()
        columns = {name for part in self.collections for name in part.needed()}
        columns.update(self.missing or (), self.true_missing or ())
        if self.jets.complete():
            columns.update(self.jets.needed())
        if self.status and self.particles.complete():
            columns.update([self.status, *self.particles.needed()])
        columns.update(name for name in (self.weight, self.vertices, self.code) if name)
        if any(self.references):
            columns.update(["Particle.fUniqueID", self.is_pileup, *self.particles.needed()])
            columns.update(name for name in self.references if name)
        if self.status and self.vertex_z and self.is_pileup:
            columns.update([self.status, self.vertex_z, self.is_pileup])
        self.columns = sorted(columns)

    def _references(self):
        """For each collection the column of references to its particles, or None."""
        if (
            not self.is_pileup
            or "Particle.fUniqueID" not in self.source.names
            or not self.particles.complete()
        ):
            return [None] * len(self.collections)
        return [
            first_name(self.source, (f"{part.prefix}.Particle", f"{part.prefix}.Particles"))
            for part in self.collections
        ]

    def _collections(self, wanted):
        if wanted:
            return -1, [Collection(self.source, wanted, ".", length_cm=MM).demand()]
        for row, choice in enumerate(CHOICES):
            parts = [Collection(self.source, name, ".", kind, MM) for name, kind in choice]
            if all(part.complete() for part in parts):
                return row, parts
        for choice in PARTS:
            parts = [Collection(self.source, name, ".", kind, MM) for name, kind in choice]
            parts = [part for part in parts if part.complete()]
            if parts:
                return OBJECT_ROW if choice is CHOICES[OBJECT_ROW] else -1, parts
        raise Error(
            self.source.path,
            "has none of ParticleFlowCandidate, EFlowTrack, EFlowPhoton, EFlowNeutralHadron, EFlowTower, Track, "
            "Tower, Electron, Muon, Photon and Jet",
            "name a collection with --collection",
        )

    def block(self, arrays):
        ak = need("awkward")
        block = Block(tokens=joined(self._tokens(arrays)))
        if self.missing:
            block.missing = pair_vector(arrays, self.missing)
        if self.true_missing:
            block.true_missing = pair_vector(arrays, self.true_missing)
        if self.weight:
            block.weight = per_event(arrays[self.weight])
        if self.vertices:  # one of them is the hard collision's
            counts = ak.to_numpy(ak.num(arrays[self.vertices], axis=1))
            block.pileup = (counts - 1).clip(min=0)
        if self.status and self.vertex_z and self.is_pileup:  # of a stable particle of the hard collision
            stable = (arrays[self.status] == 1) & (arrays[self.is_pileup] == 0)
            block.vertex_z_cm = per_event(arrays[self.vertex_z][stable]) * MM
        if self.status and self.particles.complete():
            particles, status = objects(self.particles, arrays), arrays[self.status]
            block.partons = masked(particles, (status == 23) | (status == 22))
            hard = (status > INCOMING) & (status <= 29)
            if "pdg" in self.particles.columns:
                block.process = self._process(particles["pdg"][hard], arrays)
            if block.true_missing is None:
                block.true_missing = vector_sum(particles, is_neutrino(particles["pdg"]) & (status == 1))
        if self.jets.complete():
            block.jets = objects(self.jets, arrays)
        return block

    def _process(self, hard_pdg, arrays):
        np = need("numpy")
        told = from_hard_process(hard_pdg)
        if not self.code:
            return told
        return np.where(np.isin(per_event(arrays[self.code]), SOFT_QCD), CODES["minbias"], told)

    def _tokens(self, arrays):
        """Token columns of each collection, with what its particles tell of pile-up."""
        ak = need("awkward")
        parts = [part.tokens(arrays) for part in self.collections]
        if not any(self.references) or not ak.any(arrays[self.is_pileup]):
            return parts
        particles = self.particles.momentum(arrays)[0]
        for tokens, name in zip(parts, self.references):
            if name is not None:
                tokens["is_pileup"] = by_references(
                    plain_references(arrays[name]),
                    arrays["Particle.fUniqueID"],
                    arrays[self.is_pileup],
                    particles,
                )
        return parts


def plain_references(values):
    """Numbers instead of ROOT's TRef and TRefArray."""
    for name in ("ref", "refs"):
        if name in values.fields:
            return values[name]
    return values
