"""EDM4hep (podio) of the future colliders: reconstructed particles, else stable generator particles.

Collections have free names; branch types tell them apart. Lengths are millimetres. A collection of index
numbers into another (name with '#' or leading '_') is never taken. Links from reconstructed to generated
particles tell pile-up: the generated particle was overlaid.
"""

from ..collection import MM, Collection, masked, objects, per_event, vector_sum, first_name
from ..errors import Error, need
from ..origin import by_links
from ..process import from_hard_process
from ..tokens import Block, is_neutrino

NAME = "edm4hep"
PREFERRED = (
    "PandoraPFOs",
    "ReconstructedParticles",
    "MergedRecoParticles",
    "RecoParticles",
    "TightSelectedPandoraPFOs",
)

OVERLAY = 1 << 23  # BITOverlay of edm4hep::MCParticle: laid over the hard event
# The ends of a link, (reconstructed, generated), in the namings of podio.
LINK_ENDS = (("_{}_from", "_{}_to"), ("_{}_rec", "_{}_sim"), ("{}#0", "{}#1"))


def of_type(source, word):
    """Names of the collections whose branch holds edm4hep::WORD, the preferred names first."""
    found = [
        name
        for name, text in source.types.items()
        if f"edm4hep::{word}" in text and "." not in name and not name.startswith("_") and "#" not in name
    ]
    if not found:  # an RNTuple or a flattened tree has columns only
        endings = (".momentum.x", ".px")
        momenta = [name[: -len(end)] for end in endings for name in source.names if name.endswith(end)]
        mark = ".generatorStatus" if word == "MCParticleData" else ".goodnessOfPID"
        found = [name for name in momenta if name + mark in source.names]
        if not found and word == "ReconstructedParticleData":
            found = [name for name in momenta if name in PREFERRED]
    rank = {name: i for i, name in enumerate(PREFERRED)}
    return sorted(found, key=lambda name: (rank.get(name, len(rank)), name))


def matches(source):
    return bool(of_type(source, "ReconstructedParticleData") or of_type(source, "MCParticleData"))


class Plan:
    attributes = {"detector": "as in source file (EDM4hep)"}

    def __init__(self, source, collection=None):
        reconstructed = [collection] if collection else of_type(source, "ReconstructedParticleData")
        truth = of_type(source, "MCParticleData")
        parts = [Collection(source, name, ".") for name in reconstructed]
        complete = [part for part in parts if part.complete()]
        self.truth = Collection(source, truth[0], ".") if truth else None
        if self.truth is not None and not (
            self.truth.complete() and f"{truth[0]}.generatorStatus" in source.names
        ):
            self.truth = None
        if collection and not complete:
            parts[0].demand()
        if not complete and self.truth is None:
            raise Error(
                source.path,
                "has no momenta of edm4hep::ReconstructedParticle or MCParticle",
                "name a collection with --collection",
            )
        self.particles = complete[0] if complete else None
        self.reference = None
        if self.particles:
            reference = f"{self.particles.prefix}.referencePoint.z"
            self.reference = reference if reference in source.names else None
        chosen = self.particles.prefix if self.particles else f"{self.truth.prefix} (stable)"
        self.attributes = {**Plan.attributes, "collection": chosen}
        self.status = f"{self.truth.prefix}.generatorStatus" if self.truth else None
        self.weight = first_name(source, ("EventHeader.weight",))
        simulated = f"{self.truth.prefix}.simulatorStatus" if self.truth else None
        self.simulated = simulated if simulated in source.names else None
        self.links = self._links(source) if self.particles and self.simulated else None
        columns = set(self.particles.needed() if self.particles else ())
        columns.update([self.status, *self.truth.needed()] if self.truth else ())
        columns.update(name for name in (self.weight, self.reference) if name)
        columns.update(self.links.columns if self.links else [self.simulated] if self.simulated else ())
        self.columns = sorted(columns)

    def _links(self, source):
        """The links between the collections in use, where the file has them and says what was overlaid."""
        typed = [
            name
            for name, text in source.types.items()
            if "edm4hep::RecoMCParticleLink" in text or "edm4hep::MCRecoParticleAssociation" in text
        ]
        any_link = [name[: -len(".weight")] for name in source.names if name.endswith(".weight")]
        links = [Links(source, name, self.simulated) for name in typed or sorted(any_link)]
        return next((link for link in links if link.complete(source)), None)

    def block(self, arrays):
        ak = need("awkward")
        particles = status = None
        if self.truth:
            particles, status = objects(self.truth, arrays), arrays[self.status]
            neutrino = is_neutrino(particles["pdg"])
        if self.particles:
            tokens = self.particles.tokens(arrays)
            if self.links:
                self.links.mark(tokens, arrays, self.particles.prefix, self.truth.prefix)
            if self.reference:
                tokens["z0_cm"] = ak.where(tokens["kind"] >= 3, 0.0, arrays[self.reference] * MM)
        else:
            tokens = self.truth.tokens(arrays)
            if self.simulated:
                tokens["is_pileup"] = ak.values_astype((arrays[self.simulated] & OVERLAY) != 0, "int8")
            tokens = masked(tokens, (status == 1) & ~neutrino)
        block = Block(tokens=tokens)
        if self.truth:
            block.true_missing = vector_sum(particles, (status == 1) & neutrino)
            block.partons = masked(particles, (status >= 21) & (status <= 29))
            block.process = from_hard_process(particles["pdg"][(status >= 22) & (status <= 29)])
        if self.weight:
            weight = arrays[self.weight]
            block.weight = (
                ak.to_numpy(ak.fill_none(ak.firsts(weight, axis=1), 1))
                if weight.ndim > 1
                else per_event(weight)
            )
        return block


class Links:
    """One collection of weighted links between reconstructed and generated particles."""

    def __init__(self, source, name, simulated):
        self.simulated, self.weight = simulated, f"{name}.weight"
        ends = next(
            (ends for ends in LINK_ENDS if all(f"{end.format(name)}.index" in source.names for end in ends)),
            LINK_ENDS[0],
        )
        self.ends = [end.format(name) for end in ends]
        self.ids = collection_ids(source)
        self.columns = [simulated, self.weight, *(f"{end}.index" for end in self.ends)]
        if self.ids:  # otherwise an end is taken to be what it must be
            self.columns += [
                f"{end}.collectionID" for end in self.ends if f"{end}.collectionID" in source.names
            ]

    def complete(self, source):
        return all(column in source.names for column in self.columns)

    def mark(self, tokens, arrays, reconstructed, generated):
        ak = need("awkward")
        index = [arrays[f"{end}.index"] for end in self.ends]
        valid = index[0] >= 0
        for end, name in zip(self.ends, (reconstructed, generated)):
            column = f"{end}.collectionID"
            if column in self.columns and name in self.ids:
                valid = valid & (arrays[column] == self.ids[name])
        tokens["is_pileup"] = by_links(
            *index,
            valid,
            ak.to_numpy(ak.num(tokens["pt_gev"], axis=1)),
            (arrays[self.simulated] & OVERLAY) != 0,
            arrays[self.weight],
        )


def collection_ids(source):
    """Number of each collection, from podio's own table; empty where a file has none that can be read."""
    try:
        table = source.file["podio_metadata"]
        names = {key.split("/")[-1]: key for key in table.keys() if "idtable" in key.lower()}
        columns = [table[names[name]].array()[0].to_list() for name in ("m_names", "m_collectionIDs")]
        return dict(zip(*columns))
    except Exception:  # not a ROOT file, no table, or one of another layout
        return {}
