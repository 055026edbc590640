# SPDX-License-Identifier: Apache-2.0
"""Many containers: one after the other, and at once; and what they leave."""
import os
import statistics
import subprocess
import time

from harness import Case, Failed, one_run

SEQUENTIAL, PARALLEL, WINDOW = 1000, 64, 50


def left_in(path):
    """Names of containers whose directories are left."""
    found = []
    for where in (path + "/berth/containers", path + "-run/containers"):
        if os.path.isdir(where):
            found += os.listdir(where)
    return found


def measured(b):
    b.berth_import(b.run_tar, "bench:run")
    command = [b.berth, "run", "--rm", "bench:run", "/bin/true"]
    case = Case("run", command, env=b.env)
    walls = [one_run(b.bin + "/measure", case)["wall_ms"] for _ in range(SEQUENTIAL)]
    started = time.monotonic()
    many = [subprocess.Popen(command, env={**os.environ, **b.env}) for _ in range(PARALLEL)]
    failed = sum(p.wait() != 0 for p in many)
    if failed:
        raise Failed("%d of %d parallel runs failed" % (failed, PARALLEL))
    first, last = statistics.median(walls[:WINDOW]), statistics.median(walls[-WINDOW:])
    return {"group": "scale", "title": "many containers", "first_ms": first, "last_ms": last,
            "ratio": last / first, "parallel": PARALLEL, "parallel_ms": (time.monotonic() - started) * 1e3,
            "left": len(left_in(b.scratch))}


def table(r):
    return ("### many containers\n\n| what | value |\n|---|--:|\n"
            "| %d sequential runs, median of the first %d | %.2f ms |\n| the last %d | %.2f ms |\n"
            "| last / first | %.2f |\n| %d runs at once, until the last has ended | %.0f ms |\n"
            "| containers left behind | %d |\n") % (SEQUENTIAL, WINDOW, r["first_ms"], WINDOW, r["last_ms"], r["ratio"],
                                                    r["parallel"], r["parallel_ms"], r["left"])
