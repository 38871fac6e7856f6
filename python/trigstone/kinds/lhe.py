"""Les Houches events (pylhe): outgoing particles of the matrix element as tokens; quarks and gluons as hadrons.

No shower and no detector: what a generator would hand to one. Neutrinos are the missing momentum.
"""

import io
import warnings
import zlib

from ..errors import cut_off, first_line, need, unreadable
from ..process import from_hard_process
from ..tokens import ELECTRON, HADRON, MUON, NEUTRINOS, PHOTON, TRACK, Block, polar

NAME = "lhe"
EVENTS = 2000  # held at once
KINDS = {11: ELECTRON, 13: MUON, 15: TRACK, 22: PHOTON}
INVISIBLE = {*NEUTRINOS, 1000022}  # the lightest neutralino too


class LheFile:
    """Events of one file; `cross_section_pb` as its header has it.

    A file that breaks off is an error, or with `keep_complete` a message in `cut_off` behind its whole events.
    """

    attributes = {"detector": "as in source file (none: matrix element)"}

    def __init__(self, path, keep_complete=False):
        self.path, self.keep_complete, self.cut_off = path, keep_complete, None
        pylhe = need("pylhe")
        read = lambda: (
            pylhe.LHEFile.frombuffer(WhatThereIs(path)) if keep_complete else pylhe.LHEFile.fromfile(path)
        )
        try:
            self.file = strictly(read)
            self.cross_section_pb = sum(process.xSection for process in self.file.init.procInfo)
        except Exception as failed:
            raise unreadable(path, "LHE", failed) from failed

    def blocks(self):
        listing, events, end = iter(self.file.events), [], object()
        count = 0
        while True:
            try:
                event = strictly(lambda: next(listing, end))
            except Exception as failed:
                if not self.keep_complete:
                    raise cut_off(self.path, failed, keep=count > 0) from failed
                event = end
                self.cut_off = f"breaks off in event {count + 1} ({first_line(failed)})"
            count += event is not end
            if event is not end:
                events.append(event)
            if events and (event is end or len(events) == EVENTS):
                yield make_block(events)
                events = []
            if event is end:
                return


def strictly(read):
    """What pylhe only warns of (a listing that breaks off) is an error here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return read()


def make_block(events):
    ak, np = need("awkward"), need("numpy")
    out = [[p for p in event.particles if int(p.status) == 1] for event in events]
    counts = [len(particles) for particles in out]
    flat = [p for particles in out for p in particles]
    column = lambda name: np.array([getattr(p, name) for p in flat], dtype="f8")
    pdg = np.array([int(p.id) for p in flat], dtype="i8")
    x, y = column("px"), column("py")
    pt, eta, phi = polar(x, y, column("pz"))
    kind = np.array([KINDS.get(abs(code), HADRON) for code in pdg.tolist()], dtype="i1")
    ragged = {
        name: ak.unflatten(values, counts)
        for name, values in {
            "kind": kind,
            "pdg": pdg,
            "pt_gev": pt,
            "eta": eta,
            "phi": phi,
            "x": x,
            "y": y,
            "charge": np.where(kind <= MUON, -np.sign(pdg), 0),  # leptons only: quarks have no track
            "depth": (kind == HADRON).astype("f8"),
            "seen": np.array([abs(code) not in INVISIBLE for code in pdg.tolist()], dtype=bool),
        }.items()
    }
    seen = ragged["seen"]
    total = lambda name: ak.to_numpy(ak.sum(ragged[name][~seen], axis=1))
    hard = [[int(p.id) for p in event.particles if int(p.status) in (1, 2)] for event in events]
    return Block(
        tokens={name: ragged[name][seen] for name in ("kind", "charge", "pt_gev", "eta", "phi", "depth")},
        weight=np.array([float(event.eventinfo.weight) for event in events]),
        true_missing=(total("x"), total("y")),
        process=from_hard_process(ak.values_astype(ak.Array(hard), "int64")),
        partons={name: ragged[name] for name in ("pdg", "pt_gev", "eta", "phi")},
    )


class WhatThereIs(io.RawIOBase):
    """The bytes of a file, decompressed where they are gzip; of a truncated one all that can be had."""

    def __init__(self, path):
        self.file = open(path, "rb")  # closed by close()
        packed = self.file.read(2) == b"\x1f\x8b"
        self.file.seek(0)
        self.unpack = zlib.decompressobj(31) if packed else None
        self.left = b""

    def readable(self):
        return True

    def read(self, size=-1):
        """At most `size` bytes; none at the end, or where the compressed data are damaged."""
        while self.unpack is not None and not self.left and (part := self.file.read(1 << 16)):
            try:
                self.left = self._unpacked(part)
            except zlib.error:
                return b""
        if self.unpack is None:
            return self.file.read(size)
        taken, self.left = (self.left, b"") if size < 0 else (self.left[:size], self.left[size:])
        return taken

    def _unpacked(self, part):
        text = self.unpack.decompress(part)
        while self.unpack.eof and self.unpack.unused_data:  # files joined behind each other
            part = self.unpack.unused_data
            self.unpack = zlib.decompressobj(31)
            text += self.unpack.decompress(part)
        return text

    def close(self):
        self.file.close()
        super().close()
