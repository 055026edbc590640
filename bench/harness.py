# SPDX-License-Identifier: Apache-2.0
"""Measuring: cases are run interleaved, in another order each round; what counts is the median."""
import json
import os
import random
import statistics
import subprocess


class Case:
    """One program doing one job. before and after run untimed around each run of it."""

    def __init__(self, name, command, before=None, after=None, env=None, floor=False):
        self.name, self.command, self.before, self.after = name, command, before, after
        self.env, self.floor, self.missing, self.samples = env, floor, None, []


class Missing(Case):
    """A peer that can't be measured here; it stays in the table, with the reason."""

    def __init__(self, name, why):
        super().__init__(name, None)
        self.missing = why


class Failed(Exception):
    pass


def quiet(command, env=None, **more):
    """Run an untimed command; its output is shown only when it fails."""
    done = subprocess.run(command, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        raise Failed("%s: status %d: %s" % (" ".join(command), done.returncode,
                                            done.stdout.decode(errors="replace").strip()[-400:]))
    return done.stdout.decode(errors="replace")


def one_run(measure, case):
    """One timed run through bench/measure.c: wall and CPU in ms, peak in KiB."""
    if case.before:
        case.before()
    result = measure + ".result"
    quiet([measure, result] + case.command, case.env)
    with open(result, encoding="ascii") as f:
        wall, user, system, peak, _ = map(int, f.read().split())
    if case.after:
        case.after()
    return {"wall_ms": wall / 1e6, "cpu_ms": (user + system) / 1e3, "peak_kib": peak}


def run_cases(measure, cases, runs, say):
    """One warm-up of each, then interleaved rounds. A case that fails is reported as missing."""
    for round_number in range(-1, runs):
        for case in random.sample(cases, len(cases)):
            if case.missing:
                continue
            try:
                sample = one_run(measure, case)
            except Failed as e:
                case.missing = "failed: %s" % e
                say("%s: %s" % (case.name, case.missing))
                continue
            if round_number >= 0:
                case.samples.append(sample)


def summary(cases):
    """Rows of the table and of the JSON."""
    rows = []
    floor = next((c for c in cases if c.floor and c.samples), None)
    base = statistics.median(s["wall_ms"] for s in floor.samples) if floor else None
    for case in cases:
        row = {"name": case.name, "missing": case.missing, "runs": len(case.samples)}
        if case.samples and not case.missing:
            for key in ("wall_ms", "cpu_ms", "peak_kib"):
                row[key] = statistics.median(s[key] for s in case.samples)
            walls = sorted(s["wall_ms"] for s in case.samples)
            row["wall_min_ms"], row["wall_p90_ms"] = walls[0], walls[int(len(walls) * 0.9)]
            row["ratio"] = row["wall_ms"] / base if base else None
        rows.append(row)
    return rows


def table(title, rows):
    lines = ["### " + title, "",
             "| program | wall ms | min | p90 | × floor | CPU ms | peak KiB | runs |",
             "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for r in rows:
        if r["missing"]:
            lines.append("| %s | missing: %s | | | | | | |" % (r["name"], r["missing"].replace("|", "/").replace("\n", " ")))
            continue
        ratio = "%.2f" % r["ratio"] if r["ratio"] else ""
        lines.append("| %s | %.2f | %.2f | %.2f | %s | %.2f | %d | %d |" % (
            r["name"], r["wall_ms"], r["wall_min_ms"], r["wall_p90_ms"], ratio, r["cpu_ms"],
            r["peak_kib"], r["runs"]))
    return "\n".join(lines) + "\n"


def machine():
    def first(path, key):
        with open(path, encoding="utf-8") as f:
            return next((x.split(":", 1)[1].strip() for x in f if x.startswith(key)), "unknown")
    system = os.uname()
    stat = quiet(["findmnt", "-no", "FSTYPE,OPTIONS", "-T", "/var/tmp"]).strip()
    return {"cpu": first("/proc/cpuinfo", "model name"), "cpus": os.cpu_count(),
            "memory": first("/proc/meminfo", "MemTotal"), "kernel": system.release,
            "file_system": stat, "load_before": os.getloadavg()[0]}


def write_json(path, groups, about):
    with open(path + ".part", "w", encoding="utf-8") as f:
        json.dump({"machine": about, "groups": groups}, f, indent=1)
        f.write("\n")
    os.rename(path + ".part", path)


def read_groups(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return json.load(f)["groups"]


def when(group):
    return "\nMeasured %s; load average at the start %.1f.\n" % (group["date"], group["load"])


BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->"


def write_page(path, tables):
    """Replace what stands between the two marks of the page."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    head, rest = text.split(BEGIN, 1)
    about = machine()
    lines = "Machine: %s, %d CPUs, %s, Linux %s; /var/tmp: %s.\n\n" % (
        about["cpu"], about["cpus"], about["memory"], about["kernel"], about["file_system"])
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + BEGIN + lines + "\n".join(tables) + END + rest.split(END, 1)[1])
