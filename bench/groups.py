# SPDX-License-Identifier: Apache-2.0
"""The groups: what is compared with what. Each function returns (title, cases); see docs/benchmarks.md."""
import os

import inside
import peers
from harness import Case, Failed, Missing, quiet


def bind_option(host):
    return ["-v", host + ":/a"]


def run_group(b):
    """Start a command in a container with one volume on image layers, and remove the container."""
    root, host = b.scratch + "/root", b.scratch + "/volume"
    peers.unpack(b.run_tar, root)
    for d in (host, root + "/a"):
        os.makedirs(d, exist_ok=True)
    cases = []
    for libc in ("glibc", "musl"):
        path = b.bin + "/floor-" + libc
        state = peers.disk(b.scratch + "/floor-state-" + libc)
        cases.append(Case("floor, " + libc, [path, root, state, host, "/a", "/bin/true"], floor=libc == "glibc")
                     if os.path.exists(path) else Missing("floor, " + libc, "no musl-gcc"))
    for name, program in b.berths:
        env = b.berth_env("run-" + name)
        b.berth_import(b.run_tar, "bench:run", env)
        cases.append(Case(name + " run --rm -v", [program, "run", "--rm"] + bind_option(host) + ["bench:run", "/bin/true"],
                          env=env))
        if name != "berth":
            continue
        limits = name + " run --rm -v, limits (-m, --pids-limit)"
        cases.append(Case(limits, [program, "run", "--rm", "-m", "256m", "--pids-limit", "100"] + bind_option(host)
                          + ["bench:run", "/bin/true"], env=env)
                     if peers.controllers(b.scratch, "memory", "pids") else Missing(limits, "no such controllers"))
    if peers.have("bwrap"):
        cases.append(Case("bubblewrap, root bound read-only", ["bwrap", "--unshare-all", "--ro-bind", root, "/",
                          "--proc", "/proc", "--dev", "/dev", "--bind", host, "/a", "/bin/true"]))
    else:
        cases.append(Missing("bubblewrap", "not installed"))
    peers.bundle(b.scratch + "/bundle", root, host)
    for runtime in ("crun", "runc"):
        if not peers.have(runtime):
            cases.append(Missing(runtime + " run, bare bundle", "not installed"))
            continue
        cases.append(Case(runtime + " run, bare bundle", [runtime, "--root", b.scratch + "/run/" + runtime, "run",
                          "--bundle", b.scratch + "/bundle", "bench-" + runtime]))
    return "run --rm with one volume", cases + podman_runs(b, host)


def podman_runs(b, host):
    if not peers.have("podman"):
        return [Missing("podman run --rm -v", "not installed")]
    cases = []
    for runtime in ("crun", "runc"):
        name = "podman run --rm -v, " + runtime
        if not peers.have(runtime):
            cases.append(Missing(name, runtime + " is not installed"))
            continue
        command, env = peers.podman(b.scratch, runtime)
        try:
            quiet(command + ["import", b.run_tar, "bench:run"], env)
        except Failed as e:
            cases.append(Missing(name, str(e)))
            continue
        cases.append(Case(name, command + ["run", "--rm", "--network", "none"] + peers.LIMITS[runtime]
                          + bind_option(host) + ["bench:run", "/bin/true"], env=env))
    return cases


def fresh(b, name):
    """A file system that is new for every run (see peers.disk()); the disk is quiet before each."""
    path = b.scratch + "/" + name

    def before():
        peers.disk(path)
        os.sync()
    return path, before


def import_group(b):
    """Unpack a Debian tar of about 200 MB; for .gz also the fastest inflaters."""
    out, before = fresh(b, "unpacked")
    store, store_before = fresh(b, "import-root")
    cases = []
    for suffix, flag, tar in (("tar", [], b.big_tar), ("tar.gz", ["-z"], b.big_tar + ".gz")):
        cases.append(Case("tar -x of ." + suffix, ["tar", "-x"] + flag + ["--numeric-owner", "-f", tar, "-C", out],
                          before, floor=suffix == "tar"))
        cases.append(Case("berth import ." + suffix, [b.berth, "--root", store, "import", tar, "big:1"],
                          store_before, env=b.env))
        if peers.have("podman"):
            command, env = peers.podman(b.scratch, "runc")
            pstore, pbefore = fresh(b, "podman-import")
            command[command.index("--root") + 1] = pstore
            cases.append(Case("podman import ." + suffix, command + ["import", tar, "big:1"], pbefore, env=env))
        else:
            cases.append(Missing("podman import ." + suffix, "not installed"))
    for program in ("igzip", "pigz"):
        name = "tar -x -I %s of .tar.gz" % program
        cases.append(Case(name, ["tar", "-x", "-I", program, "--numeric-owner", "-f", b.big_tar + ".gz", "-C", out], before)
                     if peers.have(program) else Missing(name, "not installed"))
    cases.append(Missing("umoci", "it takes OCI images only, no bare tar"))
    return "import of a %d MB tar" % (os.path.getsize(b.big_tar) // 1000000), cases


def save_group(b):
    """Write an image as an archive."""
    b.berth_import(b.big_tar, "bench:big")
    root = b.scratch + "/big-root"
    peers.unpack(b.big_tar, root)
    out, before = fresh(b, "saved")
    cases = [Case("tar -c of the root", ["tar", "-c", "--numeric-owner", "-f", out + "/t.tar", "-C", root, "."], before, floor=True),
             Case("berth save", [b.berth, "save", "-o", out + "/b.tar", "bench:big"], before, env=b.env)]
    if not peers.have("podman"):
        return "save", cases + [Missing("podman save", "not installed")]
    command, env = peers.podman(b.scratch, "runc")
    quiet(command + ["import", b.big_tar, "bench:big"], env)
    cases.append(Case("podman save", command + ["save", "-q", "-o", out + "/p.tar", "bench:big"], before, env=env))
    return "save of the imported image", cases


CHANGES = {"one file of 100 MB": "head -c 100000000 /v/random > /big",
           "10,000 small files": "mkdir /many; i=0; while [ $i -lt 10000 ]; do echo $i > /many/$i; i=$((i+1)); done"}


def commit_group(b):
    """Make an image of a stopped container that changed 100 MB, or 10,000 files."""
    host = b.scratch + "/random"
    os.makedirs(host, exist_ok=True)
    quiet(["sh", "-c", "head -c 100000000 /dev/urandom > %s/random" % host])
    b.berth_import(b.run_tar, "bench:run")
    cases = []
    for number, (what, script) in enumerate(CHANGES.items()):
        name = "bench-commit-%d" % number
        start = ["run", "--name", name, "--network", "none", "-v", host + ":/v", "bench:run", "/bin/sh", "-c", script]
        quiet([b.berth] + start, b.env)
        cases.append(Case("berth commit, " + what, [b.berth, "commit", name, "bench:commit"], before=os.sync,
                          after=lambda: quiet([b.berth, "rmi", "bench:commit"], b.env), env=b.env, floor=number == 0))
        if not peers.have("podman"):
            cases.append(Missing("podman commit, " + what, "not installed"))
            continue
        command, env = peers.podman(b.scratch, "runc")
        try:
            quiet(command + ["import", b.run_tar, "bench:run"], env)
            quiet(command + start[:1] + peers.LIMITS["runc"] + start[1:], env)
        except Failed as e:
            cases.append(Missing("podman commit, " + what, str(e)))
            continue
        cases.append(Case("podman commit, " + what, command + ["commit", "-q", name, "bench:commit"], before=os.sync,
                          after=lambda c=command, e=env: quiet(c + ["rmi", "bench:commit"], e), env=env))
    return "commit (the floor column is berth's own first row)", cases


def volumes_group(b):
    """One container with 0, 1, 10, 100 and 500 volumes."""
    b.berth_import(b.run_tar, "bench:run")
    cases = []
    for count in (1, 10, 100, 500):
        options = []
        for i in range(count):
            host = "%s/many/%d" % (b.scratch, i)
            os.makedirs(host, exist_ok=True)
            options += ["-v", "%s:/many/%d" % (host, i)]
        cases.append(Case("berth run with %d volumes" % count, [b.berth, "run", "--rm"] + options + ["bench:run", "/bin/true"],
                          env=b.env, floor=count == 1))
    return "volumes (the floor column is one volume)", cases


GROUPS = {"run": run_group, "exec": inside.exec_group, "import": import_group, "save": save_group, "commit": commit_group,
          "volumes": volumes_group}
