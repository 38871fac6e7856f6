"""One error ends the user's request: where in their input, what, and how to mend it."""


class Error(Exception):
    """Printed as `where: error: what — hint`, with exit status 1."""

    def __init__(self, where, what, hint):
        super().__init__(f"{where}: error: {what} — {hint}")
        self.where, self.what, self.hint = where, what, hint


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
