# SPDX-License-Identifier: Apache-2.0
"""The group exec: another command in a container that runs."""
import json
import os

import peers
from harness import Case, Failed, Missing, quiet


def exec_group(b):
    """Each program enters a container of its own, which sleeps; nsenter enters berth's, into the same namespaces."""
    cases = berth_cases(b)
    root = b.scratch + "/root"
    peers.unpack(b.run_tar, root)
    os.makedirs(root + "/a", exist_ok=True)
    os.makedirs(b.scratch + "/volume")
    for runtime in ("crun", "runc"):
        name = runtime + " exec"
        cases.append(runtime_case(b, name, runtime, root) if peers.have(runtime) else Missing(name, "not installed"))
    for runtime in ("crun", "runc"):
        name = "podman exec, " + runtime
        cases.append(podman_case(b, name, runtime) if peers.have("podman") and peers.have(runtime)
                     else Missing(name, "not installed"))
    return "exec of /bin/true (the floor is nsenter)", cases


def berth_cases(b):
    cases = []
    for name, program in b.berths:
        env = b.berth_env("exec-" + name)
        b.berth_import(b.run_tar, "bench:run", env)
        quiet([program, "run", "-d", "--name", "bench", "bench:run", "/bin/sleep", "100000"], env)
        b.at_end.append(lambda p=program, e=env: quiet([p, "rm", "-f", "bench"], e))
        if not cases:
            pid = quiet([program, "inspect", "--format", "{{.State.Pid}}", "bench"], env).strip()
            cases.append(Case("nsenter", ["nsenter", "-t", pid, "-m", "-u", "-i", "-n", "-p", "-C", "/bin/true"], floor=True))
        cases.append(Case(name + " exec", [program, "exec", "bench", "/bin/true"], env=env))
    return cases


def runtime_case(b, name, runtime, root):
    path, state = b.scratch + "/bundle-" + runtime, b.scratch + "/run/" + runtime
    peers.bundle(path, root, b.scratch + "/volume")
    with open(path + "/config.json", encoding="utf-8") as f:
        config = json.load(f)
    config["process"]["args"] = ["/bin/sleep", "100000"]
    with open(path + "/config.json", "w", encoding="utf-8") as f:
        json.dump(config, f)
    command, container = [runtime, "--root", state], "bench-exec-" + runtime
    try:
        quiet(["sh", "-c", 'exec "$@" > /dev/null 2>&1', "sh"] + command + ["run", "-d", "--bundle", path, container])
    except Failed as e:
        return Missing(name, str(e))
    b.at_end.append(lambda: quiet(command + ["delete", "-f", container]))
    return Case(name, command + ["exec", container, "/bin/true"])


def podman_case(b, name, runtime):
    command, env = peers.podman(b.scratch, runtime)
    container = "bench-exec"
    try:
        quiet(command + ["import", b.run_tar, "bench:run"], env)
        quiet(command + ["run", "-d", "--name", container, "--network", "none"] + peers.LIMITS[runtime]
              + ["bench:run", "/bin/sleep", "100000"], env)
    except Failed as e:
        return Missing(name, str(e))
    b.at_end.append(lambda: quiet(command + ["rm", "-f", "-t", "0", container], env))
    return Case(name, command + ["exec", container, "/bin/true"], env=env)
