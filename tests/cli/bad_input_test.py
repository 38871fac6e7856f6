"""Every kind of wrong input ends in one line on stderr, exit status 1 and whole earlier outputs.

Run as: bad_input_test.py TRIGSTONE SOURCE_DIR   (the program, the repository)
"""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

TRIGSTONE, SOURCE = sys.argv[1], sys.argv[2]
MODEL = """trigstone.graph/1 "m"
%0 "x" = input() {format = <8,4,RND_CONV,SAT>, shape = [3]} : <8,4>[3]
%1 "w" = constant() {} : <4,1>[3,2] = [1, -3, 0, 7, -8, 2]
%2 "y" = linear(%0, %1) {} : <12,5>[2]
output "y" = %2
"""


def npy(values, shape=None, dtype="<f8", code="d"):
    header = str({"descr": dtype, "fortran_order": False, "shape": shape or (len(values),)})
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    body = struct.pack(f"<{len(values)}{code}", *values)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body


class BadInput(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)

    def path(self, name, content=None):
        path = os.path.join(self.dir, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_tool(self, *arguments, preexec=None):
        return subprocess.run([TRIGSTONE, *arguments], capture_output=True, text=True, preexec_fn=preexec,
                              timeout=120, stdin=subprocess.DEVNULL)

    def refused(self, *arguments, mentions=(), preexec=None):
        done = self.run_tool(*arguments, preexec=preexec)
        self.assertEqual(done.returncode, 1, f"{arguments}: {done.stdout}{done.stderr}")
        lines = [line for line in done.stderr.splitlines() if ": error: " in line]
        self.assertEqual(len(lines), 1, f"{arguments}: {done.stderr}")
        self.assertEqual(done.stdout.strip(), "")
        for text in mentions:
            self.assertIn(text, lines[0])
        return lines[0]

    def model(self):
        return self.path("m.graph.txt", MODEL)

    def firmware(self):
        folder = self.path("fw")
        done = self.run_tool("compile", self.model(), "-o", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return folder

    # What no circuit can hold: the node by its name, and a way out
    def compile_refused(self, lines, mentions, *flags):
        text = 'trigstone.graph/1 "m"\n' + "".join(f"%{i} {line}\n" for i, line in enumerate(lines))
        text += f'output "y" = %{len(lines) - 1}\n'
        out = self.path("o")
        self.refused("compile", self.path("m.graph.txt", text), "-o", out, *flags, mentions=mentions)
        self.assertFalse(os.path.exists(out))

    def test_format_over_64_bits(self):
        self.compile_refused(['"x" = input() {format = <65,4>, shape = [1]} : <65,4>[1]'],
                             ["m.graph.txt:2", "1 to 64 are possible", "choose a narrower format"])

    def test_table_over_65536_entries(self):
        self.compile_refused(['"x" = input() {format = <17,17>, shape = [1]} : <17,17>[1]',
                              '"lut" = table(%0) {entries = [0, 1], format = <4,4>} : <4,4>[1]'],
                             ["node 'lut'", "over 2^16", "quantise its operand"])

    def test_accumulator_that_could_overflow(self):
        self.compile_refused(['"x" = input() {format = <40,40>, shape = [2]} : <40,40>[2]',
                              '"w" = constant() {} : <40,40>[2,1] = [300000000000, -300000000000]',
                              '"dense" = linear(%0, %1) {} : <64,64>[1]'],
                             ["node 'dense'", "needs 80 bits, more than 64", "quantise its operands"])

    def test_weights_that_are_no_numbers(self):
        self.compile_refused(['"x" = input() {format = <8,4>, shape = [1]} : <8,4>[1]',
                              '"weights" = constant() {} : real[1,1] = [nan]',
                              '"dense" = linear(%0, %1) {} : real[1]'],
                             ["node 'weights'", "not finite", "train again"])

    def test_lanes_and_strategies_that_do_not_fit(self):
        tokens = ['"tokens" = input() {format = <8,4>, shape = [6,1], token_axis = 0} : <8,4>[6,1]',
                  '"act" = relu(%0) {} : u<7,3>[6,1]']
        self.compile_refused(tokens, ["node 'tokens'", "--lanes may be 1, 2, 3, 6"], "--lanes", "4")
        self.compile_refused(tokens, ["--strategy", "'act'"], "--strategy", "act=dsp")
        self.compile_refused(tokens, ["--reuse", "--strategy stream"], "--reuse", "2")

    # Flags and verbs
    def test_unknown_verb(self):
        self.refused("fly")

    def test_unknown_flag(self):
        self.refused("compile", self.model(), "-o", self.path("o"), "--sped", mentions=["--sped"])

    def test_missing_argument(self):
        self.refused("compile", self.model())

    def test_bad_number(self):
        self.refused("compile", self.model(), "-o", self.path("o"), "--clock-mhz", "fast")

    def test_bad_input_format(self):
        self.refused("compile", self.model(), "-o", self.path("o"), "--input-format", "<65,1>", mentions=["65"])
        self.refused("compile", self.model(), "-o", self.path("o"), "--input-format", "16,6")

    def test_unknown_device(self):
        self.refused("compile", self.model(), "-o", self.path("o"), "--device", "xc9000", mentions=["xc9000"])

    # Models
    def test_missing_model(self):
        self.refused("compile", self.path("absent.onnx"), "-o", self.path("o"), mentions=["absent.onnx"])

    def test_garbage_and_empty_onnx(self):
        for content in (b"", b"garbage" * 100, b"\x08\x07\x12"):
            self.refused("compile", self.path("g.onnx", content), "-o", self.path("o"), mentions=["g.onnx"])
        self.assertFalse(os.path.exists(self.path("o")))

    def test_truncated_onnx(self):
        folder = self.firmware()
        with open(os.path.join(folder, "model.onnx"), "rb") as file:
            whole = file.read()
        self.refused("compile", self.path("t.onnx", whole[: len(whole) // 2]), "-o", self.path("o"), mentions=["t.onnx"])

    def test_wrong_schema_graph(self):
        self.refused("compile", self.path("m.graph.txt", MODEL.replace("graph/1", "graph/7")), "-o", self.path("o"),
                     mentions=["m.graph.txt:1"])

    def test_shape_that_does_not_fit(self):
        self.refused("compile", self.path("m.graph.txt", MODEL.replace("[3,2]", "[2,3]")), "-o", self.path("o"),
                     mentions=["m.graph.txt:4"])

    def test_ragged_matrix(self):
        self.refused("compile", self.path("m.txt", "1 2 3\n4 5\n"), "-o", self.path("o"), mentions=["m.txt:2"])

    # Firmware folders
    def test_firmware_that_was_changed(self):
        folder = self.firmware()
        with open(os.path.join(folder, "netlist.txt"), "a") as file:
            file.write("\n# edited\n")
        self.refused("verify", folder, mentions=["netlist.txt"])

    def test_firmware_of_a_newer_schema(self):
        folder = self.firmware()
        manifest = os.path.join(folder, "firmware.json")
        with open(manifest) as file:
            content = json.load(file)
        content["schema"] = "trigstone.firmware/99"
        with open(manifest, "w") as file:
            json.dump(content, file)
        self.refused("verify", folder, mentions=["newer"])

    def test_not_a_firmware_folder(self):
        self.refused("verify", self.dir)

    # Arrays
    def test_arrays_that_do_not_fit(self):
        model, out = self.model(), self.path("y.npy")
        good = npy([0.5] * 6, (2, 3))
        self.assertEqual(self.run_tool("run", model, "-i", self.path("x.npy", good), "-o", out).returncode, 0)
        for name, content in {"truncated": good[:-8], "header": good[:40], "garbage": b"no array", "empty": b"",
                              "shape": npy([0.5] * 4, (1, 4)), "huge": npy([1.0], (1 << 40, 3))}.items():
            self.refused("run", model, "-i", self.path(name + ".npy", content), "-o", out, mentions=[name + ".npy"])
        with open(out, "rb") as file:
            self.assertEqual(file.read(6), b"\x93NUMPY")  # the earlier output is whole

    def test_raw_values_outside_the_format(self):
        raw = npy([1000, 0, 0], (1, 3), "<i8", "q")
        self.refused("run", self.model(), "-i", self.path("x.npy", raw), "-o", self.path("y.npy"), "--raw",
                     mentions=["1000"])

    # Events
    def test_events_files(self):
        import glob
        sample = sorted(glob.glob(os.path.join(SOURCE, "data", "*.h5")))[0]
        with open(sample, "rb") as file:
            whole = file.read()
        for name, content in {"empty": b"", "garbage": b"x" * 5000, "truncated": whole[: len(whole) // 3]}.items():
            self.refused("events", "info", self.path(name + ".h5", content), mentions=[name + ".h5"])
            self.refused("events", "convert", self.path(name + ".hepmc", content[:2000]), "-o", self.path("o.h5"))
        self.assertFalse(os.path.exists(self.path("o.h5")))
        self.refused("events", "generate", "--process", "unicorn", "--events", "3", "-o", self.path("o.h5"),
                     mentions=["unicorn"])

    # Configurations
    def test_configurations(self):
        self.refused("pretrain", self.path("c.toml", "steps = = 3"), "-o", self.path("run"), mentions=["c.toml:1"])
        self.refused("pretrain", self.path("d.toml", "stepz = 3\n"), "-o", self.path("run"), mentions=["stepz"])
        self.refused("pretrain", self.path("absent.toml"), "-o", self.path("run"), mentions=["absent.toml"])

    # The machine
    def test_full_disk(self):
        model, out = self.model(), self.path("fw")

        def no_space():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        self.refused("compile", model, "-o", out, preexec=no_space)
        self.assertFalse(os.path.exists(out))
        self.assertEqual([name for name in os.listdir(self.dir) if "partial" in name], [])

    def test_output_under_a_file(self):
        self.refused("compile", self.model(), "-o", os.path.join(self.model(), "fw"))

    def test_control_c(self):
        out = self.path("big.h5")
        with open(out, "wb") as file:
            file.write(b"the earlier output")
        child = subprocess.Popen([TRIGSTONE, "events", "generate", "--process", "minbias", "--events", "100000", "-o", out],
                                 stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        time.sleep(2.0)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
        self.assertEqual(child.returncode, 1, errors)
        self.assertIn("interrupted", errors)
        with open(out, "rb") as file:
            self.assertEqual(file.read(), b"the earlier output")
        self.assertEqual([name for name in os.listdir(self.dir) if "partial" in name], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
