# SPDX-License-Identifier: Apache-2.0
"""What the peers need before the first timed run: roots, bundles, configurations."""
import json
import os
import shutil
import subprocess

from harness import quiet

# What a host without pids controller and CAP_SYS_RESOURCE needs; it makes podman faster, not slower.
LIMITS = {"crun": ["--cgroups=disabled"], "runc": ["--pids-limit", "0"]}
NAMESPACES = ["mount", "pid", "ipc", "uts", "network", "cgroup"]


def have(program):
    return shutil.which(program) is not None


def build_c(bench, out):
    """The floors and the measuring program, by both C libraries."""
    flags = ["-O2", "-static", "-D_GNU_SOURCE"]
    quiet(["cc"] + flags + ["-o", out + "/floor-glibc", bench + "/floor.c"])
    if have("musl-gcc"):
        quiet(["musl-gcc"] + flags + ["-o", out + "/floor-musl", bench + "/floor.c"])
    quiet(["musl-gcc" if have("musl-gcc") else "cc"] + flags + ["-o", out + "/measure", bench + "/measure.c"])


def unpack(tar, root):
    os.makedirs(root)
    quiet(["tar", "-C", root, "-xf", tar, "--numeric-owner"])


def bundle(path, root, volume):
    """A bundle with the mounts and namespaces of berth run; no resource limits (no CAP_SYS_RESOURCE here)."""
    def mount(where, kind, options, source=None):
        return {"destination": where, "type": kind, "source": source or kind, "options": options}
    strict = ["nosuid", "noexec", "nodev"]
    config = {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/bin/true"],
                    "env": ["PATH=/usr/bin:/bin"], "cwd": "/", "noNewPrivileges": False},
        "root": {"path": root, "readonly": False},
        "mounts": [
            mount("/proc", "proc", strict),
            mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
            mount("/dev/shm", "tmpfs", strict + ["mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", strict),
            mount("/sys", "sysfs", strict + ["ro"]),
            mount("/a", "bind", ["rbind", "rw"], volume)],
        "linux": {"namespaces": [{"type": n} for n in NAMESPACES], "resources": {}}}
    os.makedirs(path)
    with open(path + "/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f)


def controllers(scratch, *names):
    """Whether berth can find these cgroup controllers: bench/run has put a cgroup2 over what a hybrid host has of v1."""
    with open("/sys/fs/cgroup/cgroup.controllers", encoding="utf-8") as f:
        missing = set(names) - set(f.read().split())
    for name in missing:
        os.makedirs(scratch + "/cgroup/" + name, exist_ok=True)
        if subprocess.run(["mount", "-t", "cgroup", "-o", name, "cgroup", scratch + "/cgroup/" + name], check=False).returncode:
            return False
    return True


def disk(path):
    """A new ext4 of its own at @path, so that no program pays for the inodes that another has just deleted: ext4
    passes over those for up to five minutes. Mounted in the benchmark's own namespace, it goes with it."""
    os.makedirs(path, exist_ok=True)
    image = path + ".ext4"
    unmount_below(path)
    with open(image, "wb") as f:
        f.truncate(8 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, path], check=True)
    return path


def podman(scratch, runtime):
    """podman with a storage of its own; returns the command's beginning and its environment."""
    conf = scratch + "/containers.conf"
    with open(conf, "w", encoding="utf-8") as f:
        f.write('[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]\n')
    root = scratch + "/podman-" + runtime
    if not os.path.exists(root):
        disk(root)
    command = ["podman", "--root", root, "--runroot", scratch + "/run/podman-" + runtime,
               "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--runtime", runtime]
    return command, {"CONTAINERS_CONF": conf}


def unmount_below(path):
    with open("/proc/self/mounts", encoding="utf-8") as f:
        points = [line.split()[1] for line in f]
    for point in reversed([p for p in points if p == path or p.startswith(path + "/")]):
        subprocess.run(["umount", point], check=True)


def remove_tree(path):
    if os.path.exists(path):
        subprocess.run(["rm", "-rf", "--one-file-system", path], check=True)
