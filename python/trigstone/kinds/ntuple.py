"""Plain trees of objects: Electron, Muon, Photon, Jet columns with _Px, _Py, _Pz or _pt, _eta, _phi, any spelling."""

import re

from ..collection import Collection, per_event, first_name
from ..errors import Error
from ..tokens import ELECTRON, HADRON, MUON, PHOTON, Block, joined

NAME = "ntuple"
KINDS = {
    "electron": ELECTRON,
    "ele": ELECTRON,
    "el": ELECTRON,
    "muon": MUON,
    "mu": MUON,
    "photon": PHOTON,
    "gamma": PHOTON,
    "ph": PHOTON,
    "jet": HADRON,
    "jets": HADRON,
    "track": None,
    "tracks": None,
    "electrons": ELECTRON,
    "muons": MUON,
    "photons": PHOTON,
}
MISSING = (("MET_px", "MET_py"), ("MET_Px", "MET_Py"), ("met_px", "met_py"))


def found(source):
    names = {}
    for name in source.names:
        match = re.match(r"^(\w+?)[_.](pt|px)$", name, re.IGNORECASE)
        if match and match.group(1).lower() in KINDS:
            names[match.group(1)] = name[len(match.group(1))]
    parts = [
        Collection(source, prefix, separator, KINDS[prefix.lower()])
        for prefix, separator in sorted(names.items())
    ]
    return [part for part in parts if part.complete()]


def matches(source):
    return bool(found(source))


class Plan:
    attributes = {"detector": "as in source file"}

    def __init__(self, source, collection=None):
        self.collections = [Collection(source, collection).demand()] if collection else found(source)
        if not self.collections:
            raise Error(
                source.path, "has no columns like Muon_pt or Muon_Px", "name a collection with --collection"
            )
        self.attributes = {
            **Plan.attributes,
            "collection": ",".join(part.prefix for part in self.collections),
        }
        self.missing = next((pair for pair in MISSING if all(name in source.names for name in pair)), None)
        if collection:
            self.missing = None
        self.weight = first_name(source, ("EventWeight", "eventWeight", "weight", "genWeight"))
        self.vertices = first_name(source, ("NPrimaryVertices", "nPV", "npv"))
        self.neutrino = all(name in source.names for name in ("MCneutrino_px", "MCneutrino_py"))
        columns = {name for part in self.collections for name in part.needed()}
        columns.update(self.missing or (), ("MCneutrino_px", "MCneutrino_py") if self.neutrino else ())
        columns.update(name for name in (self.weight, self.vertices) if name)
        self.columns = sorted(columns)

    def block(self, arrays):
        block = Block(tokens=joined([part.tokens(arrays) for part in self.collections]))
        if self.missing:
            block.missing = tuple(per_event(arrays[name]) for name in self.missing)
        if self.neutrino:
            block.true_missing = tuple(per_event(arrays[name]) for name in ("MCneutrino_px", "MCneutrino_py"))
        if self.weight:
            block.weight = per_event(arrays[self.weight])
        if self.vertices:
            block.pileup = (per_event(arrays[self.vertices]) - 1).clip(min=0)
        return block
