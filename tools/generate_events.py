#!/usr/bin/env python3
"""Makes the embedded collision sample in data/ with Pythia 8.3.

One HDF5 file (schema trigstone.collisions/1, described in data/README.md) per process: stable
particles with |eta| < 5 and pT above a threshold, sorted by falling pT, plus truth that the
detector cannot see. The detector response, pile-up and tokens are added at run time by
`trigstone events generate`, so this script is needed only to change the sample.

    python3 -m venv venv && venv/bin/pip install -r tools/generate_events.txt
    venv/bin/python tools/generate_events.py -o data               # every process, about 4 min on 1 idle core
    venv/bin/python tools/generate_events.py -o data --only ttbar  # one of them

Columns are packed because the sample lives in git: pT as IEEE half precision (relative step
2^-11), eta and phi as integers of 2^-11 and 2*pi/2^14 (far below the detector's cells), impact
parameters as integers of 10 micrometres, species as an index into the attribute `pdg`. Particles
below 2 GeV never make a Level-1 track, so their pT keeps 6 mantissa bits and their eta and phi only
multiples of 8 steps (0.004 and 0.003, a twentieth of a calorimeter tower): half the file size.
Each integer column carries its `scale` as an attribute.
"""

import argparse
import math
import pathlib
import sys
import time

import h5py
import numpy as np
import pythia8mc

SCHEMA = "trigstone.collisions/1"
ETA_MAX = 5.0
ETA_STEP = 2.0**-11
PHI_STEP = 2.0 * math.pi / 2**14
IMPACT_STEP_CM = 1e-3
COARSE_BELOW_GEV = 2.0
COARSE_STEPS = 8
PT_MIN_GEV = {"minbias": 0.2}  # pile-up wants the soft particles; others default to:
PT_MIN_HARD_GEV = 0.3
NEUTRINOS = {12, 14, 16}
# Everything Pythia can leave stable with tau0Max = 10 mm; the order is the `species` code.
NEGATIVE_TOO = [11, 13, 211, 321, 2112, 2212, 3112, 3122, 3222, 3312, 3322, 3334]
SPECIES = [22, 130, 310] + [sign * pdg for pdg in NEGATIVE_TOO for sign in (1, -1)]
SPECIES_CODE = {pdg: code for code, pdg in enumerate(SPECIES)}
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
        self.particles = Columns(["species", "pt_gev", "eta", "phi", "dxy_cm", "dz_cm"])
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
            if particle.idAbs() in NEUTRINOS:
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
            dxy_cm = dz_cm = 0.0
            if charged and particle.hasVertex():
                dxy_cm, dz_cm = impact_parameters_cm(particle, phi)
            visible.append((pt, SPECIES_CODE[particle.id()], eta, phi, dxy_cm, dz_cm))
        visible.sort(reverse=True)
        for pt, species, eta, phi, dxy_cm, dz_cm in visible:
            self.particles.add(species, pt, eta, phi, dxy_cm, dz_cm)
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
    """Transverse (signed) and longitudinal distance to the collision, straight-line, in cm."""
    x, y, z = particle.xProd() / 10, particle.yProd() / 10, particle.zProd() / 10
    along = x * math.cos(phi) + y * math.sin(phi)
    return x * math.sin(phi) - y * math.cos(phi), z - along * math.sinh(particle.eta())


def start_pythia(settings, seed):
    pythia = pythia8mc.Pythia("", False)
    for line in COMMON + settings + ["Random:setSeed = on", f"Random:seed = {seed}"]:
        if not pythia.readString(line):
            sys.exit(f"generate_events.py: error: Pythia does not know '{line}'")
    if not pythia.init():
        sys.exit("generate_events.py: error: Pythia did not start")
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


def write_column(group, name, values):
    scale = {"eta": ETA_STEP, "phi": PHI_STEP, "dxy_cm": IMPACT_STEP_CM, "dz_cm": IMPACT_STEP_CM}
    if name in scale:
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
    chunks = (max(1, min(len(values), 1 << 17)),)
    column = group.create_dataset(name, data=values, chunks=chunks, compression="gzip",
                                  compression_opts=9, shuffle=True)
    if name in scale:
        column.attrs["scale"] = scale[name]


def write(path, name, sample, cross_sections_pb, parts, seed):
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
                write_column(group, column, values)
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, help="folder")
    parser.add_argument("--only", choices=PROCESSES, action="append", help="process (repeatable)")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--scale", type=float, default=1.0, help="fraction of the collisions")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for number, (name, parts) in enumerate(PROCESSES.items()):
        if arguments.only and name not in arguments.only:
            continue
        parts = [(lines, max(1, round(wanted * arguments.scale))) for lines, wanted in parts]
        seed = arguments.seed + 100 * number
        pt_min_gev = PT_MIN_GEV.get(name, PT_MIN_HARD_GEV)
        sample, cross_sections_pb = generate(name, parts, seed, pt_min_gev)
        write(arguments.output / f"{name}.h5", name, sample, cross_sections_pb, parts, seed)


if __name__ == "__main__":
    main()
