"""What Helm does with values: refuses what is unknown, missing or contradictory, and takes what is said for one service."""

import json
import re
import unittest

from checks import complaints
from rendering import REQUIRED, notes, rendered, template

# What must be given -> the words that its absence brings.
MANDATORY = {
    "image.repository": "where the image of Usher is",
    "secrets.database.name": "the existing Secret with PostgreSQL's address",
    "secrets.redis.name": "the existing Secret with Redis's address",
    "secrets.smtp.name": "the existing Secret with the mail server's address",
    "secrets.internalKey.name": "the services vouch for each other",
    "secrets.linkKey.name": "signs the links in messages to candidates",
    "secrets.masterKey.name": "seal contact points",
    "settings.http.public_url": "people reach the pages",
    "settings.outreach.from": "who the mails are from",
}
# A value that is not there, at each level -> how Helm names the place.
UNKNOWN = {
    "replicas=3": "'replicas'",
    "image.name=x": "'name'",
    "secrets.postgres.name=x": "'postgres'",
    "kms.file=x": "'file'",
    "secrets.database.value=x": "'value'",
    "settings.clock.movable=true": "'clock'",
    "settings.database.url=x": "'url'",
    "settings.http.listen=x": "'listen'",
    "settings.outreach.mail_folder=x": "'mail_folder'",
    "settings.edge.dev_inbox=x": "'edge'",
    "settings.auth.issuers[0].keys=x": "'keys'",
    "defaults.replica=3": "'replica'",
    "defaults.autoscaling.min=3": "'min'",
    "services.billing.replicas=3": "'billing'",
    "services.ats.autoscaling.max=3": "'max'",
    "migration.enabled=false": "'enabled'",
    "networkPolicy.from.world=x": "'world'",
    "networkPolicy.to.redis.port=1": "'port'",
    "ingress.hosts=x": "'hosts'",
    "lmtp.port=25": "'port'",
    "settings.inbound.lmtp_listen=x": "'lmtp_listen'",
    "serviceMonitor.port=x": "'port'",
}
# A value of the wrong kind -> how Helm names the place.
WRONG = {
    "defaults.replicas=two": "/defaults/replicas",
    "defaults.replicas=-1": "/defaults/replicas",
    "defaults.spread=Always": "/defaults/spread",
    "settings.events.shards=0": "/settings/events/shards",
    "settings.telemetry.log_format=xml": "/settings/telemetry/log_format",
    "settings.http.public_url=jobs.example": "/settings/http/public_url",
    "settings.http.public_url=https://jobs.example/usher": "/settings/http/public_url",
    "settings.auth.issuers={x}": "/settings/auth/issuers/0",
    "settings.inbound.domain=reply": "/settings/inbound/domain",
    "kms.socket=/kms.sock": "/kms/socket",
    "kms.socket=run/../../kms.sock": "/kms/socket",
    "kms.socket=..": "/kms/socket",
    "kms.wraps=never": "/kms/wraps",
    "kms.container.image=x": "/kms/container",
    "kms.container.resources.limits.memory=64Mi": "/kms/container",
    "kms.container.image=x,kms.container.resources.limits.memory=64Mi,kms.container.name=x": "/kms/container",
    "image.digest=sha256:12": "/image/digest",
    "serviceMonitor.interval=often": "/serviceMonitor/interval",
    "networkPolicy.to.smtp.ports[0]=70000": "/networkPolicy/to/smtp/ports/0",
    "networkPolicy.to.providers.ports[0]=70000": "/networkPolicy/to/providers/ports/0",
    "networkPolicy.from.grpc[0].pods=x": "/networkPolicy/from/grpc/0",
}
# Values that contradict each other -> the words about it.
CONTRADICTORY = {
    "ingress.enabled=true": "networkPolicy.from.ingress must be set",
    "lmtp.enabled=true": "settings.inbound.domain must be set",
    "lmtp.enabled=true,settings.inbound.domain=reply.mail.example": "networkPolicy.from.lmtp must be set",
    "serviceMonitor.enabled=true": "networkPolicy.from.metrics must be set",
    "kms.socket=kms.sock,secrets.masterKey.name=": "kms.volume or kms.container must be set",
    "kms.container.image=x,kms.container.resources.limits.memory=64Mi": "kms.socket must be set",
    "settings.auth.issuers=null": "nobody's token is accepted",
    "services.ats.autoscaling.enabled=true,services.ats.autoscaling.maxReplicas=1": "services.ats: autoscaling.minReplicas is above",
}


class Refused(unittest.TestCase):
    def refused(self, words, *arguments):
        code, text, said = template(*arguments)
        self.assertNotEqual(code, 0, f"{arguments} went through")
        self.assertEqual(text, "")
        self.assertIn(words, said)

    def test_what_must_be_given(self):
        for value, words in MANDATORY.items():
            with self.subTest(value=value):
                self.refused(f"{value} must be set", "-f", REQUIRED, "--set", f"{value}=")
                self.refused(words, "-f", REQUIRED, "--set", f"{value}=")

    def test_nothing_given_is_told_all_at_once(self):
        _, _, said = template()
        self.assertEqual(set(re.findall(r"- ([a-zA-Z._]+) must be set", said)), set(MANDATORY))
        self.assertIn("settings.auth.issuers or secrets.issuerKey.name must be set", said)

    def test_what_is_unknown(self):
        for value, place in UNKNOWN.items():
            with self.subTest(value=value):
                self.refused(f"additional properties {place} not allowed", "-f", REQUIRED, "--set", value)

    def test_what_is_of_the_wrong_kind(self):
        for value, place in WRONG.items():
            with self.subTest(value=value):
                self.refused(place, "-f", REQUIRED, "--set", value)

    def test_what_contradicts_itself(self):
        for value, words in CONTRADICTORY.items():
            with self.subTest(value=value):
                self.refused(words, "-f", REQUIRED, "--set", value)


class Taken(unittest.TestCase):
    def test_one_service_differs_from_the_defaults(self):
        render = rendered(
            "--set", "defaults.autoscaling.enabled=true,services.edge.autoscaling.enabled=false,services.edge.replicas=0"
        )
        self.assertEqual(render.get("Deployment", "usher-edge")["spec"]["replicas"], 0)
        self.assertNotIn("replicas", render.get("Deployment", "usher-ats")["spec"])
        self.assertIsNone(render.get("HorizontalPodAutoscaler", "usher-edge"))
        self.assertIsNotNone(render.get("HorizontalPodAutoscaler", "usher-ats"))

    def test_the_settings_of_one_service_restart_no_other(self):
        before, after = rendered(), rendered("--set", "settings.ats.reminder_after_hours=48")
        changed = [w.component for w, v in zip(before.workloads(), after.workloads()) if w.manifest != v.manifest]
        self.assertEqual(changed, ["ats"])

    def test_outreach_alone_reaches_providers_and_not_where_there_are_none(self):
        def who_reaches(render, port):
            policies = render.all("NetworkPolicy")
            ways = [(policy["metadata"]["name"], rule) for policy in policies for rule in policy["spec"].get("egress") or []]
            return [(name, rule.get("to")) for name, rule in ways if port in [way["port"] for way in rule.get("ports") or []]]

        there = [{"ipBlock": {"cidr": "203.0.113.0/24"}}]
        some = rendered("--set-json", f"networkPolicy.to.providers={json.dumps({'peers': there, 'ports': [8443]})}")
        self.assertEqual(who_reaches(some, 8443), [("usher-outreach", there)])
        none = rendered("--set-json", "networkPolicy.to.providers.ports=[]")
        # Where the issuers of tokens are is on that port too, and open to every service.
        issuers = [("usher-ats", None), ("usher-outreach", None)]
        self.assertEqual([way for way in who_reaches(none, 443) if way in issuers], issuers)
        for rule in none.get("NetworkPolicy", "usher-outreach")["spec"]["egress"]:
            self.assertTrue(rule.get("ports"), "a rule without ports would be open to all of them")

    def test_a_plugin_wraps_the_keys_in_place_of_a_file(self):
        plugin = "kms.socket=run/kms.sock,secrets.masterKey.name="
        beside = rendered("--set", f"{plugin},kms.container.image=registry.example/kms:1,kms.container.resources.limits.memory=64Mi")
        talent = beside.get("Deployment", "usher-talent")["spec"]["template"]["spec"]
        (sidecar,) = talent["initContainers"]
        self.assertEqual(sidecar["restartPolicy"], "Always", "it would have to end before talent starts")
        self.assertEqual(sidecar["securityContext"]["capabilities"], {"drop": ["ALL"]})
        mount = {"name": "kms", "mountPath": "/run/usher/kms"}
        self.assertIn(mount, sidecar["volumeMounts"])
        self.assertIn({**mount, "readOnly": True}, talent["containers"][0]["volumeMounts"])
        names = {entry["name"]: entry.get("value") for entry in talent["containers"][0]["env"]}
        self.assertEqual(names["USHER_TALENT_KMS_SOCKET"], "/run/usher/kms/run/kms.sock")
        self.assertNotIn("USHER_TALENT_MASTER_KEY_FILE", names)
        for other in beside.workloads():
            if other.component != "talent":
                self.assertNotIn("kms", str(other.manifest), f"{other} is told of the plugin")

        on_nodes = rendered("--set", f"{plugin},kms.volume.hostPath.path=/run/kms")
        talent = on_nodes.get("Deployment", "usher-talent")["spec"]["template"]["spec"]
        self.assertIn({"name": "kms", "hostPath": {"path": "/run/kms"}}, talent["volumes"])
        self.assertIn({**mount, "readOnly": True}, talent["containers"][0]["volumeMounts"])
        self.assertNotIn("initContainers", talent)

    def test_a_plugin_and_a_file_are_there_while_keys_move(self):
        for wraps in ("true", "false"):
            with self.subTest(wraps=wraps):
                moving = rendered("--set", f"kms.socket=kms.sock,kms.volume.hostPath.path=/run/kms,kms.wraps={wraps}")
                talent = next(w for w in moving.workloads() if w.component == "talent")
                names = {entry["name"]: entry.get("value") for _, entry in talent.environment()}
                self.assertEqual(names["USHER_TALENT_MASTER_KEY_FILE"], "/etc/usher/keys/master.key")
                self.assertEqual(names["USHER_TALENT_KMS_SOCKET"], "/run/usher/kms/kms.sock")
                self.assertEqual(names["USHER_TALENT_KMS_WRAPS"], wraps)

    def test_without_policies_there_is_none(self):
        self.assertEqual(rendered("--set", "networkPolicy.enabled=false").all("NetworkPolicy"), [])

    def test_two_releases_in_one_namespace_leave_each_other_alone(self):
        one, two = rendered(), rendered(release="second")
        names = [{(m["kind"], m["metadata"]["name"]) for m in render.manifests} for render in (one, two)]
        self.assertFalse(names[0] & names[1])
        one.manifests += two.manifests
        wrong = [words for check, words in complaints(one) if check != "services_have_their_company"]
        self.assertFalse(wrong, wrong)

    def test_a_long_name_stays_within_what_kubernetes_allows(self):
        for manifest in rendered(release="a-release-with-a-name-as-long-as-helm-lets-it-be-1234").manifests:
            self.assertLessEqual(len(manifest["metadata"]["name"]), 63)

    def test_the_notes_lead_to_what_is_there(self):
        render, said = rendered(), notes()
        named = set(re.findall(r"service/(\S+)", said)) | set(re.findall(r"^  (\S+)\.hiring:50051$", said, re.MULTILINE))
        self.assertEqual(named, {service["metadata"]["name"] for service in render.all("Service")})
        self.assertIn("nobody is let in yet", said)
        self.assertIn("every pod of the cluster can reach", notes("--set", "networkPolicy.enabled=false"))

    def test_a_digest_wins_over_a_tag(self):
        digest = "sha256:" + "0" * 64
        render = rendered("--set", f"image.digest={digest},image.tag=1.0")
        images = {container["image"] for workload in render.workloads() for container in workload.containers()}
        self.assertEqual(images, {f"registry.example/usher@{digest}"})


if __name__ == "__main__":
    unittest.main()
