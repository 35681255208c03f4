"""What a pod needs to reach is open, and nothing else within the installation is."""

import re
from urllib.parse import urlsplit

from registry import check
from model import holds, label

# Variables that hold the address of a server, and the port where it names none.
SERVERS = {
    "USHER_DATABASE_URL": 5432,
    "USHER_REDIS_URL": 6379,
    "USHER_OUTREACH_SMTP_URL": 587,
    "USHER_TELEMETRY_OTLP_ENDPOINT": 4317,
}
DEFAULT_PORTS = {"http": 80, "https": 443}


def policies_of(render, workload, direction):
    return [
        policy["spec"]
        for policy in render.all("NetworkPolicy")
        if holds(policy["spec"]["podSelector"], workload.labels) and direction in policy["spec"]["policyTypes"]
    ]


def is_within(peer):
    """Whether a peer is about pods of the same namespace."""
    return "podSelector" in peer and "namespaceSelector" not in peer


def ports_of(rule, workload=None):
    """The TCP ports of a rule; None for all. Names are looked up in a workload."""
    ports = [port for port in rule.get("ports") or [] if port.get("protocol", "TCP") == "TCP"]
    if not rule.get("ports"):
        return None
    return [workload.port(port["port"]) if workload and isinstance(port["port"], str) else port["port"] for port in ports]


def opens(rule, peers, other, port):
    """Whether a rule lets through what goes to or comes from the pods of another workload."""
    ports = ports_of(rule, other)
    through = ports is None or port in ports
    return through and (not peers or any(is_within(peer) and holds(peer["podSelector"], other.labels) for peer in peers))


def is_open(render, caller, called, port):
    """Whether a pod of one workload reaches a port of another's."""
    out = policies_of(render, caller, "Egress")
    come = policies_of(render, called, "Ingress")
    may_go = not out or any(opens(rule, rule.get("to"), called, port) for policy in out for rule in policy.get("egress") or [])
    # A name in a rule for what comes in is a port of the pod that the rule is about.
    may_come = not come or any(
        (ports_of(rule, called) is None or port in ports_of(rule, called))
        and (not rule.get("from") or any(is_within(peer) and holds(peer["podSelector"], caller.labels) for peer in rule["from"]))
        for policy in come
        for rule in policy.get("ingress") or []
    )
    return may_go and may_come


def needs(render):
    """Who calls whom, by the addresses that pods are given, as (caller, variable, host, port)."""
    secrets = render.secrets()
    for workload in render.workloads():
        for name, _ in workload.environment():
            value = workload.variable(name, secrets)
            addresses = [value] if name.startswith("USHER_PEERS_") or name in SERVERS else []
            if name == "USHER_AUTH_ISSUERS":
                addresses = re.findall(r'jwks_url = "([^"]+)"', value)
            for url in map(urlsplit, filter(None, addresses)):
                yield workload, name, url.hostname, url.port or SERVERS.get(name) or DEFAULT_PORTS.get(url.scheme)


def called_pods(render, host, port):
    """The workload behind a Service's port, and the port of its pods; None when the host is no Service of this render."""
    service = render.get("Service", host)
    if service is None:
        return None
    for entry in service["spec"]["ports"]:
        for workload in render.selected({"matchLabels": service["spec"]["selector"]}):
            if entry["port"] == port:
                return workload, workload.port(entry.get("targetPort", port))
    return None


@check
def nobody_is_without_a_policy(render):
    if not render.all("NetworkPolicy"):
        return
    for workload in render.workloads():
        for direction in ("Ingress", "Egress"):
            if not policies_of(render, workload, direction):
                yield f"{workload}: nothing restricts its {direction.lower()}"


@check
def policies_are_about_somebody(render):
    for policy in render.all("NetworkPolicy"):
        spec = policy["spec"]
        subjects = render.selected(spec["podSelector"])
        if not subjects:
            yield f"{label(policy)} is about no pod"
        for way, key in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(way) or []:
                within = [peer for peer in rule.get(key) or [] if is_within(peer)]
                for peer in within:
                    if not render.selected(peer["podSelector"]):
                        yield f"{label(policy)}: {way} names pods that are not there"
                others = subjects if way == "ingress" else [w for peer in within for w in render.selected(peer["podSelector"])]
                for port in rule.get("ports") or []:
                    if others and all(other.port(port["port"], port.get("protocol", "TCP")) is None for other in others):
                        yield f"{label(policy)}: {way} names port {port['port']}, which is not there"


@check
def what_is_needed_is_open(render):
    if not render.all("NetworkPolicy"):
        return
    for caller, variable, host, port in needs(render):
        called = called_pods(render, host, port)
        if called is None and render.get("Service", host):
            yield f"{caller}: {variable} names port {port}, which Service {host} does not have"
        elif called is None and not is_open_to_outside(render, caller, port):
            yield f"{caller}: {variable} names {host}:{port}, and the way out is closed"
        elif called is not None and not is_open(render, caller, *called):
            yield f"{caller}: {variable} names {host}:{port}, and the way there is closed"
        if not resolves_names(render, caller):
            yield f"{caller} can not ask for the address of {host}"


def is_open_to_outside(render, caller, port):
    rules = [rule for policy in policies_of(render, caller, "Egress") for rule in policy.get("egress") or []]
    return any(
        (ports_of(rule) is None or port in ports_of(rule)) and (not rule.get("to") or any(not is_within(peer) for peer in rule["to"]))
        for rule in rules
    )


def resolves_names(render, caller):
    """Whether DNS, which is elsewhere, is reached by UDP and TCP."""
    rules = [rule for policy in policies_of(render, caller, "Egress") for rule in policy.get("egress") or []]
    outside = [rule for rule in rules if not rule.get("to") or any(not is_within(peer) for peer in rule["to"])]
    opened = {(port["port"], port.get("protocol", "TCP")) for rule in outside for port in rule.get("ports") or []}
    return {(53, "UDP"), (53, "TCP")} <= opened


@check
def what_is_open_is_needed(render):
    if not render.all("NetworkPolicy"):
        return
    needed = set()
    for caller, _, host, port in needs(render):
        called = called_pods(render, host, port)
        if called:
            needed.add((caller.name, called[0].name, called[1]))
    for caller in render.workloads():
        for called in render.workloads():
            for _, port, _ in called.ports():
                if caller.name != called.name and (caller.name, called.name, port) not in needed and is_open(render, caller, called, port):
                    yield f"{caller} reaches port {port} of {called} and has no need to"


@check
def pages_are_reached_through_the_ingress(render):
    """Where there is an Ingress and a policy, somebody outside may come to the port that the Ingress leads to."""
    for ingress in render.all("Ingress"):
        for path in [path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]:
            service = render.get("Service", path["backend"]["service"]["name"])
            for workload in render.selected({"matchLabels": service["spec"]["selector"]}) if service else []:
                port = workload.port(path["backend"]["service"]["port"].get("name"))
                come = policies_of(render, workload, "Ingress")
                if come and not any(lets_in_from_outside(policy, port) for policy in come):
                    yield f"{label(ingress)} leads to {workload}, which lets nobody in"


def lets_in_from_outside(policy, port):
    return any(
        (ports_of(rule) is None or port in ports_of(rule)) and (not rule.get("from") or any(not is_within(p) for p in rule["from"]))
        for rule in policy.get("ingress") or []
    )
