#!/usr/bin/env python3
"""The layout check must find each kind of breach, at its line, and be content with a sound tree."""
import os
import subprocess
import sys
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_layout.py")


class CheckLayout(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()

    def expect(self, files, *breaches):
        self.assertEqual(self.check(files), (1, list(breaches)))

    def test_a_sound_tree_passes(self):
        status, breaches = self.check({
            "src/graph/a.cpp": '#include "graph/a.h"\n#include "base/error.h"\n#include <vector>\n',
            "src/learn/b.cpp": "#include <torch/torch.h>\n",
            "src/emit/c.cpp": '#include "onnx.pb.h"\n#include "hwy/highway.h"\n',
            "apps/trigstone/main.cpp": '#include "report/page.h"\n#include "verbs.h"\n',
            "tests/cosim/d.cpp": '#include "verify/engines.h"\n',
        })
        self.assertEqual((status, breaches), (0, []))

    def test_a_room_may_not_look_up(self):
        self.expect({"src/base/a.h": '#pragma once\n#include "graph/graph.h"\n'},
                    'src/base/a.h:2: room "base" (row 0) may not include "graph" (row 2)')

    def test_siblings_may_not_meet(self):
        self.expect({"src/graph/a.cpp": ' # include "netlist/netlist.h"\n'},
                    'src/graph/a.cpp:1: room "graph" may not include its sibling "netlist" (row 2)')

    def test_rooms_are_those_of_the_table(self):
        self.expect({"src/utils/a.h": '#include "base/error.h"\n'},
                    'src/utils/a.h:1: room "utils" is not in the table of docs/design.md')
        self.expect({"src/verify/a.h": '#include "utils/a.h"\n'},
                    'src/verify/a.h:1: "utils" is not a room of docs/design.md')

    def test_torch_stays_in_its_room(self):
        for header in ("torch/torch.h", "ATen/ATen.h", "c10/core/Device.h"):
            self.expect({"src/verify/a.cpp": f"#include <{header}>\n"},
                        "src/verify/a.cpp:1: only learn may include torch")

    def test_long_files_are_named(self):
        self.expect({"src/base/a.cpp": "\n" * 501}, "src/base/a.cpp:501: 501 lines, more than 500")

    def test_machine_paths_hosts_and_loose_ends_are_named(self):
        self.expect({"README.md": "first\nsee /" + "work/main\n"}, "README.md:2: path of one machine")
        self.expect({"dev": "pip install -i https://pypi" + ".org/simple\n"},
                    "dev:1: host of a package registry")
        self.expect({"tools/a.py": "# TO" + "DO later\n"}, "tools/a.py:1: unfinished by its own words")

    def test_an_empty_tree_is_an_error(self):
        self.assertEqual(self.check({})[0], 1)


if __name__ == "__main__":
    unittest.main()
