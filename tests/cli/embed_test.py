"""The C interface as an embedding program meets it: the example from the build tree, and built anew
against an installed prefix by CMake and by pkg-config. All must print what `trigstone run` gives.

Run as: embed_test.py TRIGSTONE EXAMPLE BUILD_DIR SOURCE_DIR
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

TRIGSTONE, EXAMPLE, BUILD, SOURCE = sys.argv[1:5]
MODEL = """trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%2 "y" = linear(%0, %1) {} : <12,5>[2]
output "y" = %2
"""


def shell(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done


class Embed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp()
        model = os.path.join(cls.dir, "m.graph.txt")
        with open(model, "w") as file:
            file.write(MODEL)
        cls.firmware = os.path.join(cls.dir, "fw")
        shell(TRIGSTONE, "compile", model, "-o", cls.firmware)
        cls.x = np.random.default_rng(2).uniform(-9, 9, (40, 3))
        np.save(os.path.join(cls.dir, "x.npy"), cls.x)
        shell(TRIGSTONE, "run", cls.firmware, "-i", os.path.join(cls.dir, "x.npy"), "-o",
              os.path.join(cls.dir, "y.npy"))
        cls.y = np.load(os.path.join(cls.dir, "y.npy"))
        cls.prefix = os.path.join(cls.dir, "prefix")
        shell("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", "embed")
        cls.lib = next(os.path.dirname(os.path.join(root, name)) for root, _, names in os.walk(cls.prefix)
                       for name in names if name == "libtrigstone.so")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def answers(self, program):
        text = "\n".join(" ".join(repr(float(v)) for v in event) for event in self.x)
        done = shell(program, self.firmware, input=text, env={**os.environ, "LD_LIBRARY_PATH": self.lib})
        np.testing.assert_array_equal(np.loadtxt(done.stdout.splitlines()), self.y)
        self.assertIn("outside the format", done.stderr)

    def test_build_tree(self):
        self.answers(EXAMPLE)

    def test_installed_by_cmake(self):
        build = os.path.join(self.dir, "example")
        shell("cmake", "-S", os.path.join(SOURCE, "examples/c"), "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        shell("cmake", "--build", build)
        self.answers(os.path.join(build, "dense"))

    @unittest.skipIf(shutil.which("pkg-config") is None and "CI" not in os.environ, "pkg-config is not installed")
    def test_installed_by_pkg_config(self):
        flags = shell("pkg-config", "--cflags", "--libs", "trigstone",
                      env={**os.environ, "PKG_CONFIG_PATH": os.path.join(self.lib, "pkgconfig")}).stdout.split()
        program = os.path.join(self.dir, "by_pkg_config")
        shell("cc", "-std=c99", "-Wall", "-Werror", "-pedantic", os.path.join(SOURCE, "examples/c/dense.c"), "-o",
              program, *flags)
        self.answers(program)

    def test_nothing_but_the_interface_is_exported(self):
        names = shell("nm", "-D", "--defined-only", os.path.join(self.lib, "libtrigstone.so")).stdout.split("\n")
        exported = [line.split()[-1] for line in names if line and line.split()[-2] in "TWVBDR"]
        self.assertIn("trigstone_run", exported)
        self.assertEqual([name for name in exported if not name.startswith("trigstone_")], [])

    def test_no_libtorch(self):
        needed = shell("ldd", os.path.join(self.lib, "libtrigstone.so")).stdout
        self.assertNotIn("torch", needed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
