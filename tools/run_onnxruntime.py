#!/usr/bin/env python3
"""Runs a model of integers in ONNX Runtime, for `trigstone bench engine`, which writes FOLDER and reads it back.

    python3 tools/run_onnxruntime.py FOLDER --events 200                          # writes FOLDER/out_0.bin ...
    python3 tools/run_onnxruntime.py FOLDER --events 4096 --seconds 1 --threads 2   # times it instead

FOLDER holds model.onnx and, for the model's inputs in order, in_0.bin ...: int64, event after event. Prints one JSON
object: {"version": of ONNX Runtime, "events_per_second": of the fastest batch, only with --seconds}. Of one thread
processor time counts, of several the clock on the wall. Needs `pip install onnxruntime numpy`.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import onnxruntime

TYPES = {"tensor(int8)": np.int8, "tensor(uint8)": np.uint8, "tensor(int32)": np.int32}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.0, help="time batches for so long (0: run one)")
    return parser.parse_args()


def read_inputs(session, arguments):
    feeds = {}
    for number, port in enumerate(session.get_inputs()):
        numbers = np.fromfile(arguments.folder / f"in_{number}.bin", np.int64)
        feeds[port.name] = numbers.reshape(arguments.events, *port.shape[1:]).astype(TYPES[port.type])
    return feeds


def events_per_second(session, feeds, arguments):
    clock = time.thread_time if arguments.threads == 1 else time.perf_counter
    fastest, begin, runs = float("inf"), clock(), 0
    while runs < 3 or clock() - begin < arguments.seconds:
        start = clock()
        session.run(None, feeds)
        fastest = min(fastest, clock() - start)
        runs += 1
    return arguments.events / fastest


def main():
    arguments = parse_arguments()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(
        str(arguments.folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    feeds = read_inputs(session, arguments)
    result = {"version": onnxruntime.__version__}
    if arguments.seconds > 0:
        result["events_per_second"] = events_per_second(session, feeds, arguments)
    else:
        for number, values in enumerate(session.run(None, feeds)):
            values.astype(np.int64).tofile(arguments.folder / f"out_{number}.bin")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
