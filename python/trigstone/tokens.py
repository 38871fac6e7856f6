"""From columns of other programs to tokens: units, kinds, order, and what does not fit a list of 128.

The columns and their meaning are those of `trigstone.events/1` (docs/design.md, src/events/event.h).
"""

from dataclasses import dataclass, field

from .errors import need

TRACK, ELECTRON, MUON, PHOTON, HADRON = range(5)
KIND_NAMES = ("track", "electron", "muon", "photon", "hadron")
REMAINDER = 8  # added to the kind of a token that sums others
COLUMNS = (
    *("kind", "quality", "is_pileup", "charge"),
    *("pt_gev", "eta", "phi", "z0_cm", "dxy_cm", "depth", "time_ns"),
)
NEUTRINOS = (12, 14, 16)


@dataclass
class Block:
    """Some whole events. Per event: NumPy arrays; per token or truth object: ragged awkward arrays."""

    tokens: dict  # column of COLUMNS -> ragged array; "pt_gev", "eta", "phi", "kind" at least
    weight: object = None  # as in the source file; 1 when it has none
    pileup: object = None  # other collisions in the crossing, when the file says
    vertex_z_cm: object = None
    missing: object = None  # (x, y) of the source's missing momentum, where tokens do not carry it
    true_missing: object = None  # (x, y) of what no detector sees
    pt_hat_gev: object = None
    partons: dict = None  # "pdg", "pt_gev", "eta", "phi"
    jets: dict = None  # "pt_gev", "eta", "phi" of particle-level jets
    label: object = None  # class number of a labelled file
    process: object = None  # numbers of process.py, where the source tells what made the events
    counted: dict = field(default_factory=dict)  # what was left out, and how often


def is_neutrino(pdg):
    """Of each number of a (ragged) array."""
    code = abs(pdg)
    return (code == NEUTRINOS[0]) | (code == NEUTRINOS[1]) | (code == NEUTRINOS[2])


def polar(px, py, pz):
    """(pT, eta, phi); eta is infinite along the beam, which `clean` leaves out and counts."""
    np = need("numpy")
    with np.errstate(all="ignore"):
        pt = np.hypot(px, py)
        return pt, np.arcsinh(pz / pt), np.arctan2(py, px)


def wrapped(phi):
    """phi in [-pi, pi)."""
    np = need("numpy")
    return (phi + np.pi) % (2 * np.pi) - np.pi


def kind_from_pdg(pdg, charge=None):
    """Electrons, muons and photons by their number; else a track where there is charge, else a hadron.

    Without a charge column the number decides: K0L, neutrons and other neutral hadrons are hadrons.
    """
    ak = need("awkward")
    code = abs(pdg)
    if charge is None:
        neutral = code == 0
        for number in (111, 130, 310, 311, 2112, 3122, 3212, 3322, 1, 2):  # 1, 2: forward in CMS
            neutral = neutral | (code == number)
    else:
        neutral = charge == 0
    kind = ak.where(neutral, HADRON, TRACK)
    for number, name in ((11, ELECTRON), (13, MUON), (22, PHOTON)):
        kind = ak.where(code == number, name, kind)
    return kind


def joined(parts):
    """One token list an event from several collections; a column that one lacks is 0 there."""
    ak = need("awkward")
    return {
        name: ak.concatenate(
            [part[name] if name in part else ak.zeros_like(part["pt_gev"]) for part in parts], axis=1
        )
        for name in COLUMNS
        if any(name in part for part in parts)
    }


def clean(tokens, counted):
    """Leaves out what has no finite direction or no positive pT, and counts it; the rest becomes finite."""
    ak, np = need("awkward"), need("numpy")
    good = (
        (tokens["pt_gev"] > 0)
        & (abs(tokens["pt_gev"]) < 1e6)
        & np.isfinite(tokens["eta"])
        & np.isfinite(tokens["phi"])
    )
    lost = int(ak.count(good) - ak.sum(good))
    if lost:
        what = "token without positive pT and finite direction"
        counted[what] = counted.get(what, 0) + lost
        tokens = {name: values[good] for name, values in tokens.items()}
    tokens = {
        name: values if name == "kind" else ak.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        for name, values in tokens.items()
    }
    return {**tokens, "phi": wrapped(tokens["phi"])}


def select(tokens, max_tokens):
    """Falls by pT, keeps `max_tokens` (0: all) an event and sums the rest, a remainder token a kind.

    A remainder carries the vector sum of what it replaces, so the sum over an event stays what it was.
    """
    ak = need("awkward")
    order = ak.argsort(tokens["pt_gev"], axis=1, ascending=False, stable=True)
    tokens = {name: values[order] for name, values in tokens.items()}
    if max_tokens <= 0 or ak.max(ak.num(tokens["pt_gev"], axis=1), initial=0) <= max_tokens:
        return tokens
    kept = {name: values[:, :max_tokens] for name, values in tokens.items()}
    rest = {name: values[:, max_tokens:] for name, values in tokens.items()}
    parts = [kept]
    for kind in range(len(KIND_NAMES)):
        parts.append(remainder({name: values[rest["kind"] == kind] for name, values in rest.items()}, kind))
    return joined(parts)


def remainder(rest, kind):
    """At most one token an event: the sum of `rest`, all of one kind."""
    ak, np = need("awkward"), need("numpy")
    pt, eta, phi = (ak.values_astype(rest[name], "float64") for name in ("pt_gev", "eta", "phi"))
    scalar = ak.sum(pt, axis=1)
    weighed = {}
    for name in ("depth", "is_pileup"):
        share = ak.sum(pt * rest[name], axis=1) / scalar if name in rest else None
        if share is not None:
            weighed[name] = share if name == "depth" else ak.values_astype(share > 0.5, "int8")
    return vector_token(
        ak.sum(pt * np.cos(phi), axis=1),
        ak.sum(pt * np.sin(phi), axis=1),
        ak.sum(pt * np.sinh(eta), axis=1),
        kind,
        weighed,
    )


def vector_token(x, y, z, kind, columns=None):
    """One remainder token an event with the momentum (x, y, z); none where it is 0."""
    ak, np = need("awkward"), need("numpy")
    x, y, z = (np.asarray(v, dtype="float64") for v in (x, y, z))
    pt, eta, phi = polar(x, y, z)
    there = (pt > 0) & np.isfinite(eta)
    counts = there.astype("int64")
    values = {
        "kind": np.full(len(pt), kind + REMAINDER),
        "pt_gev": pt,
        "eta": eta,
        "phi": phi,
        **(columns or {}),
    }
    return {name: ak.unflatten(np.asarray(v)[there], counts) for name, v in values.items()}


def unclustered(tokens, missing):
    """A hadron remainder that makes the tokens sum to the source's own missing momentum."""
    ak, np = need("awkward"), need("numpy")
    pt, phi = (ak.values_astype(tokens[name], "float64") for name in ("pt_gev", "phi"))
    x = -np.asarray(missing[0], dtype="float64") - ak.to_numpy(ak.sum(pt * np.cos(phi), axis=1))
    y = -np.asarray(missing[1], dtype="float64") - ak.to_numpy(ak.sum(pt * np.sin(phi), axis=1))
    good = np.isfinite(x) & np.isfinite(y)
    return vector_token(np.where(good, x, 0), np.where(good, y, 0), np.zeros(len(x)), HADRON)
