"""Tuples of the CMS Phase-2 Level 1: particle-flow or PUPPI candidates (L1PFCands, L1PuppiCands, L1PF…), flat.

Our tokens are those before PUPPI, so particle flow comes first; PUPPI candidates where there is nothing else.
"""

import re

from ..collection import Collection, objects, pair_vector, per_event, polar_pair, first_name, first_complete
from ..errors import Error
from ..tokens import Block

NAME = "cmsl1"
PREFERRED = (
    "L1PFCands",
    "L1PFCand",
    "L1PF",
    "L1BarrelPF",
    "L1ExtPFCands",
    "L1PuppiCands",
    "L1PuppiCand",
    "L1Puppi",
    "L1ExtPuppiCands",
)
NOT_CANDIDATES = re.compile(r"(jet|met|tau|ht|sum|ele|mu|pho|muon|vtx)s?", re.IGNORECASE)


def prefixes(source):
    """Collections of candidates, best first: those of particle flow or PUPPI that are no jets, sums or leptons."""
    found = {
        name[:-3] for name in source.names if re.match(r"^L1\w*(PF|Puppi)\w*_(pt|px)$", name, re.IGNORECASE)
    }
    rest = sorted(name for name in found if name not in PREFERRED and not NOT_CANDIDATES.search(name[2:]))
    return [name for name in PREFERRED if name in found] + rest


def matches(source):
    return bool(prefixes(source))


class Plan:
    attributes = {"detector": "as in source file (CMS Phase-2 Level 1)"}

    def __init__(self, source, collection=None):
        names = [collection] if collection else prefixes(source)
        if not names:
            raise Error(
                source.path,
                "has no collection of candidates (L1PFCands, L1PuppiCands, L1PF…)",
                "name one with --collection",
            )
        self.candidates = Collection(source, names[0]).demand()
        self.attributes = {**Plan.attributes, "collection": names[0]}
        self.true_missing = polar_pair(source, (("genMet_pt", "genMet_phi"), ("GenMET_pt", "GenMET_phi")))
        self.jets = first_complete(source, ("GenJets", "GenJet", "AK4GenJets"))
        self.weight = first_name(source, ("genWeight", "Generator_weight"))
        self.vertex = first_name(source, ("genVz", "GenVtx_z", "genVtx_z", "L1Vertex_z"))
        self.pileup = first_name(source, ("Pileup_nPU", "nPU", "genPileup"))
        columns = set(self.candidates.needed())
        columns.update(self.true_missing or ())
        columns.update(self.jets.needed() if self.jets else ())
        columns.update(name for name in (self.weight, self.vertex, self.pileup) if name)
        self.columns = sorted(columns)

    def block(self, arrays):
        block = Block(tokens=self.candidates.tokens(arrays))
        if self.true_missing:
            block.true_missing = pair_vector(arrays, self.true_missing)
        if self.jets:
            block.jets = objects(self.jets, arrays)
        if self.weight:
            block.weight = per_event(arrays[self.weight])
        if self.vertex:
            block.vertex_z_cm = per_event(arrays[self.vertex])
        if self.pileup:
            block.pileup = per_event(arrays[self.pileup])
        return block
