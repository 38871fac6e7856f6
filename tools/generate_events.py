#!/usr/bin/env python3
"""Makes the embedded collision sample in data/ with Pythia 8.3.

One HDF5 file (schema trigstone.collisions/1, described in data/README.md) per process: stable
particles with |eta| < 5 and pT above a threshold, sorted by falling pT, plus truth that the
detector cannot see. The detector response, pile-up and tokens are added at run time by
`trigstone events generate`, so this script is needed only to change the sample.

    python3 -m venv venv && venv/bin/pip install -r tools/generate_events.txt
    venv/bin/python tools/generate_events.py -o data               # every process, about 4 min on 1 idle core
    venv/bin/python tools/generate_events.py -o data --only ttbar  # one of them
    venv/bin/python tools/generate_events.py -o more --only hh4b --only llp --jobs 4

The embedded processes are made without --only; `--list` names the others. `trigstone events generate
--process hh4b --sample more` uses what lies in that folder. Settings and seeds are in the script and
in each file.

Columns are packed because the sample lives in git: pT as IEEE half precision (relative step
2^-11), eta and phi as integers of 2^-11 and 2*pi/2^14 (far below the detector's cells), impact
parameters as integers of 10 micrometres (cm as float32 where particles fly far), species as an index into the attribute `pdg`. Particles
below 2 GeV never make a Level-1 track, so their pT keeps 6 mantissa bits and their eta and phi only
multiples of 8 steps (0.004 and 0.003, a twentieth of a calorimeter tower): half the file size.
Each integer column carries its `scale` as an attribute.
"""

import argparse
import concurrent.futures
import math
import pathlib
import sys
import time

try:
    import h5py
    import numpy as np
    import pythia8mc
except ImportError:  # enough for --list and --check, which run nothing
    h5py = np = pythia8mc = None

SCHEMA = "trigstone.collisions/1"
ETA_MAX = 5.0
ETA_STEP = 2.0**-11
PHI_STEP = 2.0 * math.pi / 2**14
IMPACT_STEP_CM = 1e-3
IMPACT_COLUMNS = ("dxy_cm", "dz_cm", "path_cm")
# Only here do particles come from far enough to need the way from the beam line, and more than 33 cm.
DISPLACED = ("llp",)
COARSE_BELOW_GEV = 2.0
COARSE_STEPS = 8
PT_MIN_GEV = {"minbias": 0.2}  # pile-up wants the soft particles; others default to:
PT_MIN_HARD_GEV = 0.3
NEUTRINOS = {12, 14, 16}
# Everything Pythia can leave stable with tau0Max = 10 mm; the order is the `species` code.
NEGATIVE_TOO = [11, 13, 211, 321, 2112, 2212, 3112, 3122, 3222, 3312, 3322, 3334]
SPECIES = [22, 130, 310] + [sign * pdg for pdg in NEGATIVE_TOO for sign in (1, -1)]
SPECIES_CODE = {pdg: code for code, pdg in enumerate(SPECIES)}
# Invisible to every detector of ours: counted with the neutrinos.
HIDDEN_FROM = 1_000_000
PB_PER_MB = 1e9

# Beam, tune and lifetimes of Delphes' generatePileUpCMS.cmnd: Monash with the CUETP8M1 changes.
# tau0Max keeps strange hadrons stable: the detector response treats them as calorimeter deposits.
COMMON = [
    "Beams:idA = 2212",
    "Beams:idB = 2212",
    "Beams:eCM = 14000.",
    "Tune:pp = 14",
    "Tune:ee = 7",
    "MultipartonInteractions:pT0Ref = 2.4024",
    "MultipartonInteractions:ecmPow = 0.25208",
    "MultipartonInteractions:expPow = 1.6",
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",
    "Next:numberShowEvent = 0",
    "Next:numberShowInfo = 0",
    "Next:numberShowProcess = 0",
    "Print:quiet = on",
]
Z_WINDOW = ["WeakSingleBoson:ffbar2gmZ = on", "PhaseSpace:mHatMin = 60.", "23:onMode = off"]

# name -> list of (settings, collisions). Several entries are stitched by their weights.
PT_HAT_EDGES_GEV = [20, 40, 80, 150, 300, 600, -1]


def pt_hat_bins(collisions):
    bins = []
    for low, high in zip(PT_HAT_EDGES_GEV, PT_HAT_EDGES_GEV[1:]):
        settings = ["HardQCD:all = on", f"PhaseSpace:pTHatMin = {low}."]
        bins.append((settings + [f"PhaseSpace:pTHatMax = {high}."], collisions))
    return bins


PROCESSES = {
    "minbias": [
        (
            [
                "SoftQCD:nonDiffractive = on",
                "SoftQCD:singleDiffractive = on",
                "SoftQCD:doubleDiffractive = on",
            ],
            20000,
        )
    ],
    "qcd": pt_hat_bins(900),
    "ttbar": [(["Top:gg2ttbar = on", "Top:qqbar2ttbar = on"], 3000)],
    "zee": [(Z_WINDOW + ["23:onIfAny = 11"], 3000)],
    "zmumu": [(Z_WINDOW + ["23:onIfAny = 13"], 3000)],
    "hbb": [(["HiggsSM:gg2H = on", "25:m0 = 125.", "25:onMode = off", "25:onIfAny = 5"], 3000)],
    "vbf_hgamgam": [
        (["HiggsSM:ff2Hff(t:ZZ) = on", "HiggsSM:ff2Hff(t:WW) = on", "25:m0 = 125.",
          "25:onMode = off", "25:onIfMatch = 22 22"], 3000)
    ],
}

GLUON_FUSION = ["HiggsSM:gg2H = on", "25:m0 = 125.", "25:onMode = off"]
VECTOR_FUSION = ["HiggsSM:ff2Hff(t:ZZ) = on", "HiggsSM:ff2Hff(t:WW) = on", "25:m0 = 125.",
                 "25:onMode = off"]
# With a channel of ours the width would grow: keep it, and stay on the peak.
NARROW = ["25:doForceWidth = on", "25:mWidth = 0.004", "25:mMin = 120.", "25:mMax = 130."]
# A stable neutral scalar that no detector sees. The other channels are off but stay: without its
# gluons a Higgs could not be made. Mode 100 takes a branching ratio as it is given.
TO_INVISIBLE = NARROW + [
    "9900025:new = chi chibar 1 0 0 10. 0. 0. 0. 0.", "9900025:isVisible = off",
    "9900025:mayDecay = off", "25:addChannel = 1 1. 100 9900025 -9900025"]
# A light scalar of 20 GeV that goes to b quarks; 9000006 is free in the PDG's numbering.
TO_SCALARS = NARROW + [
    "9000006:new = a0 void 1 0 0 20. 0.001 19. 21. 0.", "9000006:isResonance = true",
    "9000006:addChannel = 1 1. 100 5 -5", "25:addChannel = 1 1. 100 9000006 9000006"]
# Neutral scalars of 50 GeV that fly 20 cm on average before they decay to b quarks (mode 91:
# showered where they decay). No limit of lifetime then, so what it kept stable is named.
LONG_LIVED = NARROW + [
    "9000007:new = S0 void 1 0 0 50. 0. 0. 0. 200.", "9000007:isResonance = false",
    "9000007:mayDecay = on", "9000007:addChannel = 1 1. 91 5 -5",
    "25:addChannel = 1 1. 100 9000007 9000007"] + [
        f"{pdg}:mayDecay = off" for pdg in (310, 3112, 3122, 3222, 3312, 3322, 3334)]
# A heavy scalar, two clouds of 180 GeV, sixteen of 18 GeV, 128 of 1.5 GeV, pairs of pions.
SOFT_CLOUDS = ["HiggsSM:gg2H = on", "25:m0 = 400.", "25:mMin = 399.", "25:mMax = 401.",
               "25:doForceWidth = on", "25:mWidth = 0.1", "25:onMode = off",
               "9000008:new = phi void 1 0 0 1.5 0. 0. 0. 0.", "9000008:isResonance = false",
               "9000008:mayDecay = on", "9000008:addChannel = 1 1. 0 211 -211",
               "9000010:new = cloudlet void 1 0 0 18. 0. 0. 0. 0.", "9000010:isResonance = false",
               "9000010:mayDecay = on", "9000010:addChannel = 1 1. 0" + 8 * " 9000008",
               "9000009:new = cloud void 1 0 0 180. 0. 0. 0. 0.", "9000009:isResonance = false",
               "9000009:mayDecay = on", "9000009:addChannel = 1 1. 0" + 8 * " 9000010",
               "25:addChannel = 1 1. 100 9000009 9000009"]

# What is not embedded. Approximations say so in `note`, which goes into the file.
MORE_PROCESSES = {
    "wlnu": [(["WeakSingleBoson:ffbar2W = on", "24:onMode = off", "24:onIfAny = 11 13 15"], 3000)],
    "ztautau": [(Z_WINDOW + ["23:onIfAny = 15"], 3000)],
    "znunu": [(["WeakBosonAndParton:qqbar2gmZg = on", "WeakBosonAndParton:qg2gmZq = on",
                "PhaseSpace:mHatMin = 60.", "PhaseSpace:pTHatMin = 50.", "23:onMode = off",
                "23:onIfAny = 12 14 16"], 3000)],
    "gammajet": [(["PromptPhoton:qg2qgamma = on", "PromptPhoton:qqbar2ggamma = on",
                   "PhaseSpace:pTHatMin = 20."], 3000)],
    "hgamgam": [(GLUON_FUSION + ["25:onIfMatch = 22 22"], 3000)],
    "htautau": [(GLUON_FUSION + ["25:onIfAny = 15"], 3000)],
    "hinv": [(GLUON_FUSION + TO_INVISIBLE, 3000)],
    "vbf_hbb": [(VECTOR_FUSION + ["25:onIfAny = 5"], 3000)],
    "vbf_htautau": [(VECTOR_FUSION + ["25:onIfAny = 15"], 3000)],
    "vbf_hinv": [(VECTOR_FUSION + TO_INVISIBLE, 3000)],
    "hh4b": [(["Higgs:useBSM = on", "HiggsBSM:ffbar2A3H1 = on", "25:m0 = 125.", "36:m0 = 125.", "36:doForceWidth = on",
               "36:mWidth = 0.004", "25:onMode = off", "25:onIfAny = 5", "36:onMode = off",
               "36:onIfAny = 5"], 3000)],
    "haa4b": [(GLUON_FUSION + TO_SCALARS, 3000)],
    "tau3mu": [(Z_WINDOW + ["23:onIfAny = 15", "15:oneChannel = 1 1. 0 13 13 -13"], 3000)],
    "darkshower": [(["HiddenValley:ffbar2Zv = on", "HiddenValley:Ngauge = 3",
                     "HiddenValley:FSR = on", "HiddenValley:fragment = on",
                     "HiddenValley:alphaOrder = 1", "HiddenValley:Lambda = 10.",
                     "HiddenValley:pTminFSR = 11.", "HiddenValley:probVector = 0.75",
                     "4900023:m0 = 500.", "4900023:mMin = 400.", "4900023:mMax = 600.",
                     "4900023:mWidth = 5.", "4900023:onMode = off", "4900023:onIfAny = 4900101",
                     "4900101:m0 = 10.", "4900111:m0 = 20.", "4900113:m0 = 20.", "4900211:m0 = 20.",
                     "4900213:m0 = 20.", "4900111:oneChannel = 1 1. 91 1 -1",
                     "4900113:oneChannel = 1 1. 91 1 -1"], 3000)],
    "suep": [(SOFT_CLOUDS, 3000)],
    "llp": [(GLUON_FUSION + ["ParticleDecays:limitTau0 = off"] + LONG_LIVED, 3000)],
    "zprime": [(["NewGaugeBoson:ffbar2gmZZprime = on", "Zprime:gmZmode = 3", "32:m0 = 1500.",
                 "PhaseSpace:mHatMin = 1000.", "32:onMode = off", "32:onIfAny = 11 13"], 3000)],
}
NOTES = {
    "hinv": "the branching ratio to the invisible scalar is a choice: as much as all others together",
    "vbf_hinv": "the branching ratio to the invisible scalar is a choice: as much as all others "
                "together",
    "hh4b": "approximation: qqbar -> A H with both of 125 GeV stands for gg -> HH, which Pythia does "
            "not have; kinematics are those of a Drell-Yan pair and the cross section means nothing",
    "haa4b": "the branching ratio to the scalars is a choice: as much as all others together",
    "tau3mu": "every tau of a Z decays to three muons by phase space; half of them would be one a "
              "billion in nature",
    "darkshower": "hidden-valley Z' of 500 GeV, Lambda 10 GeV, diagonal dark mesons decay to quarks, "
                  "the others are invisible",
    "suep": "approximation: a scalar of 400 GeV decays in steps of phase space to 128 pairs of pions, "
            "which is soft and isotropic but no thermal spectrum; the cross section means nothing",
    "llp": "H -> SS as often as all else together, with a mean flight of 20 cm; the detector response moves no "
           "calorimeter entry for a displaced decay",
}
ALL_PROCESSES = {**PROCESSES, **MORE_PROCESSES}


class Columns:
    """Grows plain Python lists; converted to packed arrays once, when the file is written."""

    def __init__(self, names):
        self.data = {name: [] for name in names}

    def add(self, *values):
        for column, value in zip(self.data.values(), values):
            column.append(value)

    def __len__(self):
        return len(next(iter(self.data.values())))


class Sample:
    def __init__(self, pt_min_gev):
        self.pt_min_gev = pt_min_gev
        self.particles = Columns(["species", "pt_gev", "eta", "phi", *IMPACT_COLUMNS])
        self.partons = Columns(["pdg", "pt_gev", "eta", "phi"])
        self.jets = Columns(["pt_gev", "eta", "phi"])
        self.collisions = Columns(
            ["weight_pb", "missing_x_gev", "missing_y_gev", "pt_hat_gev", "charged_central"]
        )
        self.offsets = {"particles": [0], "partons": [0], "jets": [0]}
        self.kept_pt_gev = self.all_pt_gev = 0.0

    def add_collision(self, pythia, slow_jet):
        missing_x = missing_y = 0.0
        charged_central = 0
        visible = []
        for particle in pythia.event:
            if not particle.isFinal():
                continue
            if particle.idAbs() in NEUTRINOS or particle.idAbs() > HIDDEN_FROM:
                missing_x += particle.px()
                missing_y += particle.py()
                continue
            eta = particle.eta()
            charged = particle.charge() != 0.0
            if charged and abs(eta) < 0.5:
                charged_central += 1
            if abs(eta) >= ETA_MAX:
                continue
            pt = particle.pT()
            self.all_pt_gev += pt
            if pt < self.pt_min_gev:
                continue
            self.kept_pt_gev += pt
            phi = particle.phi()
            impact_cm = (0.0, 0.0, 0.0)
            if charged and particle.hasVertex():
                impact_cm = impact_parameters_cm(particle, phi)
            species = SPECIES_CODE.get(particle.id())
            if species is None:
                sys.exit(f"generate_events.py: error: species {particle.id()} has no code")
            visible.append((pt, species, eta, phi, *impact_cm))
        visible.sort(reverse=True)
        for pt, species, eta, phi, *impact_cm in visible:
            self.particles.add(species, pt, eta, phi, *impact_cm)
        self.offsets["particles"].append(len(self.particles))
        self.add_truth(pythia, slow_jet)
        pt_hat = pythia.infoPython().pTHat()
        self.collisions.add(0.0, missing_x, missing_y, pt_hat, charged_central)

    def add_truth(self, pythia, slow_jet):
        """Outgoing particles of the hard process, before showers, and particle-level jets."""
        for parton in pythia.process:
            if parton.isFinal() and parton.pT() > 0.0 and parton.idAbs() < 100:
                self.partons.add(parton.id(), parton.pT(), clamp_eta(parton.eta()), parton.phi())
        self.offsets["partons"].append(len(self.partons))
        slow_jet.analyze(pythia.event)
        for i in range(slow_jet.sizeJet()):
            self.jets.add(slow_jet.pT(i), slow_jet.p(i).eta(), slow_jet.phi(i))
        self.offsets["jets"].append(len(self.jets))


def clamp_eta(eta):
    return max(-10.0, min(10.0, eta))


def impact_parameters_cm(particle, phi):
    """Of the straight line in the direction of flight, in cm: transverse (signed) distance to the
    collision, z at the closest point, and the transverse way from there to where it was made."""
    x, y, z = particle.xProd() / 10, particle.yProd() / 10, particle.zProd() / 10
    along = x * math.cos(phi) + y * math.sin(phi)
    return x * math.sin(phi) - y * math.cos(phi), z - along * math.sinh(particle.eta()), along


def start_pythia(settings, seed):
    pythia = pythia8mc.Pythia("", False)
    for line in COMMON + settings + ["Random:setSeed = on", f"Random:seed = {seed}"]:
        if not pythia.readString(line):
            sys.exit(f"generate_events.py: error: Pythia does not know '{line}'")
    if not pythia.init():
        sys.exit(f"generate_events.py: error: Pythia did not start with {settings}")
    return pythia


def generate(name, parts, seed, pt_min_gev):
    sample = Sample(pt_min_gev)
    slow_jet = pythia8mc.SlowJet(-1, 0.4, 20.0, ETA_MAX, 2, 1)
    cross_sections_pb = []
    for index, (settings, wanted) in enumerate(parts):
        pythia = start_pythia(settings, seed + index)
        first, started = len(sample.collisions), time.time()
        failed = 0
        while len(sample.collisions) - first < wanted:
            if not pythia.next():
                failed += 1
                if failed > 100 + wanted // 10:
                    sys.exit(f"generate_events.py: error: {name}: too many failed collisions")
                continue
            sample.add_collision(pythia, slow_jet)
        sigma_pb = pythia.infoPython().sigmaGen() * PB_PER_MB
        cross_sections_pb.append(sigma_pb)
        weights = sample.collisions.data["weight_pb"]
        weights[first:] = [sigma_pb / wanted] * wanted
        print(f"{name} part {index}: {wanted} collisions, {sigma_pb:.6g} pb, {failed} failed, "
              f"{time.time() - started:.0f} s", flush=True)
    return sample, cross_sections_pb


def interleave(sizes):
    """Order that spreads the stitched parts evenly, so that any prefix holds all of them."""
    position = [(k + 0.5) / size for size in sizes for k in range(size)]
    return np.argsort(position, kind="stable")


def reorder(columns, offsets, order):
    """Permutes whole collisions of ragged columns."""
    offsets = np.asarray(offsets)
    counts = np.diff(offsets)[order]
    new_offsets = np.concatenate([[0], np.cumsum(counts)])
    take = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in order]).astype(np.int64)
    return {name: np.asarray(column)[take] for name, column in columns.data.items()}, new_offsets


def packed(values, step):
    limit = np.iinfo(np.int16).max
    steps = np.rint(np.asarray(values, dtype=np.float64) / step)
    return np.clip(steps, -limit, limit).astype(np.int16)


def coarsen(columns):
    """Lowers the precision of particles that can only reach the calorimeter."""
    pt = np.asarray(columns["pt_gev"], dtype=np.float64)
    soft = pt < COARSE_BELOW_GEV
    mantissa, exponent = np.frexp(pt)
    columns["pt_gev"] = np.where(soft, np.ldexp(np.rint(mantissa * 2**7) / 2**7, exponent), pt)
    for name, step in (("eta", ETA_STEP), ("phi", PHI_STEP)):
        values, coarse = np.asarray(columns[name], dtype=np.float64), COARSE_STEPS * step
        columns[name] = np.where(soft, np.rint(values / coarse) * coarse, values)


def write_column(group, name, values, displaced=False):
    scale = {"eta": ETA_STEP, "phi": PHI_STEP}
    scale.update({column: 1.0 if displaced else IMPACT_STEP_CM for column in IMPACT_COLUMNS})
    if displaced and name in IMPACT_COLUMNS:
        values = np.asarray(values).astype(np.float32)
    elif name in scale:
        values = packed(values, scale[name])
    elif name == "pt_gev":
        values = np.asarray(values).astype(np.float16)
    elif name == "species":
        values = np.asarray(values).astype(np.uint8)
    elif name in ("pdg", "charged_central"):
        values = np.asarray(values).astype(np.int16)
    elif name == "offset":
        values = np.asarray(values).astype(np.int32)
    else:
        values = np.asarray(values).astype(np.float32)
    packing = {}  # a column without a row cannot be chunked
    if len(values) > 0:
        packing = {"chunks": (min(len(values), 1 << 17),), "compression": "gzip",
                   "compression_opts": 9, "shuffle": True}
    column = group.create_dataset(name, data=values, **packing)
    if name in scale:
        column.attrs["scale"] = scale[name]


def write(path, name, sample, cross_sections_pb, parts, seed, order=None, more=()):
    """`order` of the rows (default: parts interleaved); `more` attributes, as pairs."""
    if order is None:
        order = interleave([wanted for _, wanted in parts])
    partial = path.with_suffix(".partial")
    with h5py.File(partial, "w", libver=("v108", "v110")) as file:
        for group_name in ("particles", "partons", "jets"):
            columns, offsets = reorder(getattr(sample, group_name), sample.offsets[group_name], order)
            if group_name == "particles":
                coarsen(columns)
            group = file.create_group(group_name)
            write_column(group, "offset", offsets)
            for column, values in columns.items():
                if column != "path_cm" or name in DISPLACED:
                    write_column(group, column, values, name in DISPLACED)
        file["particles/species"].attrs["pdg"] = np.asarray(SPECIES, dtype=np.int16)
        group = file.create_group("collisions")
        for column, values in sample.collisions.data.items():
            write_column(group, column, np.asarray(values)[order])
        file.attrs["schema"] = SCHEMA
        file.attrs["process"] = name
        file.attrs["generator"] = f"Pythia {pythia_version():.3f}"
        file.attrs["tune"] = "Monash 2013 with CUETP8M1 multiparton settings"
        file.attrs["settings"] = "\n".join(
            COMMON + [f"[part {i}] {line}" for i, (lines, _) in enumerate(parts) for line in lines])
        file.attrs["note"] = NOTES.get(name, "")
        for key, value in more:
            file.attrs[key] = value
        file.attrs["seed"] = np.int64(seed)
        file.attrs["sqrt_s_gev"] = 14000.0
        file.attrs["cross_section_pb"] = float(sum(cross_sections_pb))
        file.attrs["part_cross_section_pb"] = np.asarray(cross_sections_pb)
        file.attrs["pt_min_gev"] = sample.pt_min_gev
        file.attrs["eta_max"] = ETA_MAX
        file.attrs["kept_pt_fraction"] = sample.kept_pt_gev / sample.all_pt_gev
    partial.rename(path)
    print(f"{path}: {len(order)} collisions, {len(sample.particles)} particles, "
          f"{path.stat().st_size / 1e6:.2f} MB", flush=True)


def pythia_version():
    return pythia8mc.Pythia("", False).parm("Pythia:versionNumber")


def make(name, folder, seed, scale):
    """One process from the settings to the file."""
    parts = [(lines, max(1, round(wanted * scale))) for lines, wanted in ALL_PROCESSES[name]]
    pt_min_gev = PT_MIN_GEV.get(name, PT_MIN_HARD_GEV)
    sample, cross_sections_pb = generate(name, parts, seed, pt_min_gev)
    write(folder / f"{name}.h5", name, sample, cross_sections_pb, parts, seed)


def check_settings():
    """What can be told without Pythia; returns the problems."""
    problems = []
    for name, parts in ALL_PROCESSES.items():
        for lines, wanted in parts:
            if wanted < 1:
                problems.append(f"{name}: no collisions")
            if not any(line.endswith("= on") for line in lines):
                problems.append(f"{name}: no process is switched on")
            for line in COMMON + lines:
                key, equals, value = line.partition(" = ")
                if not equals or not value.strip() or key != key.strip() or ":" not in key:
                    problems.append(f"{name}: '{line}' is no setting")
            keys = [line.partition(" = ")[0] for line in lines]
            for key in set(keys):
                if keys.count(key) > 1 and not key.endswith(("onIfAny", "addChannel", "m0")):
                    problems.append(f"{name}: '{key}' is set twice")
    for name in set(PROCESSES) & set(MORE_PROCESSES):
        problems.append(f"{name}: defined twice")
    for name in set(NOTES) - set(ALL_PROCESSES):
        problems.append(f"{name}: a note without a process")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, help="folder")
    parser.add_argument("--only", choices=ALL_PROCESSES, action="append",
                        help="process (repeatable)", metavar="PROCESS")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the collisions")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--list", action="store_true", help="name the processes and stop")
    parser.add_argument("--check", action="store_true", help="check the settings' form and stop")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(ALL_PROCESSES))
        return
    if arguments.check:
        problems = check_settings()
        sys.exit("\n".join(problems) if problems else 0)
    if arguments.output is None:
        parser.error("give a folder with -o")
    if pythia8mc is None:
        sys.exit("generate_events.py: error: numpy, h5py or pythia8mc is missing; install "
                 "tools/generate_events.txt into a virtual environment")
    arguments.output.mkdir(parents=True, exist_ok=True)
    seeds = {name: arguments.seed + 100 * number for number, name in enumerate(ALL_PROCESSES)}
    names = arguments.only or list(PROCESSES)
    with concurrent.futures.ProcessPoolExecutor(max_workers=max(1, arguments.jobs)) as pool:
        work = [pool.submit(make, name, arguments.output, seeds[name], arguments.scale)
                for name in names]
        for done in work:
            done.result()


if __name__ == "__main__":
    main()
