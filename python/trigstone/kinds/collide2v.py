"""COLLIDE-2V (also COLLIDE-1M): Delphes collections of a Level-1 and an offline view as flat columns.

Columns are VIEW_COLLECTION_FIELD, for example L1T_PFCand_PT. Level-1 particle flow comes first. What made the
events is told by a column or, as this data set has it, by the name of the file: PROCESS-NEVENT…-RS….parquet.
"""

import os

from ..collection import (
    MM,
    Collection,
    objects,
    pair_vector,
    per_event,
    polar_pair,
    first_name,
    first_complete,
)
from ..errors import Error, need
from ..process import from_text, from_texts
from ..tokens import Block

NAME = "collide2v"
CANDIDATES = ("L1T_PFCand", "L1T_PUPPIPart", "FullReco_PFCand", "FullReco_PUPPIPart")


def matches(source):
    return any(name.startswith(("L1T_", "FullReco_")) for name in source.names)


class Plan:
    attributes = {"detector": "as in source file (Delphes)"}

    def __init__(self, source, collection=None):
        found = [
            Collection(source, name, length_cm=MM) for name in ([collection] if collection else CANDIDATES)
        ]
        complete = [part for part in found if part.complete()]
        if not complete:
            if collection:
                found[0].demand()
            raise Error(
                source.path,
                f"lacks PT, Eta, Phi of {', '.join(CANDIDATES)}",
                "name a collection with --collection",
            )
        self.candidates = complete[0]
        self.attributes = {**Plan.attributes, "collection": self.candidates.prefix}
        self.true_missing = polar_pair(
            source,
            tuple(
                (f"{view}GenMissingET_MET", f"{view}GenMissingET_Phi")
                for view in ("Gen_", "FullReco_", "L1T_", "")
            ),
        )
        self.jets = first_complete(
            source, ("Gen_JetAK4", "FullReco_GenJetAK4", "L1T_GenJetAK4", "GenJetAK4", "GenJet")
        )
        self.weight = first_name(source, ("Event_Weight", "FullReco_Event_Weight", "Weight"))
        self.label = first_name(source, ("label", "Label", "process_id"))
        self.process = first_name(source, ("process", "process_name", "sample", "dataset"))
        self.told = from_text(os.path.basename(source.path).split("-NEVENT")[0])
        columns = set(self.candidates.needed())
        columns.update(self.true_missing or ())
        columns.update(self.jets.needed() if self.jets else ())
        columns.update(name for name in (self.weight, self.label, self.process) if name)
        self.columns = sorted(columns)

    def block(self, arrays):
        block = Block(tokens=self.candidates.tokens(arrays))
        if self.true_missing:
            block.true_missing = pair_vector(arrays, self.true_missing)
        if self.jets:
            block.jets = objects(self.jets, arrays)
        if self.weight:
            block.weight = per_event(arrays[self.weight])
        if self.label:
            block.label = per_event(arrays[self.label])
        np = need("numpy")
        block.process = np.full(len(block.tokens["pt_gev"]), self.told)
        if self.process:
            block.process = from_texts(arrays[self.process].to_list())
        return block
