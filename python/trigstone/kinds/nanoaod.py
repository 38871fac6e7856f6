"""NanoAOD of CMS (Run 2 and 3, PFNano, scouting): particle-flow candidates where the file has them, else objects.

Objects are electrons, muons, photons and jets (as hadrons). A remainder token then carries what the file's
missing momentum has beyond them. Pile-up is what the file says: charged candidates of another vertex (fromPV 0),
jets without a generated jet (genJetIdx -1).
"""

from ..collection import (
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
from ..process import from_hard_process
from ..tokens import ELECTRON, HADRON, MUON, PHOTON, Block, is_neutrino, joined

NAME = "nanoaod"
CANDIDATES = ("PFCands", "PFCand", "PFCandidate", "ScoutingPFCandidate", "JetPFCands", "FatJetPFCands")
OBJECTS = (("Electron", ELECTRON), ("Muon", MUON), ("Photon", PHOTON), ("Jet", HADRON))
INCOMING = 21  # GenPart_status of what collides
MISSING = (
    ("PuppiMET_pt", "PuppiMET_phi"),
    ("PFMET_pt", "PFMET_phi"),
    ("MET_pt", "MET_phi"),
    ("ScoutingMET_pt", "ScoutingMET_phi"),
)


def matches(source):
    names = source.names
    return "run" in names and "luminosityBlock" in names and "event" in names


class Plan:
    attributes = {"detector": "as in source file (CMS, NanoAOD)"}

    def __init__(self, source, collection=None):
        self.source = source
        self.collections = self._collections(collection)
        self.from_objects = self.collections[0].kind is not None
        self.missing = polar_pair(source, MISSING) if self.from_objects else None
        self.true_missing = polar_pair(source, (("GenMET_pt", "GenMET_phi"), ("genMet_pt", "genMet_phi")))
        self.particles = Collection(source, "GenPart")
        self.hard = Collection(source, "LHEPart")
        self.jets = Collection(source, "GenJet")
        self.weight = first_name(source, ("genWeight", "Generator_weight"))
        self.pileup = first_name(source, ("Pileup_nPU", "PV_npvs"))
        self.vertex = first_name(source, ("GenVtx_z", "PV_z"))
        columns = {name for part in self.collections for name in part.needed()}
        columns.update(self.missing or (), self.true_missing or ())
        columns.update(name for name in (self.weight, self.pileup, self.vertex) if name)
        for part in (self.hard, self.jets):
            if part.complete():
                columns.update(part.needed())
        self.hard_status = "LHEPart_status" if "LHEPart_status" in source.names else None
        if self.hard_status:
            columns.add(self.hard_status)
        self.flags = self.generated = None
        if self.particles.complete() and "GenPart_statusFlags" in source.names:
            self.flags = "GenPart_statusFlags"
            columns.update([self.flags, *self.particles.needed()])
        self.status = "GenPart_status" if self.flags and "GenPart_status" in source.names else None
        self.matched = "Jet_genJetIdx" if self.from_objects and "Jet_genJetIdx" in source.names else None
        self.from_vertex = f"{self.collections[0].prefix}_fromPV"
        if self.from_objects or self.from_vertex not in source.names:
            self.from_vertex = None
        if self.collections[0].prefix == "GenPart" and collection is None:
            self.generated = "GenPart_status"
        columns.update(name for name in (self.status, self.matched, self.from_vertex, self.generated) if name)
        self.columns = sorted(columns)

    def _collections(self, wanted):
        if wanted:
            return [Collection(self.source, wanted, pv_z="PV_z").demand()]
        for prefix in CANDIDATES:
            found = Collection(self.source, prefix, pv_z="PV_z")
            if found.complete():
                return [found]
        parts = [Collection(self.source, prefix, kind=kind, pv_z="PV_z") for prefix, kind in OBJECTS]
        parts = [part for part in parts if part.complete()]
        if not any(part.prefix == "Jet" for part in parts):
            wide = Collection(self.source, "FatJet", kind=HADRON)
            parts += [wide] if wide.complete() else []
        generated = Collection(self.source, "GenPart")
        if (
            not parts
            and generated.complete()
            and {"GenPart_status", "GenPart_pdgId"} <= self.source.names.keys()
        ):
            return [generated]
        if not parts:
            names = (*CANDIDATES, *(name for name, _ in OBJECTS), "FatJet", "GenPart")
            raise Error(
                self.source.path,
                "has none of the collections " + ", ".join(names),
                "name one with --collection",
            )
        return parts

    def block(self, arrays):
        block = Block(tokens=joined([self._tokens(part, arrays) for part in self.collections]))
        if self.missing:
            block.missing = pair_vector(arrays, self.missing)
        if self.true_missing:
            block.true_missing = pair_vector(arrays, self.true_missing)
        if self.weight:
            block.weight = per_event(arrays[self.weight])
        if self.pileup:
            block.pileup = per_event(arrays[self.pileup]) - (1 if self.pileup == "PV_npvs" else 0)
        if self.vertex:
            block.vertex_z_cm = per_event(arrays[self.vertex])
        if self.hard.complete():
            block.partons = objects(self.hard, arrays)
            outgoing = arrays[self.hard_status] == 1 if self.hard_status else block.partons["pt_gev"] > 0
            block.partons = masked(block.partons, outgoing)
        elif self.flags:  # bit 7: from the hard process, bit 13: last copy
            flags = arrays[self.flags]
            block.partons = masked(
                objects(self.particles, arrays), ((flags >> 7) & 1 == 1) & ((flags >> 13) & 1 == 1)
            )
        if block.partons is not None and block.true_missing is None:
            block.true_missing = vector_sum(block.partons, is_neutrino(block.partons["pdg"]))
        if self.status and "pdg" in self.particles.columns:
            hard = ((arrays[self.flags] >> 7) & 1 == 1) & (arrays[self.status] != INCOMING)
            block.process = from_hard_process(arrays[self.particles.columns["pdg"]][hard])
        if self.jets.complete():
            block.jets = objects(self.jets, arrays)
        return block

    def _tokens(self, part, arrays):
        ak = need("awkward")
        tokens = part.tokens(arrays)
        if self.generated:
            pdg = arrays[part.columns["pdg"]]
            tokens = masked(tokens, (arrays[self.generated] == 1) & ~is_neutrino(pdg))
        if self.from_vertex:
            other = (arrays[self.from_vertex] == 0) & (tokens["kind"] < PHOTON)
            tokens["is_pileup"] = ak.values_astype(other, "int8")
        elif self.matched and part.prefix == "Jet":
            tokens["is_pileup"] = ak.values_astype(arrays[self.matched] < 0, "int8")
        return tokens
