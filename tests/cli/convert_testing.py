"""What the tests of `python -m trigstone.convert` share.

Run each as: NAME_test.py TRIGSTONE SOURCE_DIR VENV   (the program, the repository, the environment of ./dev test)
Without the environment they skip (status 77); with CI=true that is a failure.
"""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TRIGSTONE, SOURCE, VENV = sys.argv[1:4]
PYTHON = os.path.join(VENV, "bin", "python")
if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
    if os.path.exists(PYTHON):
        os.execv(PYTHON, [PYTHON, *sys.argv])
    print(f"{VENV} is missing: ./dev test makes it", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") else 77)

import awkward as ak
import h5py
import numpy as np

sys.path.insert(0, os.path.join(SOURCE, "python"))
from trigstone import convert

MODEL = """trigstone.graph/1 "hardest"
%0 "tokens" = input() {format = <12,1,RND_CONV,SAT>, shape = [4,14]} : <12,1>[4,14]
%1 "logit" = reshape(%0) {shape = [56]} : <12,1>[56]
output "logit" = %1
"""


def interop(name):
    folder = os.environ.get("TRIGSTONE_INTEROP")
    if folder:
        return os.path.join(folder, "data", name)
    if os.environ.get("CI"):
        raise AssertionError("CI needs TRIGSTONE_INTEROP")
    raise unittest.SkipTest("TRIGSTONE_INTEROP is not set")


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def run_convert(self, *arguments):
        """(status, stdout, stderr)"""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = convert.main([str(argument) for argument in arguments])
        return status, out.getvalue(), err.getvalue()

    def converted(self, *inputs, flags=()):
        """The converted columns, and the program's own view of the file."""
        out = self.path("out.h5")
        status, said, err = self.run_convert(*inputs, "-o", out, *flags)
        self.assertEqual((status, err), (0, ""))
        info = subprocess.run(
            [TRIGSTONE, "events", "info", out, "--json"], capture_output=True, text=True, check=False
        )
        self.assertEqual(info.returncode, 0, info.stderr)
        with h5py.File(out) as file:
            columns = {f"{group}/{name}": file[group][name][:] for group in file for name in file[group]}
            attributes = dict(file.attrs)
        columns["counts"] = np.diff(columns["tokens/offset"])
        columns["said"], columns["attributes"], columns["info"] = said, attributes, json.loads(info.stdout)
        self.assertEqual(columns["info"]["events"], len(columns["events/id"]))
        return columns

    def refused(self, *arguments):
        out = self.path("refused.h5")
        status, said, err = self.run_convert(*arguments, "-o", out)
        self.assertEqual((status, said), (1, ""))
        self.assertRegex(err, r"^[^\n]+: error: [^\n]+ — [^\n]+\n$")
        self.assertEqual([name for name in os.listdir(self.dir) if name.startswith("refused")], [])
        return err

    def close(self, left, right, tolerance=1e-5):
        np.testing.assert_allclose(
            np.asarray(left, dtype="f8"), np.asarray(right, dtype="f8"), rtol=tolerance, atol=1e-3
        )

    def vector(self, columns, x=np.cos):
        """Sum of pT cos(phi) (or sin) of each event's tokens."""
        pt = ak.unflatten(columns["tokens/pt_gev"].astype("f8"), columns["counts"])
        return ak.to_numpy(
            ak.sum(pt * x(ak.unflatten(columns["tokens/phi"].astype("f8"), columns["counts"])), axis=1)
        )
