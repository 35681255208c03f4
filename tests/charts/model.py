"""Rendered manifests, and the ways in which they refer to each other."""

import base64
import copy

POD_OWNERS = ("Deployment", "StatefulSet", "DaemonSet", "Job")
HOOK = "helm.sh/hook"


class Render:
    """All manifests of one installation, and the Secrets that are there before it: name -> key -> value."""

    def __init__(self, manifests, existing=None):
        self.manifests = [manifest for manifest in manifests if manifest]
        self.existing = existing or {}

    def copy(self):
        return Render(copy.deepcopy(self.manifests), self.existing)

    def all(self, kind):
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def get(self, kind, name):
        return next((manifest for manifest in self.all(kind) if name_of(manifest) == name), None)

    def workloads(self):
        return [Workload(manifest) for manifest in self.manifests if manifest["kind"] in POD_OWNERS]

    def selected(self, selector):
        """The workloads whose pods a selector holds; an empty selector holds all."""
        return [workload for workload in self.workloads() if holds(selector, workload.labels)]

    def secrets(self):
        """Every Secret that a pod can find: name -> key -> value."""
        made = {}
        for manifest in self.all("Secret"):
            values = dict(manifest.get("stringData") or {})
            for key, value in (manifest.get("data") or {}).items():
                values[key] = base64.b64decode(value).decode()
            made[name_of(manifest)] = values
        return {**self.existing, **made}


class Workload:
    """Something that makes pods."""

    def __init__(self, manifest):
        self.manifest = manifest
        self.kind = manifest["kind"]
        self.name = name_of(manifest)
        template = manifest["spec"]["template"]
        self.labels = template["metadata"].get("labels") or {}
        self.pod = template["spec"]

    def __str__(self):
        return f"{self.kind} {self.name}"

    @property
    def selector(self):
        return self.manifest["spec"].get("selector")

    @property
    def is_usher(self):
        return self.labels.get("app.kubernetes.io/part-of") == "usher"

    @property
    def component(self):
        return self.labels.get("app.kubernetes.io/component")

    @property
    def hooks(self):
        return hooks_of(self.manifest)

    def containers(self):
        return (self.pod.get("initContainers") or []) + self.pod["containers"]

    def program(self):
        """The container that the workload is there for, and none that goes with it."""
        return self.pod["containers"][0]

    def ports(self):
        """Every port of its containers, as (name, number, protocol)."""
        return [
            (port.get("name"), port["containerPort"], port.get("protocol", "TCP"))
            for container in self.containers()
            for port in container.get("ports") or []
        ]

    def port(self, wanted, protocol="TCP"):
        """The number of a port that is given by name or number; None when there is none."""
        found = [number for name, number, its in self.ports() if wanted in (name, number) and its == protocol]
        return found[0] if found else None

    def environment(self):
        """Every variable of its containers, as (name, entry)."""
        return [(entry["name"], entry) for container in self.containers() for entry in container.get("env") or []]

    def variable(self, name, secrets):
        """What a variable will hold, with Secrets looked up; None where it is not set or can not be known."""
        for key, entry in self.environment():
            if key == name:
                reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
                return secrets.get(reference["name"], {}).get(reference["key"]) if reference else entry.get("value")
        return None

    def secret_files(self):
        """Files that it gets from Secrets, as (volume, secret, key, path within the volume)."""
        files = []
        for volume in self.pod.get("volumes") or []:
            sources = [source["secret"] for source in (volume.get("projected") or {}).get("sources", []) if "secret" in source]
            if "secret" in volume:
                sources.append({"name": volume["secret"]["secretName"], **volume["secret"]})
            for source in sources:
                for item in source.get("items") or [{"key": None, "path": ""}]:
                    files.append((volume["name"], source["name"], item["key"], item["path"]))
        return files


def name_of(manifest):
    return manifest["metadata"]["name"]


def label(manifest):
    return f"{manifest['kind']} {name_of(manifest)}"


def annotation(manifest, key):
    return (manifest["metadata"].get("annotations") or {}).get(key)


def hooks_of(manifest):
    """The moments at which Helm makes it before the release's own objects; empty for one of those."""
    return set(filter(None, (annotation(manifest, HOOK) or "").split(",")))


def holds(selector, labels):
    """Whether a label selector holds something with these labels."""
    selector = selector or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for expression in selector.get("matchExpressions") or []:
        there, value = expression["key"] in labels, labels.get(expression["key"])
        answers = {
            "In": there and value in expression.get("values", []),
            "NotIn": value not in expression.get("values", []),
            "Exists": there,
            "DoesNotExist": not there,
        }
        if not answers[expression["operator"]]:
            return False
    return True
