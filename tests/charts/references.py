"""Whatever one object says of another is so."""

from collections import Counter
from urllib.parse import urlsplit

from registry import check
from model import annotation, holds, hooks_of, label, name_of

# Has no namespace of its own.
CLUSTER_WIDE = ("Namespace",)
# A Job's selector is Kubernetes' own.
SELECTED = ("Deployment", "StatefulSet", "DaemonSet")


@check
def names_are_unique(render):
    for (kind, name), times in Counter((m["kind"], name_of(m)) for m in render.manifests).items():
        if times > 1:
            yield f"{kind} {name} is there {times} times"


@check
def namespaces_agree(render):
    made = {name_of(namespace) for namespace in render.all("Namespace")}
    for manifest in render.manifests:
        namespace = manifest["metadata"].get("namespace")
        if manifest["kind"] not in CLUSTER_WIDE and made and namespace not in made:
            yield f"{label(manifest)} is in namespace {namespace}, which is not made here"


@check
def selectors_hold_their_own_pods(render):
    for workload in render.workloads():
        if workload.kind not in SELECTED:
            continue
        if not (workload.selector or {}).get("matchLabels"):
            yield f"{workload} selects nothing by label"
        for other in render.selected(workload.selector):
            if other.name != workload.name or other.kind != workload.kind:
                yield f"{workload} also selects the pods of {other}"
        if not holds(workload.selector, workload.labels):
            yield f"{workload} does not select its own pods"


@check
def services_lead_to_one_workload(render):
    for service in render.all("Service"):
        found = render.selected({"matchLabels": service["spec"].get("selector")}) if service["spec"].get("selector") else []
        if len(found) != 1:
            yield f"{label(service)} leads to {len(found)} workloads: {', '.join(map(str, found)) or 'none'}"


@check
def service_ports_exist(render):
    for service in render.all("Service"):
        for workload in render.selected({"matchLabels": service["spec"].get("selector")}):
            for port in service["spec"]["ports"]:
                target = port.get("targetPort", port["port"])
                if workload.port(target, port.get("protocol", "TCP")) is None:
                    yield f"{label(service)} leads to port {target}, which {workload} does not have"


@check
def secrets_exist(render):
    secrets = render.secrets()
    for workload in render.workloads():
        wanted = [(secret, key) for _, secret, key, _ in workload.secret_files()]
        for _, entry in workload.environment():
            reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
            if reference:
                wanted.append((reference["name"], reference["key"]))
        for container in workload.containers():
            wanted += [(source["secretRef"]["name"], None) for source in container.get("envFrom") or [] if "secretRef" in source]
        wanted += [(secret["name"], None) for secret in workload.pod.get("imagePullSecrets") or []]
        yield from (f"{workload}: {words}" for words in missing_secrets(wanted, secrets))
    for ingress in render.all("Ingress"):
        wanted = [(tls["secretName"], "tls.crt") for tls in ingress["spec"].get("tls") or []]
        yield from (f"{label(ingress)}: {words}" for words in missing_secrets(wanted, secrets))


def missing_secrets(wanted, secrets):
    for name, key in wanted:
        if name not in secrets:
            yield f"there is no Secret {name}"
        elif key is not None and key not in secrets[name]:
            yield f"Secret {name} has no key {key}"


@check
def config_maps_exist(render):
    made = {name_of(m): set(m.get("data") or {}) for m in render.all("ConfigMap")}
    for workload in render.workloads():
        wanted = []
        for container in workload.containers():
            wanted += [(source["configMapRef"]["name"], None) for source in container.get("envFrom") or [] if "configMapRef" in source]
        for _, entry in workload.environment():
            reference = (entry.get("valueFrom") or {}).get("configMapKeyRef")
            if reference:
                wanted.append((reference["name"], reference["key"]))
        for volume in workload.pod.get("volumes") or []:
            if "configMap" in volume:
                wanted.append((volume["configMap"]["name"], None))
        for name, key in wanted:
            if name not in made or (key is not None and key not in made[name]):
                yield f"{workload}: there is no ConfigMap {name} (key {key})"


@check
def service_accounts_exist(render):
    for workload in render.workloads():
        account = workload.pod.get("serviceAccountName")
        if account is not None and render.get("ServiceAccount", account) is None:
            yield f"{workload}: there is no ServiceAccount {account}"
        if account is None and workload.is_usher:
            yield f"{workload} has no ServiceAccount of its own"


@check
def hooks_find_what_they_need(render):
    """Helm runs hooks before the release's own objects are there: what a hook needs is a hook too, and of lower weight."""
    for workload in render.workloads():
        if not workload.hooks:
            continue
        own_policies = [policy for policy in render.all("NetworkPolicy") if is_about(policy, workload.component)]
        if render.all("NetworkPolicy") and not own_policies:
            yield f"{workload} has no NetworkPolicy of its own"
        account = render.get("ServiceAccount", workload.pod.get("serviceAccountName"))
        for needed in filter(None, [account, *own_policies]):
            if not workload.hooks <= hooks_of(needed):
                yield f"{workload} runs before {label(needed)} is there"
            elif weight(needed) >= weight(workload.manifest):
                yield f"{workload} runs no later than {label(needed)} is made"
        for hook in filter(None, [workload.manifest, account, *own_policies]):
            if hooks_of(hook) and "before-hook-creation" not in (annotation(hook, "helm.sh/hook-delete-policy") or ""):
                yield f"{label(hook)} stays, and the next upgrade can not make it again"


def is_about(policy, component):
    selector = policy["spec"]["podSelector"].get("matchLabels") or {}
    return selector.get("app.kubernetes.io/component") == component


def weight(manifest):
    return int(annotation(manifest, "helm.sh/hook-weight") or 0)


@check
def ingresses_lead_to_services(render):
    for ingress in render.all("Ingress"):
        for rule in ingress["spec"]["rules"]:
            if not rule.get("host"):
                yield f"{label(ingress)} has a rule without a host"
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                service = render.get("Service", backend["name"])
                if service is None:
                    yield f"{label(ingress)} leads to Service {backend['name']}, which is not there"
                elif not any(set(backend["port"].values()) & {port.get("name"), port["port"]} for port in service["spec"]["ports"]):
                    yield f"{label(ingress)} leads to port {backend['port']}, which {label(service)} does not have"
        hosts = {rule.get("host") for rule in ingress["spec"]["rules"]}
        for tls in ingress["spec"].get("tls") or []:
            if not set(tls.get("hosts") or []) <= hosts:
                yield f"{label(ingress)} has a certificate for a host that it does not serve"


@check
def autoscalers_have_targets(render):
    for scaler in render.all("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        found = render.get(target["kind"], target["name"])
        if found is None:
            yield f"{label(scaler)} scales {target['kind']} {target['name']}, which is not there"
        elif "replicas" in found["spec"]:
            yield f"{label(scaler)} and {label(found)} both set the number of pods"
    scaled = {s["spec"]["scaleTargetRef"]["name"] for s in render.all("HorizontalPodAutoscaler")}
    for deployment in render.all("Deployment"):
        if "replicas" not in deployment["spec"] and name_of(deployment) not in scaled:
            yield f"nobody sets the number of pods of {label(deployment)}"


@check
def budgets_hold_one_workload(render):
    for budget in render.all("PodDisruptionBudget"):
        found = render.selected(budget["spec"]["selector"])
        if len(found) != 1:
            yield f"{label(budget)} holds {len(found)} workloads"


@check
def monitors_see_every_service(render):
    for monitor in render.all("ServiceMonitor"):
        seen = [s for s in render.all("Service") if holds(monitor["spec"]["selector"], s["metadata"].get("labels") or {})]
        unseen = [w for w in render.workloads() if w.is_usher and w.kind == "Deployment" and not any(holds({"matchLabels": s["spec"]["selector"]}, w.labels) for s in seen)]
        yield from (f"{label(monitor)} does not see {workload}" for workload in unseen)
        for endpoint in monitor["spec"]["endpoints"]:
            for service in seen:
                if endpoint["port"] not in [port.get("name") for port in service["spec"]["ports"]]:
                    yield f"{label(monitor)} asks port {endpoint['port']}, which {label(service)} does not have"


@check
def spreads_hold_their_own_pods(render):
    for workload in render.workloads():
        for constraint in workload.pod.get("topologySpreadConstraints") or []:
            if [str(other) for other in render.selected(constraint["labelSelector"])] != [str(workload)]:
                yield f"{workload} is spread against other pods than its own"


@check
def peers_exist(render):
    for workload in render.workloads():
        for name, entry in workload.environment():
            if not name.startswith("USHER_PEERS_"):
                continue
            url = urlsplit(entry.get("value") or "")
            service = render.get("Service", url.hostname)
            if url.scheme != "http" or service is None:
                yield f"{workload}: {name} is {entry.get('value')}, where no Service is"
                continue
            wanted = name[len("USHER_PEERS_"):].lower()
            if [other.component for other in render.selected({"matchLabels": service["spec"]["selector"]})] != [wanted]:
                yield f"{workload}: {name} leads to {label(service)}, which is not {wanted}"
            if url.port not in [port["port"] for port in service["spec"]["ports"] if port.get("name") == "grpc"]:
                yield f"{workload}: {name} names port {url.port}, where {label(service)} has no gRPC"


@check
def probes_find_their_ports(render):
    for workload in render.workloads():
        for container in workload.containers():
            probes = {kind: container[kind] for kind in ("startupProbe", "livenessProbe", "readinessProbe") if kind in container}
            for kind, probe in probes.items():
                target = next((probe[way]["port"] for way in ("grpc", "httpGet", "tcpSocket") if way in probe), None)
                if target is not None and workload.port(target) is None:
                    yield f"{workload}: {kind} asks port {target}, which it does not have"
            if workload.is_usher and workload.kind == "Deployment" and container is workload.program():
                asked = {kind: (probe.get("grpc") or {}).get("service") for kind, probe in probes.items()}
                if asked != {"startupProbe": "live", "livenessProbe": "live", "readinessProbe": workload.component}:
                    yield f"{workload}: the probes ask for {asked}"
                if container.get("args") != ["serve", "--only", workload.component]:
                    yield f"{workload} runs {container.get('args')}, which is not {workload.component}"


@check
def mounts_have_volumes(render):
    for workload in render.workloads():
        volumes = {volume["name"] for volume in workload.pod.get("volumes") or []}
        volumes |= {claim["metadata"]["name"] for claim in workload.manifest["spec"].get("volumeClaimTemplates") or []}
        mounts = [mount["name"] for container in workload.containers() for mount in container.get("volumeMounts") or []]
        yield from (f"{workload} mounts {name}, which is no volume" for name in set(mounts) - volumes)
        yield from (f"{workload} has the volume {name} and does not mount it" for name in volumes - set(mounts))


@check
def key_files_are_mounted(render):
    for workload in render.workloads():
        places = {mount["name"]: mount["mountPath"] for container in workload.containers() for mount in container.get("volumeMounts") or []}
        files = {f"{places.get(volume)}/{path}" for volume, _, _, path in workload.secret_files()}
        for name, entry in workload.environment():
            if name.startswith("USHER_") and name.endswith("_KEY_FILE") and entry.get("value") not in files:
                yield f"{workload}: {name} is {entry.get('value')}, where nothing is mounted"
        named = {entry.get("value") for _, entry in workload.environment()}
        for path in files - named:
            if path.startswith("/etc/usher/keys/"):
                yield f"{workload} holds {path}, which nothing names"


@check
def services_have_their_company(render):
    """Each of the six has a Service, a budget and an account that bear its name."""
    deployments = [workload for workload in render.workloads() if workload.is_usher and workload.kind == "Deployment"]
    if sorted(workload.component for workload in deployments) != ["accounts", "analytics", "ats", "edge", "outreach", "talent"]:
        yield f"the services are {sorted(str(workload.component) for workload in deployments)}"
    for workload in deployments:
        for kind in ("Service", "PodDisruptionBudget", "ServiceAccount"):
            if render.get(kind, workload.name) is None:
                yield f"{workload} has no {kind}"
