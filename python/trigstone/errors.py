"""One error ends the user's request: where in their input, what, and how to mend it."""


class Error(Exception):
    """Printed as `where: error: what — hint`, with exit status 1."""

    def __init__(self, where, what, hint):
        super().__init__(f"{where}: error: {what} — {hint}")
        self.where, self.what, self.hint = where, what, hint


def first_line(failed):
    lines = str(failed).strip().splitlines()
    return lines[0][:160] if lines else type(failed).__name__


def unreadable(path, kind, failed):
    """The error of a file that a library cannot open."""
    return Error(path, f"is not a readable {kind} file ({first_line(failed)})", "copy or make it again")


def cut_off(path, failed, keep=False):
    """The error of a file that a library opened but cannot read on; `keep`: whole events can be kept."""
    return Error(
        path,
        f"cannot be read to its end ({first_line(failed)})",
        "the file is damaged or truncated; copy or make it again"
        + (", or keep its whole events with --keep-complete" if keep else ""),
    )


def need(module):
    """Imports a library that is not part of Python, or says how to install it."""
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise Error(
            "trigstone.convert",
            f"needs the Python library '{missing.name or module}'",
            'pip install "uproot>=5.3" "awkward>=2.5" "pyarrow>=12" "h5py>=3.8" "pylhe>=1.0"',
        ) from missing
