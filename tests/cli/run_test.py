"""`trigstone run` as a user meets it: engines agree, bad input is refused, memory does not grow.

Run as: run_test.py TRIGSTONE
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy as np

TRIGSTONE = sys.argv[1]
MODEL = """trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%2 "y" = linear(%0, %1) {} : <12,5>[2]
output "y" = %2
"""
MEMORY_GROWTH_BYTES = 32 << 20


class Run(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        with open(self.path("m.graph.txt"), "w") as file:
            file.write(MODEL)

    def path(self, name):
        return os.path.join(self.dir, name)

    def save(self, array, name="x.npy"):
        np.save(self.path(name), array)
        return self.path(name)

    def tool(self, *arguments):
        return subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, timeout=120)

    def run_model(self, array, *flags, model="m.graph.txt"):
        done = self.tool("run", self.path(model), "-i", self.save(array), "-o", self.path("y.npy"), *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.load(self.path("y.npy")), done.stderr

    def refused(self, *arguments, mentions=()):
        done = self.tool("run", *arguments)
        self.assertEqual(done.returncode, 1, done.stderr)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for text in mentions:
            self.assertIn(text, lines[0])

    def firmware(self):
        done = self.tool("compile", self.path("m.graph.txt"), "-o", self.path("fw"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_words_of_another_model_are_loaded(self):
        with open(self.path("new.graph.txt"), "w") as file:
            file.write(MODEL.replace("[1, -3, 0, 7, -8, 2]", "[-8, 2, 1, -3, 0, 7]"))
        done = self.tool("compile", self.path("m.graph.txt"), "--strategy", "stream", "--reuse", "6",
                         "-o", self.path("fw"))
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.tool("load-words", self.path("fw"), self.path("new.graph.txt"), "-o", self.path("words.hex"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("6 words of 4 bits", done.stdout)
        x = np.random.default_rng(5).uniform(-8, 8, (20, 3))
        expected, _ = self.run_model(x, model="new.graph.txt")
        before, _ = self.run_model(x, "--engine", "netlist", model="fw")
        self.assertFalse(np.array_equal(before, expected))
        for engine in ("netlist", "rtl"):
            found, _ = self.run_model(x, "--engine", engine, "--load", self.path("words.hex"), model="fw")
            np.testing.assert_array_equal(found, expected)
        self.refused(self.path("fw"), "-i", self.path("x.npy"), "-o", self.path("y.npy"),
                     "--load", self.path("words.hex"),
                     mentions=["--load: error: engine 'fast' has no memories to load", "netlist, or rtl"])
        self.firmware()
        self.refused(self.path("fw"), "-i", self.path("x.npy"), "-o", self.path("y.npy"), "--engine", "netlist",
                     "--load", self.path("words.hex"), mentions=["keeps no weights in memories", "stream"])
        done = self.tool("load-words", self.path("m.graph.txt"), self.path("new.graph.txt"), "-o", self.path("w"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("a model file has no memories to load", done.stderr)

    def test_every_engine_gives_the_same_numbers(self):
        self.firmware()
        x = np.random.default_rng(1).uniform(-7, 7, (50, 3))
        right, _ = self.run_model(x, "--engine", "interpret", model="fw")
        engines = ["fast", "netlist"]
        if shutil.which("verilator") or os.environ.get("CI"):
            engines.append("rtl")
        for engine in engines:
            np.testing.assert_array_equal(self.run_model(x, "--engine", engine, model="fw")[0], right)
        np.testing.assert_array_equal(self.run_model(x, model="fw")[0], right)  # fast is the default

    def test_dtypes_and_orders(self):
        x = np.round(np.random.default_rng(1).uniform(-7, 7, (50, 3)))
        right, _ = self.run_model(x)
        for same in (x.astype("f4"), x.astype("i1"), x.astype("i8"), np.asfortranarray(x)):
            np.testing.assert_array_equal(self.run_model(same)[0], right)

    def test_raw_mantissas_of_every_width(self):
        m = np.random.default_rng(1).integers(0, 128, (50, 3))
        right, _ = self.run_model(m, "--raw")
        self.assertEqual(right.dtype, np.int64)
        for kind in ("i1", "u1", "i2", "u2", "i4", "u4", "u8"):
            np.testing.assert_array_equal(self.run_model(m.astype(kind), "--raw")[0], right)
        m[3, 1] = 130
        for kind in ("u1", "i2", "i8"):
            self.refused(self.path("m.graph.txt"), "-i", self.save(m.astype(kind)), "-o", self.path("z.npy"),
                         "--raw", mentions=["x.npy: error: event 3, element 1 of 'x': mantissa 130"])

    def test_numbers_outside_the_format_are_counted(self):
        x = np.zeros((4, 3))
        x[1, 2], x[3, 0] = 8.0, -1e300
        y, said = self.run_model(x)
        self.assertIn("2 numbers lie outside", said)
        x[1, 2], x[3, 0] = 127 / 16, -8
        np.testing.assert_array_equal(self.run_model(x)[0], y)

    def test_numbers_that_are_none(self):
        for bad in (np.nan, np.inf, -np.inf):
            x = np.zeros((4, 3))
            x[2, 1] = bad
            self.refused(self.path("m.graph.txt"), "-i", self.save(x), "-o", self.path("y.npy"),
                         mentions=["x.npy: error: event 2, element 1"])
        self.assertFalse(os.path.exists(self.path("y.npy")))

    def test_shapes_and_types(self):
        model, out = self.path("m.graph.txt"), self.path("y.npy")
        self.refused(model, "-i", self.save(np.zeros((4, 2))), "-o", out, mentions=["x.npy", "[events,3]"])
        self.refused(model, "-i", self.save(np.zeros((4, 3), "c16")), "-o", out, mentions=["x.npy", "c16"])
        self.refused(model, "-i", self.save(np.zeros((4, 3))), "-o", out, "--raw", mentions=["x.npy", "--raw"])
        self.refused(model, "-i", self.save(np.zeros((4, 3))), "-o", out, "--engine", "rtl", mentions=["rtl"])
        self.refused(model, "-i", self.path("m.graph.txt"), "-o", out, mentions=["m.graph.txt"])

    def test_firmware_whose_files_were_changed(self):
        self.firmware()
        x, out = self.save(np.zeros((4, 3))), self.path("y.npy")
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.path("fw")) for name in names]
        listed = [path for path in files if not path.endswith("firmware.json")]
        self.assertGreaterEqual(len(listed), 4)  # model, graph, netlist, Verilog
        for path in listed:
            with open(path, "rb") as file:
                content = file.read()
            middle = len(content) // 2
            flipped = content[:middle] + bytes(byte ^ 1 for byte in content[middle:middle + 1]) + content[middle + 1:]
            for changed in {flipped, content + b"\n", content[:middle]} - {content}:
                with open(path, "wb") as file:
                    file.write(changed)
                self.refused(self.path("fw"), "-i", x, "-o", out, mentions=[path, "differs", "compile"])
            os.remove(path)
            self.refused(self.path("fw"), "-i", x, "-o", out, mentions=[path, "missing", "compile"])
            with open(path, "wb") as file:
                file.write(content)
        self.assertFalse(os.path.exists(out))
        self.run_model(np.zeros((4, 3)), model="fw")  # all is as it was

    def peak_bytes(self, events):
        """Memory of a run over so many events of 24 bytes, shared libraries included."""
        with open(self.path("big.npy"), "wb") as file:
            header = str({"descr": "<f8", "fortran_order": False, "shape": (events, 3)})
            header += " " * (63 - (len(header) + 10) % 64) + "\n"
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
            block = np.random.default_rng(1).uniform(-7, 7, 300_000).tobytes()
            for _ in range(events * 3 // 300_000):
                file.write(block)
        child = subprocess.Popen([TRIGSTONE, "run", self.path("m.graph.txt"), "-i", self.path("big.npy"), "-o",
                                  self.path("y.npy")], stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0)
        return usage.ru_maxrss * 1024

    def test_memory_does_not_grow_with_the_file(self):
        few, events = 400_000, 8_000_000  # 10 MB in; 192 MB in and 128 MB out
        base = self.peak_bytes(few)
        self.assertLess(self.peak_bytes(events), base + MEMORY_GROWTH_BYTES)
        y = np.load(self.path("y.npy"), mmap_mode="r")
        self.assertEqual(y.shape, (events, 2))
        np.testing.assert_array_equal(y[-100_000:], y[:100_000])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
