#!/usr/bin/env python3
"""Makes libraries whose hard collisions were showered several times: views of one hard process.

    venv/bin/python tools/generate_views.py -o views --process ttbar --collisions 1000
    trigstone events generate --process ttbar --sample views --resimulate 3 --pileup 0 -o tt.h5

The hard process runs once and is written as LHEF; parton showers, multiple interactions and hadronisation run
again for each view, with another seed and the renormalisation scale of both showers multiplied by each of
--scales (1, the nominal one, comes first). Pythia's factor is that of the squared scale, so 0.5 is
`renormMultFac = 0.25`.

The file is a library like those of generate_events.py with the attributes `views` and `view_settings` (a line a
view): the rows of hard collision h are h * views to h * views + views - 1. `--resimulate` takes them in turn, so
copies of one hard_id differ in shower, detector and pile-up. A hard collision that fails in one view is in none.
"""

import argparse
import pathlib
import sys
import tempfile

import generate_events as library

# Settings of the hard process: it must not run a second time. What particles there are and how they decay stays.
HARD_GROUPS = ("HardQCD", "HiggsSM", "HiggsBSM", "NewGaugeBoson", "PhaseSpace", "PromptPhoton", "Top",
               "WeakBosonAndParton", "WeakSingleBoson")
# Minimum bias is nothing but showers; hidden valleys shower with couplings of their own.
WITHOUT_VIEWS = ("minbias", "darkshower")
SPARE = 1.02  # more hard collisions than wanted: some fail in a view
SAME_ENERGY = 1e-6  # relative; LHEF keeps eleven digits


def view_lines(scale):
    """What a view changes in the showers."""
    factor = scale * scale
    return [f"TimeShower:renormMultFac = {factor:g}", f"SpaceShower:renormMultFac = {factor:g}"]


def shower_settings(lines, scale, lhef):
    """The settings of a view: those of the process without its hard part, the events of `lhef`, the scale."""
    kept = [line for line in lines if line.split(":")[0] not in HARD_GROUPS]
    return kept + ["Beams:frameType = 4", f"Beams:LHEF = {lhef}"] + view_lines(scale)


def view_seed(seed, part, view):
    """Other than every seed of the hard processes, which are `seed` + part."""
    return seed + 50 + 10 * view + part


def make_hard(lines, wanted, seed, lhef):
    """Writes `wanted` hard processes; returns what tells them apart, their pT-hat, and the cross section in pb."""
    pythia = library.start_pythia(lines + ["PartonLevel:all = off"], seed)
    # The writer keeps plain pointers to these two: they must outlive it.
    process, info = pythia.process, pythia.infoPython()
    writer = library.pythia8mc.LHAupFromPYTHIA8(process, info)
    writer.openLHEF(str(lhef))
    writer.setInit()
    writer.initLHEF()
    keys, pt_hats, scales = [], [], []
    while len(keys) < wanted:
        if pythia.next():
            keys.append(incoming(pythia))
            pt_hats.append(pythia.infoPython().pTHat())
            scales.append(pythia.process.scale())
            writer.setEvent()
            writer.eventLHEF()
    writer.closeLHEF(False)
    lhef.write_text(with_scales(lhef.read_text(), scales))
    return keys, pt_hats, pythia.infoPython().sigmaGen() * library.PB_PER_MB


def with_scales(text, scales):
    """The wheel's writer sees no scale and no parton densities: puts the one in, takes the empty other out."""
    lines, scale, first = [], iter(scales), False
    for line in text.splitlines():
        if first:
            words = line.split()
            words[3] = f"{next(scale):.8e}"
            line = " " + " ".join(words)
        first = line.startswith("<event>")
        if not line.startswith("#pdf"):
            lines.append(line)
    return "\n".join(lines) + "\n"


def incoming(pythia):
    return pythia.process[3].e(), pythia.process[4].e()


def is_same(left, right):
    return all(abs(a - b) <= SAME_ENERGY * abs(b) for a, b in zip(left, right))


def shower(sample, slow_jet, settings, seed, keys):
    """Adds the events of one view; returns {hard collision: row}."""
    pythia = library.start_pythia(settings, seed)
    rows, hard = {}, 0
    for _ in keys:
        if not pythia.next():
            continue  # it failed, or the events are at their end
        # Pythia skips events it cannot shower: find out which one this is.
        while hard < len(keys) and not is_same(incoming(pythia), keys[hard]):
            hard += 1
        if hard == len(keys):
            sys.exit("generate_views.py: error: an event of the shower is none of the hard ones")
        rows[hard] = len(sample.collisions)
        sample.add_collision(pythia, slow_jet)
        hard += 1
    return rows


def order_of_rows(rows_of_views, wanted):
    """Rows, view by view of one hard collision after the other, of the first `wanted` that all views have."""
    common = sorted(set.intersection(*(set(rows) for rows in rows_of_views)))[:wanted]
    return [rows[hard] for hard in common for rows in rows_of_views]


def make(name, folder, seed, collisions, scales):
    parts = library.ALL_PROCESSES[name]
    each = max(1, round(collisions / len(parts)))
    sample = library.Sample(library.PT_MIN_GEV.get(name, library.PT_MIN_HARD_GEV))
    slow_jet = library.pythia8mc.SlowJet(-1, 0.4, 20.0, library.ETA_MAX, 2, 1)
    blocks, cross_sections_pb = [], []
    with tempfile.TemporaryDirectory() as place:
        for part, (lines, _) in enumerate(parts):
            lhef = pathlib.Path(place) / "hard.lhe"
            keys, pt_hats, sigma_pb = make_hard(lines, round(each * SPARE) + 5, seed + part, lhef)
            first = len(sample.collisions)
            views = [
                shower(sample, slow_jet, shower_settings(lines, scale, lhef), view_seed(seed, part, view), keys)
                for view, scale in enumerate(scales)]
            rows = order_of_rows(views, each)
            if len(rows) < each * len(scales):
                sys.exit(f"generate_views.py: error: {name}: too many failed collisions")
            for view in views:  # LHEF has no pT-hat
                for hard, row in view.items():
                    sample.collisions.data["pt_hat_gev"][row] = pt_hats[hard]
            weights = sample.collisions.data["weight_pb"]
            weights[first:] = [sigma_pb / each] * (len(weights) - first)
            blocks.append(rows)
            cross_sections_pb.append(sigma_pb)
            print(f"{name} part {part}: {each} collisions, {len(scales)} views, {sigma_pb:.6g} pb", flush=True)
    # Parts alternate collision by collision; the views of one stay together.
    views = len(scales)
    order = [row for hard in range(each) for block in blocks for row in block[hard * views:(hard + 1) * views]]
    library.write(folder / f"{name}.h5", name, sample, cross_sections_pb,
                  [(lines, each) for lines, _ in parts], seed, library.np.asarray(order),
                  [("views", library.np.int64(views)), ("view_settings", describe(scales, seed))])


def describe(scales, seed):
    return "\n".join(
        f"[view {view}] scale {scale:g}: {', '.join(view_lines(scale))}, Random:seed = {view_seed(seed, 0, view)} + part"
        for view, scale in enumerate(scales))


def parse_scales(text):
    try:
        scales = [float(word) for word in text.split(",")]
    except ValueError:
        scales = []
    # Pythia takes factors of 0.1 to 10, of the squared scale.
    if not scales or not all(0.1 <= scale * scale <= 10 for scale in scales):
        raise argparse.ArgumentTypeError(f"'{text}' is no list of scales between 0.32 and 3.16, like 1,0.5,2")
    return scales


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-o", "--output", type=pathlib.Path, required=True, help="folder")
    parser.add_argument("--process", required=True, metavar="PROCESS",
                        choices=[name for name in library.ALL_PROCESSES if name not in WITHOUT_VIEWS])
    parser.add_argument("--collisions", type=int, default=1000, help="hard ones")
    parser.add_argument("--scales", type=parse_scales, default=[1.0, 0.5, 2.0],
                        help="of the showers, one a view; 1,0.5,2 by default. Repeat 1 for other seeds alone")
    parser.add_argument("--seed", type=int, default=20260)
    arguments = parser.parse_args()
    if library.pythia8mc is None:
        sys.exit("generate_views.py: error: numpy, h5py or pythia8mc is missing; install "
                 "tools/generate_events.txt into a virtual environment")
    arguments.output.mkdir(parents=True, exist_ok=True)
    make(arguments.process, arguments.output, arguments.seed, arguments.collisions, arguments.scales)


if __name__ == "__main__":
    main()
