"""What made an event: the `process` column, told from names and from the particles of the hard process.

Only what is certain is told; everything else stays `imported`.
"""

import re

from .errors import Error, need

# The order is that of kProcessNames in src/events/event.h (tests/cli/convert_process_test.py compares them).
PROCESS_NAMES = (
    "minbias",
    "qcd",
    "ttbar",
    "zee",
    "zmumu",
    "hbb",
    "vbf_hgamgam",
    "imported",
    "toy",
    "wlnu",
    "ztautau",
    "znunu",
    "gammajet",
    "hgamgam",
    "htautau",
    "hinv",
    "vbf_hbb",
    "vbf_htautau",
    "vbf_hinv",
    "hh4b",
    "haa4b",
    "tau3mu",
    "darkshower",
    "suep",
    "llp",
    "zprime",
)
CODES = {name: code for code, name in enumerate(PROCESS_NAMES)}
IMPORTED = CODES["imported"]

# How samples are called: patterns of the name in small letters, the first that fits.
HIGGS_DECAYS = (
    (r"_?(to)?_?(bb|2b)(?![a-z])", "hbb"),
    (r"_?(to)?_?(gamgam|gammagamma|2gamma|gaga|aa)(?![a-z])", "hgamgam"),
    (r"_?(to)?_?(tautau|2tau)", "htautau"),
    (r"_?(to)?_?inv", "hinv"),
)
SPELLINGS = (
    (r"min(imum)?_?bias|softqcd", "minbias"),
    (r"qcd", "qcd"),
    (r"tt(bar)?(?![hwzgb])(_|$|jets|to|incl|had|semi|lep|\d)", "ttbar"),
    (r"(dy|z)(jets)?_?to_?(ee|2e|elel)(?![a-z])", "zee"),
    (r"(dy|z)(jets)?_?to_?(mumu|2mu|mm)(?![a-z])", "zmumu"),
    (r"(dy|z)(jets)?_?to_?(tautau|2tau)", "ztautau"),
    (r"z(jets)?_?to_?(nunu|vv|2nu)", "znunu"),
    (r"w(jets|plus_?jets)?_?to_?l(nu|v)", "wlnu"),
    (r"(g|gamma|photon)_?jets?(?![a-z])", "gammajet"),
    (r"(gg)?hh_?(to)?_?(4b|bbbb)", "hh4b"),
    (r"(gg)?h_?(to)?_?(aa|ss)_?(to)?_?(4b|bbbb)", "haa4b"),
    *((r"vbf_?h(iggs)?" + decay, f"vbf_{name}") for decay, name in HIGGS_DECAYS),
    *((r"(gg_?|gluglu_?(to)?)h(iggs)?" + decay, name) for decay, name in HIGGS_DECAYS),
)


def named(name, where):
    """The code of one of our names ('tt' too); Error listing them otherwise."""
    code = CODES.get("ttbar" if name == "tt" else name)
    if code is None:
        raise Error(where, f"no process '{name}'", f"one of {', '.join(PROCESS_NAMES)}")
    return code


def from_text(text):
    """The code behind the name of a sample (QCD_HT50toInf, VBFHbb, DYToEE…), `imported` when in doubt."""
    text = str(text).strip().lower().replace("-", "_").replace(" ", "_")
    if text in CODES:
        return CODES[text]
    return next((CODES[name] for pattern, name in SPELLINGS if re.match(pattern, text)), IMPORTED)


def from_texts(texts):
    """Codes of an array of names, or of numbers: numbers mean nothing by themselves."""
    np = need("numpy")
    known = {}
    return np.array([known.setdefault(text, from_text(text)) for text in texts], dtype="i2")


def from_hard_process(pdg):
    """Codes of events, from the PDG numbers of intermediate and outgoing particles of the hard process.

    Incoming particles must not be among them. Told apart: top pairs, Z and W by their leptons, photon and
    jets, jets alone, H -> bb, photons, taus without any other particle (so no vector-boson fusion), HH -> 4b.
    """
    ak, np = need("awkward"), need("numpy")
    code = abs(pdg)
    count = lambda *numbers: sum(ak.to_numpy(ak.sum(code == number, axis=1)) for number in numbers)
    signed = lambda number: ak.to_numpy(ak.sum(pdg == number, axis=1))
    total = ak.to_numpy(ak.num(pdg, axis=1))
    top, z, w, higgs, photon = (count(number) for number in (6, 23, 24, 25, 22))
    partons = count(1, 2, 3, 4, 5, 21)
    leptons = {number: count(number) for number in (11, 12, 13, 14, 15, 16)}
    every_lepton = sum(leptons.values())
    # Nothing but what the rules below ask about: no supersymmetry, no further boson.
    known = total == top + z + w + higgs + photon + partons + every_lepton
    pair = lambda number: (signed(number) == 1) & (signed(-number) == 1)
    plain = known & (top == 0) & (higgs == 0)
    result = np.full(len(total), IMPORTED, dtype="i2")

    def tell(name, where):
        result[where & (result == IMPORTED)] = CODES[name]

    tell("ttbar", known & pair(6) & (top == 2) & (z == 0) & (higgs == 0) & (photon == 0) & (w <= 2))
    for number, name in (
        (11, "zee"),
        (13, "zmumu"),
        (15, "ztautau"),
        (12, "znunu"),
        (14, "znunu"),
        (16, "znunu"),
    ):
        tell(name, plain & (w == 0) & (z <= 1) & (photon == 0) & pair(number) & (every_lepton == 2))
    for number in (11, 13, 15):
        for sign in (1, -1):
            decay = (signed(sign * number) == 1) & (signed(-sign * (number + 1)) == 1)
            tell("wlnu", plain & (w == 1) & (z == 0) & (photon == 0) & decay & (every_lepton == 2))
    lone = plain & (w == 0) & (z == 0) & (every_lepton == 0)
    tell("gammajet", lone & (photon == 1) & (partons >= 1))
    tell("qcd", lone & (photon == 0) & (partons >= 2))
    higgs_alone = known & (top == 0) & (z == 0) & (w == 0)
    for number, name in ((5, "hbb"), (22, "hgamgam"), (15, "htautau")):
        tell(name, higgs_alone & (higgs == 1) & (count(number) == 2) & (total == 3))
    tell("hh4b", higgs_alone & (higgs == 2) & (signed(5) == 2) & (signed(-5) == 2) & (total == 6))
    return result
