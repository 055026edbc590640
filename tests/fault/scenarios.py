# SPDX-License-Identifier: Apache-2.0
"""The commands that tests/fault/sweep goes through, and what is there before each."""
import collections
import os
import subprocess

HELPERS = ("berth-archive", "berth-template")
VOLUMES = {"kept"}
IMAGES = {"busybox:latest"}
FILES = ("out.tar", "cid")  # what commands write where the person says; removed after each

# setup: commands made before each fault; status: that of an undisturbed run.
Scenario = collections.namedtuple("Scenario", "name command setup status")

MOUNTS = ("-v", "kept:/v:ro", "-v", "/anonymous", "-v", "{tmp}/host:/h", "--tmpfs", "/t", "--mount", "type=volume,src=new,dst=/n")
SLEEPER = ("run", "-d", "--name", "ctr", "-v", "kept:/v", "busybox", "sleep", "1000")


def s(name, *command, setup=(), status=0):
    return Scenario(name, command, setup, status)


ALL = [
    s("run --rm", "run", "--rm", *MOUNTS, "busybox", "true"),
    s("run", "run", "--name", "ctr", *MOUNTS, "--cidfile", "cid", "busybox", "sh", "-c", "echo x > /n/file; exit 3", status=3),
    s("run -d", "run", "-d", "--name", "ctr", *MOUNTS, "busybox", "echo", "said"),
    s("run -d --rm", "run", "-d", "--rm", "-v", "kept:/v", "busybox", "echo", "said"),
    s("run, limited", "run", "--rm", "-m", "64m", "--cpus", "1", "--pids-limit", "50", "-v", "kept:/v", "busybox", "true"),
    s("run, more mounts", "run", "--rm", "-v", "kept:/v", "-v", "{tmp}/host:/o:O", "-v", "{tmp}/host:/u:U",
      "--mount", "type=image,src=busybox,dst=/i", "--mount", "type=glob,src={tmp}/small/dir/f*,dst=/g", "busybox", "true"),
    s("exec", "exec", "ctr", "true", setup=[SLEEPER]),
    s("pause", "pause", "ctr", setup=[SLEEPER]),
    s("unpause", "unpause", "ctr", setup=[SLEEPER, ("pause", "ctr")]),
    s("create", "create", "--name", "ctr", *MOUNTS, "busybox", "true"),
    s("start", "start", "ctr", setup=[("create", "--name", "ctr", "-v", "kept:/v", "busybox", "true")]),
    s("stop", "stop", "-t", "0", "ctr", setup=[SLEEPER]),
    s("kill", "kill", "ctr", setup=[SLEEPER]),
    s("rm", "rm", "-v", "ctr", setup=[("create", "--name", "ctr", "-v", "/anonymous", "busybox", "true")]),
    s("rm -f", "rm", "-f", "ctr", setup=[SLEEPER]),
    s("rm -f of a paused one", "rm", "-f", "ctr", setup=[SLEEPER, ("pause", "ctr")]),
    s("update", "update", "-m", "64m", "--pids-limit", "50", "ctr", setup=[SLEEPER]),
    s("commit", "commit", "ctr", "made", setup=[("run", "--name", "ctr", "busybox", "sh", "-c", "echo x > /file; rm /bin/vi")]),
    s("commit of a running container", "commit", "ctr", "made", setup=[SLEEPER]),
    s("export", "export", "-o", "out.tar", "ctr", setup=[("create", "--name", "ctr", "busybox", "true")]),
    s("import", "import", "{tmp}/small.tar", "made"),
    s("save", "save", "-o", "out.tar", "busybox"),
    s("load", "load", "-i", "{tmp}/saved.tar"),
    s("tag", "tag", "busybox", "made:tag"),
    s("rmi", "rmi", "made", setup=[("import", "{tmp}/small.tar", "made")]),
    s("volume create", "volume", "create", "--label", "a=b", "made"),
    s("volume rm", "volume", "rm", "made", setup=[("volume", "create", "made")]),
    s("volume snapshot", "volume", "snapshot", "made", "snap", setup=[("volume", "create", "made"), ("run", "-d", "--name", "ctr", "-v", "made:/v", "busybox", "sleep", "1000")]),
    s("volume clone", "volume", "clone", "made", "other", setup=[("volume", "create", "made")]),
    s("volume rollback", "volume", "rollback", "made", "snap", setup=[("volume", "create", "made"), ("volume", "snapshot", "made", "snap")]),
    s("volume snapshot --rm", "volume", "snapshot", "--rm", "made", "snap", setup=[("volume", "create", "made"), ("volume", "snapshot", "made", "snap")]),
    s("volume prune", "volume", "prune", "-f", setup=[("create", "--name", "ctr", "-v", "/anonymous", "busybox", "true"), ("rm", "ctr")]),
]


def busybox():
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run([here + "/../lib/make-roots", "busybox"], check=True, stdout=subprocess.DEVNULL)
    return os.environ.get("BERTH_TEST_CACHE", "/var/tmp/berth-test") + "/busybox.tar"


def prepare(store):
    """Archives that the scenarios read."""
    os.makedirs(store.tmp + "/small/dir")
    with open(store.tmp + "/small/dir/file", "w", encoding="ascii") as f:
        f.write("small\n")
    subprocess.run(["tar", "-C", store.tmp + "/small", "-cf", store.tmp + "/small.tar", "."], check=True)
    store.say("import", store.tmp + "/small.tar", "loaded")
    store.say("save", "-o", store.tmp + "/saved.tar", "loaded")
    store.say("rmi", "loaded")


def chosen(names, _store):
    unknown = set(names) - {x.name for x in ALL}
    if unknown:
        raise SystemExit("sweep: unknown scenario: " + ", ".join(sorted(unknown)))
    return [x for x in ALL if not names or x.name in names]
