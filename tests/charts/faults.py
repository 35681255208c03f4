"""Faults to seed into a render, each with the check that must notice it.

FAULTS is a list of (words, check, function); the function spoils the render that it is given. The render is that of
values/everything.yaml unless the function's name begins with `try_`.
"""

from model import HOOK, name_of

FULL = "usher-hiring"
FAULTS = []


def fault(check):
    def add(function):
        FAULTS.append((function.__name__.replace("_", " "), check, function))
        return function

    return add


def find(render, kind, name):
    found = render.get(kind, name if not name.startswith("-") else FULL + name)
    assert found is not None, f"the render has no {kind} {name}; the fault needs another place"
    return found


def pod(render, name, kind="Deployment"):
    return find(render, kind, name)["spec"]["template"]["spec"]


def container(render, name, kind="Deployment"):
    return pod(render, name, kind)["containers"][0]


def variable(render, name, key, kind="Deployment"):
    return next(entry for entry in container(render, name, kind)["env"] if entry["name"] == key)


def drop(render, kind, name):
    render.manifests.remove(find(render, kind, name))


# What refers to what.


@fault("names_are_unique")
def two_objects_have_one_name(render):
    render.manifests.append(dict(find(render, "Service", "-ats")))


@fault("namespaces_agree")
def try_an_object_is_in_another_namespace(render):
    find(render, "Deployment", "usher-ats")["metadata"]["namespace"] = "default"


@fault("selectors_hold_their_own_pods")
def a_deployment_does_not_select_its_pods(render):
    find(render, "Deployment", "-ats")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] = "at"


@fault("selectors_hold_their_own_pods")
def a_deployment_selects_the_pods_of_all(render):
    del find(render, "Deployment", "-ats")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"]


@fault("services_lead_to_one_workload")
def a_service_selects_nothing(render):
    find(render, "Service", "-talent")["spec"]["selector"]["app.kubernetes.io/component"] = "talents"


@fault("services_lead_to_one_workload")
def a_service_selects_all(render):
    del find(render, "Service", "-talent")["spec"]["selector"]["app.kubernetes.io/component"]


@fault("service_ports_exist")
def a_service_leads_to_a_port_that_is_not_there(render):
    find(render, "Service", "-edge")["spec"]["ports"][1]["targetPort"] = "web"


@fault("service_ports_exist")
def a_container_renames_its_port(render):
    container(render, "-ats")["ports"][0]["name"] = "h2"


@fault("secrets_exist")
def a_variable_names_a_secret_that_is_not_there(render):
    variable(render, "-ats", "USHER_DATABASE_URL")["valueFrom"]["secretKeyRef"]["name"] = "usher-db"


@fault("secrets_exist")
def a_variable_names_a_key_that_is_not_there(render):
    variable(render, "-outreach", "USHER_OUTREACH_SMTP_URL")["valueFrom"]["secretKeyRef"]["key"] = "uri"


@fault("secrets_exist")
def a_volume_names_a_secret_that_is_not_there(render):
    volumes = {volume["name"]: volume for volume in pod(render, "-talent")["volumes"]}
    volumes["keys"]["projected"]["sources"][0]["secret"]["name"] = "keys"


@fault("secrets_exist")
def the_image_is_pulled_with_a_secret_that_is_not_there(render):
    pod(render, "-edge")["imagePullSecrets"][0]["name"] = "registry"


@fault("secrets_exist")
def the_certificate_is_not_there(render):
    find(render, "Ingress", "-edge")["spec"]["tls"][0]["secretName"] = "tls"


@fault("secrets_exist")
def try_a_generated_secret_is_not_made(render):
    render.manifests.remove(next(m for m in render.all("Secret") if name_of(m).startswith("usher-try-redis")))


@fault("config_maps_exist")
def the_environment_comes_from_a_config_map_that_is_not_there(render):
    container(render, "-ats")["envFrom"] = [{"configMapRef": {"name": "usher"}}]


@fault("service_accounts_exist")
def an_account_is_not_made(render):
    drop(render, "ServiceAccount", "-outreach")


@fault("service_accounts_exist")
def a_pod_runs_as_the_namespaces_own_account(render):
    del pod(render, "-outreach")["serviceAccountName"]


@fault("hooks_find_what_they_need")
def the_migrations_account_comes_too_late(render):
    del find(render, "ServiceAccount", "-migrate")["metadata"]["annotations"][HOOK]


@fault("hooks_find_what_they_need")
def the_migrations_account_comes_at_the_same_time(render):
    find(render, "ServiceAccount", "-migrate")["metadata"]["annotations"]["helm.sh/hook-weight"] = "0"


@fault("hooks_find_what_they_need")
def the_migrations_policy_is_there_on_installation_only(render):
    find(render, "NetworkPolicy", "-migrate")["metadata"]["annotations"][HOOK] = "pre-install"


@fault("hooks_find_what_they_need")
def the_migration_has_no_policy(render):
    drop(render, "NetworkPolicy", "-migrate")


@fault("hooks_find_what_they_need")
def the_migration_is_never_removed(render):
    find(render, "Job", "-migrate")["metadata"]["annotations"]["helm.sh/hook-delete-policy"] = "hook-succeeded"


@fault("ingresses_lead_to_services")
def the_ingress_leads_nowhere(render):
    paths = find(render, "Ingress", "-edge")["spec"]["rules"][0]["http"]["paths"]
    paths[0]["backend"]["service"]["name"] = "usher-edge"


@fault("ingresses_lead_to_services")
def the_ingress_leads_to_a_port_that_is_not_there(render):
    paths = find(render, "Ingress", "-edge")["spec"]["rules"][0]["http"]["paths"]
    paths[0]["backend"]["service"]["port"] = {"number": 80}


@fault("ingresses_lead_to_services")
def the_certificate_is_for_another_host(render):
    find(render, "Ingress", "-edge")["spec"]["tls"][0]["hosts"] = ["www.example"]


@fault("autoscalers_have_targets")
def an_autoscaler_scales_nothing(render):
    find(render, "HorizontalPodAutoscaler", "-ats")["spec"]["scaleTargetRef"]["name"] = "usher-ats"


@fault("autoscalers_have_targets")
def a_deployment_and_its_autoscaler_quarrel(render):
    find(render, "Deployment", "-ats")["spec"]["replicas"] = 2


@fault("autoscalers_have_targets")
def nobody_says_how_many_pods(render):
    drop(render, "HorizontalPodAutoscaler", "-ats")


@fault("budgets_hold_one_workload")
def a_budget_holds_no_pods(render):
    labels = find(render, "PodDisruptionBudget", "-edge")["spec"]["selector"]["matchLabels"]
    labels["app.kubernetes.io/instance"] = "other"


@fault("monitors_see_every_service")
def the_monitor_sees_nothing(render):
    find(render, "ServiceMonitor", FULL)["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] = "usher"


@fault("monitors_see_every_service")
def the_monitor_asks_a_port_that_is_not_there(render):
    find(render, "ServiceMonitor", FULL)["spec"]["endpoints"][0]["port"] = "metrics"


@fault("spreads_hold_their_own_pods")
def pods_are_spread_against_others(render):
    constraint = pod(render, "-ats")["topologySpreadConstraints"][0]
    constraint["labelSelector"]["matchLabels"]["app.kubernetes.io/component"] = "talent"


@fault("peers_exist")
def a_peer_is_not_there(render):
    variable(render, "-edge", "USHER_PEERS_ATS")["value"] = "http://usher-ats:50051"


@fault("peers_exist")
def a_peer_is_another_service(render):
    variable(render, "-edge", "USHER_PEERS_ATS")["value"] = f"http://{FULL}-talent:50051"


@fault("peers_exist")
def a_peer_is_called_on_the_wrong_port(render):
    variable(render, "-edge", "USHER_PEERS_ATS")["value"] = f"http://{FULL}-ats:8080"


@fault("probes_find_their_ports")
def a_probe_asks_a_port_that_is_not_there(render):
    container(render, "-analytics")["livenessProbe"]["grpc"]["port"] = 50052


@fault("probes_find_their_ports")
def readiness_is_asked_of_another_service(render):
    container(render, "-analytics")["readinessProbe"]["grpc"]["service"] = "ats"


@fault("probes_find_their_ports")
def liveness_depends_on_the_database(render):
    container(render, "-ats")["livenessProbe"]["grpc"]["service"] = "ats"


@fault("probes_find_their_ports")
def a_pod_runs_another_service(render):
    container(render, "-analytics")["args"] = ["serve", "--only", "ats"]


@fault("mounts_have_volumes")
def a_mount_has_no_volume(render):
    container(render, "-ats")["volumeMounts"][0]["name"] = "temp"


@fault("key_files_are_mounted")
def a_key_is_not_where_the_program_looks(render):
    variable(render, "-talent", "USHER_TALENT_MASTER_KEY_FILE")["value"] = "/etc/usher/master.key"


@fault("key_files_are_mounted")
def a_pod_holds_a_key_that_it_does_not_use(render):
    volumes = {volume["name"]: volume for volume in pod(render, "-edge")["volumes"]}
    source = {"secret": {"name": "usher-master", "items": [{"key": "master.key", "path": "master.key"}]}}
    volumes["keys"]["projected"]["sources"].append(source)


@fault("services_have_their_company")
def a_service_is_forgotten(render):
    drop(render, "Deployment", "-analytics")


@fault("services_have_their_company")
def a_budget_is_forgotten(render):
    drop(render, "PodDisruptionBudget", "-talent")


# What a pod may be.


@fault("pods_are_restricted")
def a_pod_may_be_root(render):
    pod(render, "-ats")["securityContext"]["runAsNonRoot"] = False


@fault("pods_are_restricted")
def a_pod_has_no_seccomp_profile(render):
    del pod(render, "-ats")["securityContext"]["seccompProfile"]


@fault("pods_are_restricted")
def a_container_may_gain_privileges(render):
    container(render, "-migrate", "Job")["securityContext"]["allowPrivilegeEscalation"] = True


@fault("pods_are_restricted")
def a_container_keeps_capabilities(render):
    container(render, "-ats")["securityContext"]["capabilities"]["add"] = ["NET_BIND_SERVICE"]


@fault("pods_are_restricted")
def a_container_may_write_to_its_image(render):
    container(render, "-ats")["securityContext"]["readOnlyRootFilesystem"] = False


@fault("pods_are_restricted")
def a_pod_mounts_a_path_of_its_node(render):
    pod(render, "-ats")["volumes"].append({"name": "host", "hostPath": {"path": "/"}})


@fault("pods_are_restricted")
def talent_mounts_another_path_of_its_node(render):
    pod(render, "-talent")["volumes"].append({"name": "host", "hostPath": {"path": "/"}})


@fault("pods_are_restricted")
def talent_may_write_where_the_plugin_of_its_node_is(render):
    pod(render, "-talent")["volumes"].append({"name": "kms", "hostPath": {"path": "/run/kms"}})
    container(render, "-talent")["volumeMounts"].append({"name": "kms", "mountPath": "/run/usher/kms"})


@fault("pods_are_restricted")
def another_than_talent_sees_the_plugin_of_its_node(render):
    pod(render, "-ats")["volumes"].append({"name": "kms", "hostPath": {"path": "/run/kms"}})
    container(render, "-ats")["volumeMounts"].append({"name": "kms", "mountPath": "/run/usher/kms", "readOnly": True})


@fault("pods_are_restricted")
def try_a_server_may_gain_privileges(render):
    del container(render, "postgres", "StatefulSet")["securityContext"]["allowPrivilegeEscalation"]


@fault("pods_know_nothing_of_the_cluster")
def a_pod_gets_a_token(render):
    del pod(render, "-ats")["automountServiceAccountToken"]


@fault("pods_know_nothing_of_the_cluster")
def a_pod_gets_service_links(render):
    del pod(render, "-migrate", "Job")["enableServiceLinks"]


@fault("pods_say_what_they_need")
def a_pod_has_no_memory_limit(render):
    del container(render, "-ats")["resources"]["limits"]["memory"]


@fault("images_are_pinned")
def an_image_has_no_tag(render):
    container(render, "-ats")["image"] = "registry.example:5000/recruiting/usher"


@fault("volumes_in_memory_are_bounded")
def a_volume_has_no_bound(render):
    del pod(render, "-ats")["volumes"][0]["emptyDir"]["sizeLimit"]


@fault("pods_have_time_to_end")
def a_pod_is_killed_while_it_drains(render):
    container(render, "-ats")["lifecycle"]["preStop"]["sleep"]["seconds"] = 10


# Who reaches whom.


@fault("nobody_is_without_a_policy")
def a_pod_is_under_no_policy(render):
    drop(render, "NetworkPolicy", "-default-deny")
    drop(render, "NetworkPolicy", "-talent")


@fault("nobody_is_without_a_policy")
def try_a_server_is_under_no_policy(render):
    find(render, "NetworkPolicy", "servers")["spec"]["podSelector"]["matchExpressions"][0]["values"].remove("redis")


@fault("policies_are_about_somebody")
def a_policy_is_about_nobody(render):
    selector = find(render, "NetworkPolicy", "-ats")["spec"]["podSelector"]
    selector["matchLabels"]["app.kubernetes.io/component"] = "at"


@fault("policies_are_about_somebody")
def a_policy_lets_in_somebody_who_is_not_there(render):
    rule = find(render, "NetworkPolicy", "-ats")["spec"]["ingress"][0]
    rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] = "reports"


@fault("policies_are_about_somebody")
def a_policy_opens_a_port_that_is_not_there(render):
    find(render, "NetworkPolicy", "-ats")["spec"]["ingress"][0]["ports"].append({"port": 9090, "protocol": "TCP"})


@fault("what_is_needed_is_open")
def a_caller_is_not_let_in(render):
    rule = find(render, "NetworkPolicy", "-accounts")["spec"]["ingress"][0]
    rule["from"] = [p for p in rule["from"] if p["podSelector"]["matchLabels"]["app.kubernetes.io/component"] != "edge"]


@fault("what_is_needed_is_open")
def a_caller_is_not_let_out(render):
    spec = find(render, "NetworkPolicy", "-edge")["spec"]
    spec["egress"] = [r for r in spec["egress"] if r["ports"][0]["port"] != 50051]


@fault("what_is_needed_is_open")
def the_way_to_the_database_is_closed(render):
    spec = find(render, "NetworkPolicy", "-migrate")["spec"]
    spec["egress"] = [r for r in spec["egress"] if r["ports"][0]["port"] == 53]


@fault("what_is_needed_is_open")
def the_way_to_the_mail_server_is_on_another_port(render):
    for rule in find(render, "NetworkPolicy", "-outreach")["spec"]["egress"]:
        for port in rule["ports"]:
            port["port"] = 25 if port["port"] == 465 else port["port"]


@fault("what_is_needed_is_open")
def names_are_asked_by_udp_only(render):
    rule = find(render, "NetworkPolicy", "-ats")["spec"]["egress"][0]
    rule["ports"] = [port for port in rule["ports"] if port["protocol"] == "UDP"]


@fault("what_is_needed_is_open")
def try_the_database_lets_nobody_in(render):
    find(render, "NetworkPolicy", "servers")["spec"]["ingress"][0]["ports"].pop(0)


@fault("what_is_open_is_needed")
def a_service_is_open_to_one_that_does_not_call_it(render):
    find(render, "NetworkPolicy", "-analytics")["spec"]["ingress"].append({"ports": [{"port": 50051, "protocol": "TCP"}]})
    find(render, "NetworkPolicy", "-accounts")["spec"]["egress"].append({"ports": [{"port": 50051, "protocol": "TCP"}]})


@fault("pages_are_reached_through_the_ingress")
def the_ingress_controller_is_not_let_in(render):
    spec = find(render, "NetworkPolicy", "-edge")["spec"]
    spec["ingress"] = [rule for rule in spec["ingress"] if rule["ports"][0]["port"] != 8080]


# What the program is told.


@fault("settings_are_known")
def a_setting_is_misspelt(render):
    variable(render, "-ats", "USHER_DATABASE_MAX_CONNECTIONS")["name"] = "USHER_DATABASE_MAX_CONECTIONS"


@fault("settings_are_known")
def a_setting_is_given_twice(render):
    container(render, "-ats")["env"].append({"name": "USHER_TELEMETRY_LOG", "value": "debug"})


@fault("values_are_text")
def a_number_is_not_text(render):
    variable(render, "-ats", "USHER_EVENTS_SHARDS")["value"] = 8


@fault("values_are_text")
def a_number_is_written_as_a_power(render):
    variable(render, "-ats", "USHER_EVENTS_STREAM_MAX_LEN")["value"] = "5e+06"


@fault("secrets_are_not_in_the_open")
def a_password_is_in_the_open(render):
    entry = variable(render, "-ats", "USHER_REDIS_URL")
    del entry["valueFrom"]
    entry["value"] = "redis://:hunter2@cache.example"


@fault("secrets_are_where_they_belong")
def the_edge_holds_the_databases_address(render):
    container(render, "-edge")["env"].append(variable(render, "-ats", "USHER_DATABASE_URL"))


@fault("secrets_are_where_they_belong")
def outreach_lacks_its_mail_server(render):
    container(render, "-outreach")["env"].remove(variable(render, "-outreach", "USHER_OUTREACH_SMTP_URL"))
