"""Writes `trigstone.events/1` (HDF5): the schema of src/events/event_file.h, block by block.

The file grows under a temporary name beside its own and is renamed by commit(): a kill or a full disk
leaves the old file or the new one.
"""

import os

from .errors import Error, need
from .process import IMPORTED, PROCESS_NAMES
from .tokens import COLUMNS, KIND_NAMES, clean, joined, select, unclustered

SCHEMA = "trigstone.events/1"
CHUNK = 16384  # elements of a column that are compressed together
INT16 = 32767

EVENT_TYPES = {
    "id": "i8",
    "hard_id": "i4",
    "weight": "f4",
    "process": "i2",
    "pileup": "i2",
    "vertex_z_cm": "f4",
    "vertex_t_ns": "f4",
}
TOKEN_TYPES = {name: "i1" if i < 4 else "f4" for i, name in enumerate(COLUMNS)}
OBJECT_TYPES = {"pdg": "i2", "pt_gev": "f4", "eta": "f4", "phi": "f4"}


class EventWriter:
    """Appends blocks; nothing appears under `path` before commit()."""

    def __init__(self, path, attributes, max_tokens=128, process=None):
        """`process`, when given, is the number of every event's; else the block's, or `imported`."""
        h5py = need("h5py")
        self.path, self.max_tokens, self.process = path, max_tokens, process
        self.temporary = f"{path}.{os.getpid()}.tmp"
        self.events = self.tokens = 0
        self.weight_sum = 0.0
        self.counted = {}
        self.ends = {}
        try:
            self.file = h5py.File(self.temporary, "w")
        except OSError as failed:
            raise Error(
                path,
                f"cannot write: {failed.strerror or failed}",
                "choose a path you may write to, with space",
            ) from failed
        defaults = {
            "schema": SCHEMA,
            "process_names": ",".join(PROCESS_NAMES),
            "kind_names": ",".join(KIND_NAMES),
            "weight_unit": "as in source file",
            "seed": 0,
            "pileup_mean": 0.0,
            "luminosity_hz_per_pb": 0.0,
        }
        for name, value in {**defaults, **attributes}.items():
            self.file.attrs[name] = value
        for name, kind in EVENT_TYPES.items():
            self._create(f"events/{name}", kind)
        for name in ("missing_x_gev", "missing_y_gev", "pt_hat_gev"):
            self._create(f"truth/{name}", "f4")
        self._create("truth/label", "i4")
        self._create_ragged("events/library_", {"id": "i4"})
        self._create_ragged("tokens/", TOKEN_TYPES)
        self._create_ragged("truth/parton_", OBJECT_TYPES)
        self._create_ragged("truth/jet_", {name: OBJECT_TYPES[name] for name in ("pt_gev", "eta", "phi")})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Without a commit nothing stays behind."""
        self.file.close()
        if os.path.exists(self.temporary):
            os.unlink(self.temporary)

    def _create(self, name, kind):
        self.file.create_dataset(
            name,
            shape=(0,),
            maxshape=(None,),
            chunks=(CHUNK,),
            dtype=kind,
            shuffle=True,
            compression="gzip",
            compression_opts=4,
        )

    def _create_ragged(self, prefix, types):
        self._create(prefix + "offset", "i8")
        self._extend(prefix + "offset", [0])
        self.ends[prefix] = 0
        for name, kind in types.items():
            self._create(prefix + name, kind)

    def _extend(self, name, values):
        np = need("numpy")
        column = self.file[name]
        size = len(column)
        column.resize((size + len(values),))
        with np.errstate(all="ignore"):
            column[size:] = np.asarray(values).astype(column.dtype)

    def _extend_ragged(self, prefix, types, columns, events):
        ak, np = need("awkward"), need("numpy")
        if columns is None:
            counts = np.zeros(events, dtype="i8")
        else:
            counts = ak.to_numpy(ak.num(next(iter(columns.values())), axis=1)).astype("i8")
        total = int(counts.sum())
        self._extend(prefix + "offset", self.ends[prefix] + np.cumsum(counts))
        self.ends[prefix] += total
        for name, kind in types.items():
            given = None if columns is None else columns.get(name)
            values = np.zeros(total, dtype=kind) if given is None else ak.to_numpy(ak.flatten(given, axis=1))
            self._extend(prefix + name, np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
        return total

    def append(self, block):
        """Whole events of tokens.Block: bad tokens are counted, order and cut are made here."""
        ak, np = need("awkward"), need("numpy")
        tokens = clean(block.tokens, self.counted)
        for what, count in block.counted.items():
            self.counted[what] = self.counted.get(what, 0) + count
        if block.missing is not None:
            tokens = joined([select(tokens, self.max_tokens), unclustered(tokens, block.missing)])
        else:
            tokens = select(tokens, self.max_tokens)
        events = len(tokens["pt_gev"])
        process = block.process if self.process is None else self.process
        per_event = {
            "id": self.events + np.arange(events),
            "hard_id": np.full(events, -1),
            "weight": np.ones(events) if block.weight is None else finite(block.weight),
            "process": np.full(events, IMPORTED if process is None else process),
            "pileup": column_or_zero(block.pileup, events, INT16),
            "vertex_z_cm": column_or_zero(block.vertex_z_cm, events),
            "vertex_t_ns": np.zeros(events),
        }
        for name, values in per_event.items():
            self._extend(f"events/{name}", values)
        self._extend_ragged("events/library_", {"id": "i4"}, None, events)
        self.tokens += self._extend_ragged("tokens/", TOKEN_TYPES, tokens, events)
        x, y = block.true_missing if block.true_missing is not None else (None, None)
        self._extend("truth/missing_x_gev", column_or_zero(x, events))
        self._extend("truth/missing_y_gev", column_or_zero(y, events))
        self._extend("truth/pt_hat_gev", column_or_zero(block.pt_hat_gev, events))
        partons = block.partons
        if partons is not None:  # numbers beyond int16 (nuclei, some dark sectors) are kept at its edge
            partons = {**partons, "pdg": ak.where(abs(partons["pdg"]) > INT16, INT16, partons["pdg"])}
        self._extend_ragged("truth/parton_", OBJECT_TYPES, partons, events)
        self._extend_ragged(
            "truth/jet_", {k: OBJECT_TYPES[k] for k in ("pt_gev", "eta", "phi")}, block.jets, events
        )
        self._extend("truth/label", np.full(events, -1) if block.label is None else known(block.label))
        self.events += events
        self.weight_sum += float(per_event["weight"].sum())

    def normalise(self, cross_section_pb):
        """Scales the weights so that they sum to the cross section, as in our own files."""
        np = need("numpy")
        if not np.isfinite(self.weight_sum) or self.weight_sum == 0:
            raise Error(self.path, "weights of the source sum to 0", "convert without --cross-section-pb")
        column = self.file["events/weight"]
        for begin in range(0, len(column), CHUNK):
            part = column[begin : begin + CHUNK].astype("f8")
            column[begin : begin + CHUNK] = part * (cross_section_pb / self.weight_sum)
        self.file.attrs["weight_unit"] = "pb"

    def commit(self):
        try:
            self.file.flush()
            self.file.close()
            with open(self.temporary, "rb") as written:
                os.fsync(written.fileno())
            os.replace(self.temporary, self.path)
        except OSError as failed:
            raise Error(
                self.path,
                f"cannot write: {failed.strerror or failed}",
                "choose a path you may write to, with space",
            ) from failed


def finite(values):
    np = need("numpy")
    return np.nan_to_num(np.asarray(values, dtype="f8"), nan=0.0, posinf=0.0, neginf=0.0)


def known(labels):
    """-1 where a label is missing."""
    np = need("numpy")
    labels = np.asarray(labels, dtype="f8")
    return np.where(np.isfinite(labels), labels, -1)


def column_or_zero(values, events, limit=None):
    np = need("numpy")
    if values is None:
        return np.zeros(events)
    values = finite(values)
    return values if limit is None else np.clip(values, 0, limit)
