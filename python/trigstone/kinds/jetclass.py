"""JetClass (ROOT) and JetClass-II (Parquet): one jet an event, its constituents as tokens; the class stays as a label."""

from ..collection import MM, check_lists, per_event, polar
from ..errors import need
from ..process import CODES, IMPORTED
from ..tokens import ELECTRON, HADRON, MUON, PHOTON, TRACK, Block

NAME = "jetclass"
MOMENTUM = ("part_px", "part_py", "part_pz")
POLAR = ("part_pt", "part_eta", "part_phi")
KINDS = (
    ("part_isChargedHadron", TRACK),
    ("part_isElectron", ELECTRON),
    ("part_isMuon", MUON),
    ("part_isPhoton", PHOTON),
    ("part_isNeutralHadron", HADRON),
)

# The classes that one of our processes makes; a jet of JetClass is one of its decay products, or a light parton.
PROCESSES = {"label_QCD": "qcd", "label_Hbb": "hbb", "label_Tbqq": "ttbar", "label_Tbl": "ttbar"}
FIRST_QCD, LAST_QCD = 161, 187  # of JetClass-II's numbers; the others are resonances of any mass


def matches(source):
    has = lambda names: all(name in source.names for name in names)
    return has(MOMENTUM) or (
        has(POLAR) and any(name in source.names for name in ("part_charge", KINDS[0][0]))
    )


class Plan:
    attributes = {"detector": "as in source file (Delphes)"}

    def __init__(self, source, collection=None):
        self.path = source.path
        self.momentum = POLAR if all(name in source.names for name in POLAR) else MOMENTUM
        source.demand(self.momentum, NAME)
        self.flags = [(name, kind) for name, kind in KINDS if name in source.names]
        self.charge = "part_charge" if "part_charge" in source.names else None
        if not self.flags and not self.charge:
            source.demand([name for name, _ in KINDS], NAME)
        self.impact = [
            (column, name)
            for column, name in (("dxy_cm", "part_d0val"), ("z0_cm", "part_dzval"))
            if name in source.names
        ]
        # JetClass has a flag a class, JetClass-II a number.
        self.classes = sorted(name for name in source.names if name.startswith("label_"))
        self.label = "jet_label" if "jet_label" in source.names else None
        truth = ("genjet_pt", "genjet_eta", "genjet_phi")
        self.jet = truth if all(name in source.names for name in truth) else None
        partons = ("aux_genpart_pid", "aux_genpart_pt", "aux_genpart_eta", "aux_genpart_phi")
        self.partons = partons if all(name in source.names for name in partons) else None
        if self.classes and not self.label:
            self.attributes = {**Plan.attributes, "label_names": ",".join(self.classes)}
        self.columns = sorted(
            {
                *self.momentum,
                *(name for name, _ in (*self.flags, *((n, c) for c, n in self.impact))),
                *([self.charge] if self.charge else ()),
                *([self.label] if self.label else self.classes),
                *(self.jet or ()),
                *(self.partons or ()),
            }
        )

    def block(self, arrays):
        ak, np = need("awkward"), need("numpy")
        lists = [*self.momentum, *(name for name, _ in self.flags), *(name for _, name in self.impact)]
        check_lists(self.path, arrays, lists + ([self.charge] if self.charge else []))
        momentum = [arrays[name] for name in self.momentum]
        pt, eta, phi = momentum if self.momentum is POLAR else polar(*momentum)
        kind = ak.full_like(pt, HADRON, dtype="int8")
        if self.charge:
            kind = ak.where(arrays[self.charge] != 0, TRACK, kind)
        for name, value in self.flags:
            kind = ak.where(arrays[name] > 0, value, kind)
        tokens = {
            "kind": kind,
            "pt_gev": pt,
            "eta": eta,
            "phi": phi,
            "depth": ak.where(kind == HADRON, 1.0, 0.0),
        }
        if self.charge:
            tokens["charge"] = ak.where(kind >= PHOTON, 0, np.sign(arrays[self.charge]))
        for column, name in self.impact:
            tokens[column] = ak.where(kind >= PHOTON, 0.0, arrays[name] * MM)
        block = Block(tokens=tokens)
        if self.label:
            block.label = per_event(arrays[self.label])
            is_qcd = (block.label >= FIRST_QCD) & (block.label <= LAST_QCD)
            block.process = np.where(is_qcd, CODES["qcd"], IMPORTED)
        elif self.classes:
            flags = np.stack([per_event(arrays[name]) for name in self.classes])
            block.label = np.where(flags.max(axis=0) > 0, flags.argmax(axis=0), -1)
            codes = [CODES[PROCESSES.get(name, "imported")] for name in self.classes]
            block.process = np.array([*codes, IMPORTED])[block.label]  # the last one for label -1
        if self.jet:
            ones = np.ones(len(pt), dtype="i8")
            block.jets = {
                name: ak.unflatten(per_event(arrays[column]), ones)
                for name, column in zip(("pt_gev", "eta", "phi"), self.jet)
            }
        if self.partons:
            block.partons = {
                name: arrays[column] for name, column in zip(("pdg", "pt_gev", "eta", "phi"), self.partons)
            }
        return block
