"""EDM4hep (podio) of the future colliders: reconstructed particles, else stable generator particles.

Collections have free names; branch types tell them apart. Lengths are millimetres. A collection of index
numbers into another (name with '#' or leading '_') is never taken.
"""

from ..collection import MM, Collection, masked, objects, per_event, vector_sum, first_name
from ..errors import Error, need
from ..tokens import Block, is_neutrino

NAME = "edm4hep"
PREFERRED = (
    "PandoraPFOs",
    "ReconstructedParticles",
    "MergedRecoParticles",
    "RecoParticles",
    "TightSelectedPandoraPFOs",
)


def of_type(source, word):
    """Names of the collections whose branch holds edm4hep::WORD, the preferred names first."""
    found = [
        name
        for name, text in source.types.items()
        if f"edm4hep::{word}" in text and "." not in name and not name.startswith("_") and "#" not in name
    ]
    if not found:  # an RNTuple or a flattened tree has columns only
        momenta = [name[: -len(".momentum.x")] for name in source.names if name.endswith(".momentum.x")]
        mark = ".generatorStatus" if word == "MCParticleData" else ".goodnessOfPID"
        found = [name for name in momenta if name + mark in source.names]
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
        columns = set(self.particles.needed() if self.particles else ())
        columns.update([self.status, *self.truth.needed()] if self.truth else ())
        columns.update(name for name in (self.weight, self.reference) if name)
        self.columns = sorted(columns)

    def block(self, arrays):
        ak = need("awkward")
        particles = status = None
        if self.truth:
            particles, status = objects(self.truth, arrays), arrays[self.status]
            neutrino = is_neutrino(particles["pdg"])
        if self.particles:
            tokens = self.particles.tokens(arrays)
            if self.reference:
                tokens["z0_cm"] = ak.where(tokens["kind"] >= 3, 0.0, arrays[self.reference] * MM)
        else:
            tokens = masked(self.truth.tokens(arrays), (status == 1) & ~neutrino)
        block = Block(tokens=tokens)
        if self.truth:
            block.true_missing = vector_sum(particles, (status == 1) & neutrino)
            block.partons = masked(particles, (status >= 21) & (status <= 29))
        if self.weight:
            weight = arrays[self.weight]
            block.weight = (
                ak.to_numpy(ak.fill_none(ak.firsts(weight, axis=1), 1))
                if weight.ndim > 1
                else per_event(weight)
            )
        return block
