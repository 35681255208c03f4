"""The program takes the environment that its pods give it.

It is started with a pod's own variables and arguments, and comes as far as reading the keys, which are not there outside
of a pod: whatever it says before that is about settings. Needs a built program (target/debug/usher, or USHER_PROGRAM),
and is left out, in words, without one.
"""

import os
import subprocess
import unittest

from rendering import ROOT, renders

PROGRAM = os.environ.get("USHER_PROGRAM", os.path.join(ROOT, "target", "debug", "usher"))
KEYS = "/etc/usher/keys/"


@unittest.skipUnless(os.path.exists(PROGRAM), f"{PROGRAM} is not built; no pod's environment was tried on it")
@unittest.skipIf(os.path.exists(KEYS), f"{KEYS} is on this machine; the program would start to serve")
class Program(unittest.TestCase):
    def test_settings_are_taken(self):
        for name, render in renders().items():
            secrets = render.secrets()
            for workload in render.workloads():
                if workload.is_usher and workload.kind == "Deployment":
                    with self.subTest(render=name, service=workload.component):
                        self.assertIn(KEYS, self.said(workload, secrets))

    def test_a_wrong_setting_is_told_apart(self):
        render = renders()["required"]
        workload = next(w for w in render.workloads() if w.component == "ats")
        workload.program()["env"] = [e for e in workload.program()["env"] if e["name"] != "USHER_PEERS_OUTREACH"]
        self.assertIn("peers.outreach must be set", self.said(workload, render.secrets()))

    def said(self, workload, secrets):
        environment = {name: workload.variable(name, secrets) for name, _ in workload.environment()}
        command = [PROGRAM, *workload.program()["args"]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        self.assertNotEqual(done.returncode, 0)
        return done.stdout + done.stderr


if __name__ == "__main__":
    unittest.main()
