"""What every pod must be: restricted as Kubernetes' Pod Security says, and a considerate guest of its node."""

from registry import check

# The program finishes what it has begun within so many seconds.
DRAIN = 25


@check
def pods_are_restricted(render):
    for workload in render.workloads():
        pod = workload.pod.get("securityContext") or {}
        for name in ("hostNetwork", "hostPID", "hostIPC"):
            if workload.pod.get(name):
                yield f"{workload}: {name}"
        of_the_node = {volume["name"] for volume in workload.pod.get("volumes") or [] if "hostPath" in volume}
        if of_the_node - may_see_of_its_node(workload):
            yield f"{workload} mounts a path of its node"
        if not pod.get("runAsNonRoot") or pod.get("runAsUser", 0) == 0:
            yield f"{workload} may run as root"
        if (pod.get("seccompProfile") or {}).get("type") != "RuntimeDefault":
            yield f"{workload} has no seccomp profile"
        for container in workload.containers():
            own = container.get("securityContext") or {}
            if any(mount["name"] in of_the_node and not mount.get("readOnly") for mount in container.get("volumeMounts") or []):
                yield f"{workload} may write to its node"
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
                yield f"{workload} may gain privileges"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{workload} may write to its image"
            if own.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{workload} keeps capabilities"
            if own.get("runAsNonRoot") is False or own.get("runAsUser") == 0:
                yield f"{workload} has a container that runs as root"
            if any("hostPort" in port for port in container.get("ports") or []):
                yield f"{workload} takes a port of its node"


def may_see_of_its_node(workload):
    """The one exception, for whoever has a KMS plugin on every node: talent finds its socket there."""
    return {"kms"} if workload.is_usher and workload.component == "talent" else set()


@check
def pods_know_nothing_of_the_cluster(render):
    for workload in render.workloads():
        if workload.pod.get("automountServiceAccountToken") is not False:
            yield f"{workload} gets a token for Kubernetes"
        if workload.is_usher and workload.pod.get("enableServiceLinks") is not False:
            yield f"{workload} gets variables of Kubernetes' making, and the program refuses those that begin with USHER_"


@check
def pods_say_what_they_need(render):
    for workload in render.workloads():
        for container in workload.containers():
            resources = container.get("resources") or {}
            if not {"cpu", "memory"} <= set(resources.get("requests") or {}) or "memory" not in (resources.get("limits") or {}):
                yield f"{workload} does not say what it needs"


@check
def images_are_pinned(render):
    for workload in render.workloads():
        for container in workload.containers():
            name, _, digest = container["image"].partition("@")
            tag = name.rpartition("/")[2].partition(":")[2]
            if not digest.startswith("sha256:") and tag in ("", "latest"):
                yield f"{workload} runs whatever {container['image']} is today"


@check
def volumes_in_memory_are_bounded(render):
    for workload in render.workloads():
        for volume in workload.pod.get("volumes") or []:
            if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
                yield f"{workload}: the volume {volume['name']} has no bound"


@check
def pods_have_time_to_end(render):
    for workload in render.workloads():
        if workload.is_usher and workload.kind == "Deployment":
            hook = (workload.program().get("lifecycle") or {}).get("preStop") or {}
            needed = DRAIN + (hook.get("sleep") or {}).get("seconds", 0)
            if workload.pod.get("terminationGracePeriodSeconds", 30) < needed:
                yield f"{workload} needs {needed} s to end and is given less"
