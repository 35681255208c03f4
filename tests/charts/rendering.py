"""The renders that script/charts has made, and Helm for those that a test makes itself.

RENDERS is the folder with one file per render, HELM the program. Both are set by script/charts.
"""

import glob
import os
import subprocess

import yaml

from model import Render

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CHART = os.path.join(ROOT, "charts", "usher")
REQUIRED = os.path.join(HERE, "values", "required.yaml")
# The render that brings its own Secrets; every other finds those of existing.yaml.
TRY = "try"


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def existing():
    return load(os.path.join(HERE, "existing.yaml"))


def renders():
    """Every render by its name."""
    found = {}
    for path in sorted(glob.glob(os.path.join(os.environ["RENDERS"], "*.yaml"))):
        name = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            found[name] = Render(yaml.safe_load_all(file), {} if name == TRY else existing())
    return found


def template(*arguments, release="usher"):
    """Runs `helm template` on the chart; its exit code, what it rendered and what it said."""
    command = [os.environ["HELM"], "template", release, CHART, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def notes(*arguments):
    """What `helm install` would say at the end."""
    command = [os.environ["HELM"], "install", "usher", CHART, "--dry-run=client", "-n", "hiring", "-f", REQUIRED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.rpartition("NOTES:")[2]


def rendered(*arguments, release="usher"):
    """A render with the required values and the given arguments."""
    code, text, said = template("-f", REQUIRED, *arguments, release=release)
    assert code == 0, said
    return Render(yaml.safe_load_all(text), existing())
