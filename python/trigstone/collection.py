"""A collection of particles in columns that share a name: how experiments and simulations spell what a token needs."""

from .errors import Error, need
from .tokens import HADRON, TRACK, kind_from_pdg, polar

MM = 0.1  # in cm
# What a token needs, and the endings under which files have it, lower case, best first.
LEAVES = {
    "pt": ("pt", "et"),
    "eta": ("eta",),
    "phi": ("phi",),
    "px": ("px", "momentum.x"),
    "py": ("py", "momentum.y"),
    "pz": ("pz", "momentum.z"),
    "pdg": ("pdgid", "pid", "pdg", "type"),
    "charge": ("charge",),
    "dxy": ("dxy", "d0"),
    "z0": ("z0", "vz", "dz"),
    "eem": ("eem",),
    "ehad": ("ehad",),
    "hoe": ("hoe", "ehadovereem"),
    "chhef": ("chhef",),
    "nehef": ("nehef",),
    "is_pileup": ("ispu", "is_pu", "ispileup", "is_pileup", "frompu"),
}


class Collection:
    """The columns PREFIX + separator + ending that the source has; `kind` fixes what its tokens are.

    Lengths are `length_cm` cm a unit. `pv_z`, when given, is a column to add to a dz against the vertex.
    """

    def __init__(self, source, prefix, separator="_", kind=None, length_cm=1.0, pv_z=None):
        self.source, self.prefix, self.kind, self.length_cm = source, prefix, kind, length_cm
        start = prefix + separator
        endings = {name[len(start) :].lower(): name for name in source.names if name.startswith(start)}
        self.columns = {}
        for what, spellings in LEAVES.items():
            found = next((endings[ending] for ending in spellings if ending in endings), None)
            if found is not None:
                self.columns[what] = found
        self.pv_z = None
        if pv_z in source.names and self.columns.get("z0", "").lower().endswith("dz"):
            self.pv_z = self.columns["pv_z"] = pv_z

    def complete(self):
        has = self.columns.keys()
        return {"pt", "eta", "phi"} <= has or {"px", "py", "pz"} <= has

    def demand(self):
        if self.complete():
            return self
        seen = ", ".join(sorted(self.columns.values())) or "no column"
        raise Error(
            self.source.path,
            f"collection {self.prefix} lacks pt, eta, phi (or px, py, pz); it has {seen}",
            "name another with --collection",
        )

    def needed(self):
        return list(self.columns.values())

    def check(self, arrays):
        """Error naming a column that is no list of numbers an event, or not as long as the first."""
        lists = [name for what, name in self.columns.items() if what != "pv_z"]
        check_lists(self.source.path, arrays, lists)

    def momentum(self, arrays):
        get = lambda what: arrays[self.columns[what]]
        if {"pt", "eta", "phi"} <= self.columns.keys():
            return get("pt"), get("eta"), get("phi")
        return polar(get("px"), get("py"), get("pz"))

    def tokens(self, arrays):
        """Token columns of a block; hadronic share 1 for hadrons where the file does not say."""
        ak = need("awkward")
        self.check(arrays)
        get = lambda what: arrays[self.columns[what]]
        has = self.columns.keys()
        pt, eta, phi = self.momentum(arrays)
        if self.kind is not None:
            kind = ak.full_like(pt, self.kind, dtype="int8")
        elif "pdg" in has:
            kind = kind_from_pdg(get("pdg"), get("charge") if "charge" in has else None)
        else:
            kind = (
                ak.where(get("charge") != 0, TRACK, HADRON)
                if "charge" in has
                else ak.full_like(pt, TRACK if "track" in self.prefix.lower() else HADRON, dtype="int8")
            )
        tokens = {"kind": ak.values_astype(kind, "int8"), "pt_gev": pt, "eta": eta, "phi": phi}
        neutral = kind >= 3  # photons and hadrons have no track
        sign = self._sign(arrays)
        if sign is not None:
            tokens["charge"] = ak.values_astype(ak.where(neutral, 0, sign), "int8")
        for column, what in (("dxy_cm", "dxy"), ("z0_cm", "z0")):
            if what in has:
                value = get(what) * self.length_cm
                if what == "z0" and self.pv_z is not None:
                    value = value + get("pv_z")
                tokens[column] = ak.where(neutral, 0.0, value)
        tokens["depth"] = ak.where(neutral, self._depth(arrays, kind), 0.0)
        if "is_pileup" in has:
            tokens["is_pileup"] = ak.values_astype(get("is_pileup") != 0, "int8")
        return tokens

    def _sign(self, arrays):
        """Of the charge; without that column leptons have it from their number. None where nothing tells it."""
        ak, np = need("awkward"), need("numpy")
        if "charge" in self.columns:
            return np.sign(arrays[self.columns["charge"]])
        if "pdg" not in self.columns:
            return None
        pdg = arrays[self.columns["pdg"]]
        return ak.where((abs(pdg) == 11) | (abs(pdg) == 13), -np.sign(pdg), 0)

    def _depth(self, arrays, kind):
        ak, np = need("awkward"), need("numpy")
        get = lambda what: arrays[self.columns[what]]
        has = self.columns.keys()
        fallback = ak.where(kind == HADRON, 1.0, 0.0)
        with np.errstate(all="ignore"):
            if {"eem", "ehad"} <= has:
                share = get("ehad") / (get("eem") + get("ehad"))
            elif {"chhef", "nehef"} <= has:
                share = get("chhef") + get("nehef")
            elif "hoe" in has:
                share = get("hoe") / (1 + get("hoe"))
            else:
                return fallback
        good = np.isfinite(share) & (share >= 0) & (share <= 1)
        return ak.where(good, share, fallback)


def check_lists(path, arrays, names):
    """Every column must hold a list of numbers an event, all of the same lengths."""
    ak, np = need("awkward"), need("numpy")
    first = None
    for name in names:
        values = arrays[name]
        kind = str(values.type)
        if values.ndim != 2 or "string" in kind or "union" in kind or values.fields:
            raise Error(
                path, f"column {name} is no list of numbers an event", "name another with --collection"
            )
        counts = ak.to_numpy(ak.num(values, axis=1))
        if first is not None and not np.array_equal(first, counts):
            raise Error(
                path,
                f"columns {names[0]} and {name} have lists of different lengths",
                "they are no collection; name another with --collection",
            )
        first = counts if first is None else first


def objects(collection, arrays):
    """pdg (0 without), pt, eta, phi of truth particles or jets."""
    ak = need("awkward")
    collection.check(arrays)
    pt, eta, phi = collection.momentum(arrays)
    pdg = (
        arrays[collection.columns["pdg"]] if "pdg" in collection.columns else ak.zeros_like(pt, dtype="int32")
    )
    return {"pdg": pdg, "pt_gev": pt, "eta": eta, "phi": phi}


def masked(columns, mask):
    return {name: values[mask] for name, values in columns.items()}


def vector_sum(columns, mask):
    """(x, y) in GeV, summed over the chosen objects of each event."""
    ak, np = need("awkward"), need("numpy")
    chosen = masked({name: columns[name] for name in ("pt_gev", "phi")}, mask)
    return (
        ak.to_numpy(ak.sum(chosen["pt_gev"] * np.cos(chosen["phi"]), axis=1)),
        ak.to_numpy(ak.sum(chosen["pt_gev"] * np.sin(chosen["phi"]), axis=1)),
    )


def first_complete(source, candidates):
    """The first of the candidate collections that has all a token needs, or None."""
    return next(
        (found for found in (Collection(source, name) for name in candidates) if found.complete()), None
    )


def first_name(source, candidates):
    """The first of the candidate columns that the source has, or None."""
    return next((name for name in candidates if name in source.names), None)


def polar_pair(source, candidates):
    """(size, phi) column names of a missing momentum, or None: each candidate is such a pair."""
    return next((pair for pair in candidates if all(name in source.names for name in pair)), None)


def pair_vector(arrays, pair):
    """(x, y) of a (size, phi) pair; lists (Delphes) give their first entry."""
    np = need("numpy")
    size, phi = (per_event(arrays[name]) for name in pair)
    return size * np.cos(phi), size * np.sin(phi)


def per_event(values):
    """One number an event: of a list its first entry, 0 where it is empty."""
    ak = need("awkward")
    if values.ndim > 1:
        values = ak.fill_none(ak.firsts(values, axis=1), 0)
    return ak.to_numpy(values).astype("f8")
