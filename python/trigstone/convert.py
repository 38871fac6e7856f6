"""Event files of other programs into `trigstone.events/1`:

    python -m trigstone.convert IN… -o OUT.h5 [--kind KIND] [--collection NAME]

IN is NanoAOD, a Delphes tree, EDM4hep, JetClass, COLLIDE-2V, CMS Level-1 tuples, a plain tree of objects or LHE;
which, is told by its columns. docs/other_files.md says what becomes what. Exit status: 0 done, 1 the input is
wrong (one line says where, what and how to mend it).
"""

import argparse
import hashlib
import os
import sys
import time

from .errors import Error, need
from . import kinds, process
from .event_file import EventWriter
from .sources import open_source

PROGRAM = "python -m trigstone.convert"


class Parser(argparse.ArgumentParser):
    """Bad flags end with status 1 like every other fault of the input."""

    def error(self, message):
        raise Error(PROGRAM, message, f"see {PROGRAM} --help")


def parse(arguments):
    parser = Parser(
        prog=PROGRAM,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Turns event files of other programs into Trigstone's (HDF5, trigstone.events/1).",
        epilog=f"example:\n  {PROGRAM} nano_dy.root -o dy.h5 && trigstone events info dy.h5",
    )
    parser.add_argument("inputs", nargs="+", metavar="IN", help="ROOT, Parquet or LHE files, all of one kind")
    parser.add_argument("-o", "--output", required=True, metavar="OUT.h5", help="event file to write")
    parser.add_argument(
        "--kind",
        default="auto",
        choices=("auto", *kinds.NAMES),
        help="what IN is; auto (the default) asks its columns",
    )
    parser.add_argument(
        "--collection", metavar="NAME", help="take these particles instead of the kind's own choice"
    )
    parser.add_argument(
        "--max-tokens",
        type=int,
        default=128,
        metavar="N",
        help="tokens kept an event, the rest is summed (default 128; 0 keeps all)",
    )
    parser.add_argument(
        "--cross-section-pb",
        type=float,
        metavar="X",
        help="scale the weights so that they sum to X (LHE files say it themselves)",
    )
    parser.add_argument(
        "--process",
        metavar="NAME",
        help="what made every event (qcd, ttbar, zee, …); without it, what the source tells, else 'imported'",
    )
    parser.add_argument(
        "--keep-complete",
        action="store_true",
        help="of an LHE file that breaks off, keep the whole events",
    )
    return parser.parse_args(arguments)


class Progress:
    """Lines on stderr: a bar on a terminal, one line in five seconds in a log; silent below two seconds."""

    def __init__(self, total):
        self.total, self.start = total, time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.last = self.start

    def update(self, done):
        now = time.monotonic()
        if now - self.start < 2 or now - self.last < (0.1 if self.terminal else 5):
            return
        self.last = now
        of = f" of {self.total}" if self.total else ""
        print(
            f"convert: {done}{of} events, {done / (now - self.start):.0f} a second",
            end="\r" if self.terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def end(self):
        if self.terminal and self.last > self.start:
            print(file=sys.stderr)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def plan_of(path, kind_name, collection, keep_complete=False):
    """(plan, its blocks, number of events or 0, kind name) of one file."""
    source = open_source(path)
    if source is None:
        if kind_name not in ("auto", kinds.lhe.NAME):
            raise Error(path, f"is LHE, not {kind_name}", "leave --kind out")
        listing = kinds.lhe.LheFile(path, keep_complete)
        return listing, listing.blocks(), 0, kinds.lhe.NAME
    if kind_name == kinds.lhe.NAME:
        raise Error(path, "is a file of columns, not LHE", "leave --kind out")
    kind = (
        kinds.kind_of(source)
        if kind_name == "auto"
        else next(k for k in kinds.COLUMNAR if k.NAME == kind_name)
    )
    if kind is None and collection:
        kind = kinds.ntuple
    if kind is None:
        some = ", ".join(list(source.names)[:8]) or "none"
        raise Error(
            path,
            f"has columns of no known kind (it has {some}{', …' if len(source.names) > 8 else ''})",
            "docs/other_files.md lists the columns; or give --collection NAME",
        )
    plan = kind.Plan(source, collection)
    blocks = (plan.block(arrays) for arrays in source.blocks(plan.columns))
    return plan, blocks, source.entries, kind.NAME


def attributes_of(paths, plan, kind):
    versions = [f"{name} {need(name).__version__}" for name in ("uproot", "awkward", "pyarrow", "h5py")]
    return {
        "generator": "as in source file",
        "tune": "as in source file",
        **plan.attributes,
        "library": "".join(f"{os.path.basename(path)} {sha256(path)}\n" for path in paths),
        "source_kind": kind,
        "converted_with": ", ".join(versions),
    }


def convert(options):
    if options.max_tokens < 0:
        raise Error("--max-tokens", "is negative", "0 keeps all")
    if options.cross_section_pb is not None and not 0 < options.cross_section_pb < float("inf"):
        raise Error("--cross-section-pb", "is not positive", "give the cross section in pb")
    if any(os.path.realpath(path) == os.path.realpath(options.output) for path in options.inputs):
        raise Error(options.output, "is the input too", "name another output")
    made_by = None if options.process is None else process.named(options.process, "--process")
    for module in ("numpy", "uproot", "awkward", "pyarrow", "h5py"):
        need(module)
    plans = [
        plan_of(path, options.kind, options.collection, options.keep_complete) for path in options.inputs
    ]
    kind = plans[0][3]
    for path, (_, _, _, other) in zip(options.inputs, plans):
        if other != kind:
            raise Error(
                path, f"is {other}, {options.inputs[0]} is {kind}", "convert each kind into a file of its own"
            )
    progress = Progress(sum(entries for _, _, entries, _ in plans))
    attributes = attributes_of(options.inputs, plans[0][0], kind)
    with EventWriter(options.output, attributes, options.max_tokens, made_by) as writer:
        with need("numpy").errstate(all="ignore"):  # what is not finite is counted, not warned of
            for _, blocks, _, _ in plans:
                for block in blocks:
                    writer.append(block)
                    progress.update(writer.events)
        progress.end()
        if writer.events == 0:
            what = "holds no complete event" if options.keep_complete else "holds no event"
            raise Error(options.inputs[0], what, "nothing to convert")
        cross_section_pb = options.cross_section_pb or sum(
            getattr(plan, "cross_section_pb", 0) for plan, *_ in plans
        )
        if cross_section_pb > 0:
            writer.normalise(cross_section_pb)
        writer.commit()
    for path, (plan, *_) in zip(options.inputs, plans):
        if getattr(plan, "cut_off", None):
            print(f"{path}: warning: {plan.cut_off}; the events before it are kept", file=sys.stderr)
    print(f"{options.output}: {writer.events} events from {kind}, {writer.tokens} tokens")
    for what, count in sorted(writer.counted.items()):
        print(f"  {count} times: {what}, left out")
    return 0


def main(arguments=None):
    try:
        return convert(parse(arguments))
    except Error as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{PROGRAM}: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
