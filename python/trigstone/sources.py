"""Files of columns, read in blocks of events: ROOT trees and RNTuples (uproot), Parquet (pyarrow).

What a file is, is told by its first bytes, never by its name.
"""

import os

from .errors import Error, cut_off, need, unreadable

BLOCK_BYTES = "24 MB"  # of decompressed ROOT columns held at once
BLOCK_ROWS = 512  # of Parquet; rows of 200 collisions are 150 kB


def file_format(path):
    """'root', 'parquet', 'hdf5', 'lhe', 'hepmc' or ''; Error when the file cannot be read."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
        if start[:2] == b"\x1f\x8b":
            import gzip

            with gzip.open(path, "rb") as file:
                start = file.read(4096)
    except OSError as failed:
        raise Error(
            path, f"cannot be read: {failed.strerror or failed}", "check the path and the permissions"
        ) from failed
    except EOFError as failed:
        raise Error(path, "is a truncated gzip file", "copy it again") from failed
    for magic, name in ((b"root", "root"), (b"PAR1", "parquet"), (b"\x89HDF", "hdf5")):
        if start.startswith(magic):
            return name
    for words, name in ((b"<LesHouchesEvents", "lhe"), (b"HepMC::", "hepmc")):
        if words in start:
            return name
    return ""


class Source:
    """Columns by name. `names` are without the branch they hang on ("Muon.PT", not "Muon/Muon.PT")."""

    def __init__(self, path):
        self.path, self.names, self.entries = path, {}, 0
        self.types = {}

    def demand(self, columns, kind):
        """Error naming every column that is missing."""
        missing = [name for name in columns if name not in self.names]
        if missing:
            raise Error(
                self.path,
                f"lacks {', '.join(missing)}",
                f"a file of kind {kind} has them; give another --kind or --collection",
            )

    def blocks(self, columns):
        """Yields {column: array} of some events at a time; memory does not grow with the file."""
        raise NotImplementedError


class RootSource(Source):
    """The tree with the most entries and, among equals, the most columns."""

    def __init__(self, path):
        super().__init__(path)
        uproot = need("uproot")
        try:
            self.file = uproot.open(path)
            classes = self.file.classnames(recursive=True)
            trees = [
                self.file[key]
                for key, name in classes.items()
                if name in ("TTree", "TNtuple", "ROOT::RNTuple")
            ]
            trees = [(tree.num_entries, len(tree.keys()), tree) for tree in trees]
        except Exception as failed:  # uproot raises many kinds on damaged files
            raise unreadable(path, "ROOT", failed) from failed
        if not trees:
            raise Error(
                path, "holds no tree", f"it holds {', '.join(sorted(set(classes.values()))) or 'nothing'}"
            )
        self.entries, _, self.tree = max(trees, key=lambda found: found[:2])
        for key in self.tree.keys():
            self.names.setdefault(key.split("/")[-1], key)
        self.types = {name: self.tree[key].typename for name, key in self.names.items()}

    def blocks(self, columns):
        keys = [self.names[name] for name in columns]
        try:
            for arrays in self.tree.iterate(keys, step_size=BLOCK_BYTES, library="ak", how=dict):
                yield {name: field_of(arrays, key) for name, key in zip(columns, keys)}
        except Exception as failed:
            raise cut_off(self.path, failed) from failed


def field_of(arrays, key):
    """A column; of an RNTuple with structures the field inside them."""
    if key in arrays:
        return arrays[key]
    head, *fields = key.split(".")
    values = arrays[head]
    for field in fields:
        values = values[field]
    return values


class ParquetSource(Source):
    """Columns of a Parquet file; a list of structures gives the columns NAME_FIELD."""

    def __init__(self, path):
        super().__init__(path)
        self.parquet = need("pyarrow.parquet")
        arrow = need("pyarrow")
        try:
            self.file = self.parquet.ParquetFile(path)
        except Exception as failed:
            raise unreadable(path, "Parquet", failed) from failed
        self.entries = self.file.metadata.num_rows
        for column in self.file.schema_arrow:
            inner = column.type.value_type if is_list(arrow, column.type) else column.type
            if arrow.types.is_struct(inner):
                for leaf in inner:
                    self.names[f"{column.name}_{leaf.name}"] = (column.name, leaf.name)
            else:
                self.names[column.name] = (column.name, None)
            self.types[column.name] = str(column.type)

    def blocks(self, columns):
        ak = need("awkward")
        wanted = sorted({self.names[name][0] for name in columns})
        try:
            for batch in self.file.iter_batches(batch_size=BLOCK_ROWS, columns=wanted):
                rows = {name: ak.from_arrow(plain(batch.column(name))) for name in wanted}
                yield {
                    name: without_none(rows[top] if leaf is None else rows[top][leaf])
                    for name, (top, leaf) in ((name, self.names[name]) for name in columns)
                }
        except Exception as failed:
            raise cut_off(self.path, failed) from failed


def plain(column):
    """Categories as their values; half floats, which awkward cannot sort, as floats."""
    arrow = need("pyarrow")
    if arrow.types.is_dictionary(column.type):
        return column.dictionary_decode()
    for make in (arrow.list_, arrow.large_list):
        if column.type == make(arrow.float16()):
            return column.cast(make(arrow.float32()))
    return column.cast(arrow.float32()) if column.type == arrow.float16() else column


def is_list(arrow, column_type):
    kinds = arrow.types
    return (
        kinds.is_list(column_type)
        or kinds.is_large_list(column_type)
        or kinds.is_fixed_size_list(column_type)
    )


def without_none(values):
    """Nothing instead of a missing list, not-a-number instead of a missing number."""
    ak = need("awkward")
    if values.ndim > 1:
        values = ak.fill_none(values, [], axis=0)
    return ak.fill_none(values, float("nan"), axis=-1) if "?" in str(values.type) else values


def open_source(path):
    """The file's columns, or None where it is a listing of events (LHE)."""
    if os.path.isdir(path):
        raise Error(path, "is a folder, not a file", "name a file inside it")
    found = file_format(path)
    if found == "root":
        return RootSource(path)
    if found == "parquet":
        return ParquetSource(path)
    if found == "lhe":
        return None
    if found in ("hdf5", "hepmc"):
        raise Error(
            path,
            f"is a {found.upper() if found == 'hdf5' else 'HepMC'} file",
            f"use `trigstone events convert {path} -o OUT.h5`",
        )
    raise Error(path, "is neither ROOT, Parquet nor LHE", "docs/other_files.md lists what can be read")
