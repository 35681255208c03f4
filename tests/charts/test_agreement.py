"""The chart agrees with the program that it runs, and its values with what is written about them.

What is compared with the program's sources is left out, in words, where those are not there.
"""

import json
import os
import re
import unittest

import yaml

from rendering import CHART, ROOT, load, renders
from settings import known_settings, variable

# Settings that the chart sets itself, or takes from Secrets.
SET_BY_THE_CHART = re.compile(
    r"(grpc|http)\.listen|inbound\.lmtp_listen|(database|redis)\.url|outreach\.smtp_url|talent\.(index_folder|kms_.*)|peers\..*|.*[_.]key_file"
)
# Settings for trying out on one machine.
FOR_TRYING_OUT = re.compile(r"clock\..*|edge\.dev_inbox|outreach\.mail_folder")


def leaves(schema, path=""):
    for key, value in schema.get("properties", {}).items():
        yield from leaves(value, f"{path}{key}.") if "properties" in value else [path + key]


def source(*path):
    """A file of the sources; None where it is not there."""
    path = os.path.join(ROOT, *path)
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


class WithTheProgram(unittest.TestCase):
    def test_every_setting_can_be_set_or_is_left_out_for_a_reason(self):
        known = known_settings()
        if known is None:
            self.skipTest("services/usher/src/usher.default.toml is not there; settings were not compared")
        self.assertGreater(len(known), 20, "usher.default.toml was not understood")
        with open(os.path.join(CHART, "values.schema.json"), encoding="utf-8") as file:
            offered = set(leaves(json.load(file)["properties"]["settings"]))
        wanted = {key for key in known if not SET_BY_THE_CHART.fullmatch(key) and not FOR_TRYING_OUT.fullmatch(key)}
        advice = "charts/usher/values.yaml and values.schema.json (or this test) and usher.default.toml differ"
        self.assertEqual(sorted(offered), sorted(wanted), advice)

    def test_what_can_be_set_arrives_under_its_variable(self):
        settings = load(os.path.join(ROOT, "tests", "charts", "values", "everything.yaml"))["settings"]
        given = {f"{section}.{key}" for section, keys in settings.items() for key in keys}
        with open(os.path.join(CHART, "values.schema.json"), encoding="utf-8") as file:
            self.assertEqual(given, set(leaves(json.load(file)["properties"]["settings"])), "values/everything.yaml")
        arrived = {name for workload in renders()["everything"].workloads() for name, _ in workload.environment()}
        self.assertLessEqual({variable(key) for key in given}, arrived)

    def test_every_page_is_behind_the_ingress_and_health_is_not(self):
        pages = source("services", "edge", "src", "pages.rs")
        if pages is None:
            self.skipTest("services/edge/src/pages.rs is not there; pages were not compared")
        routes = re.findall(r'\.route\(\s*"([^"]+)"', pages)
        self.assertGreater(len(routes), 5, "pages.rs was not understood")
        ingress = renders()["everything"].all("Ingress")[0]
        paths = [(path["path"], path["pathType"]) for path in ingress["spec"]["rules"][0]["http"]["paths"]]

        def reached(route):
            return any(route == path or (kind == "Prefix" and route.startswith(path + "/")) for path, kind in paths)

        # The inbox of a trial shows everybody's mail to everybody.
        unreached = {route for route in routes if not reached(route) and not route.startswith("/inbox")}
        self.assertFalse(unreached, "charts/usher/facts.yaml lacks these pages")
        self.assertFalse([path for path in ("/metrics", "/livez", "/readyz", "/inbox") if reached(path)])

    def test_the_chart_is_of_the_programs_version(self):
        manifest = source("Cargo.toml")
        if manifest is None:
            self.skipTest("Cargo.toml is not there; versions were not compared")
        version = re.search(r'^version = "([^"]+)"', manifest, re.MULTILINE).group(1)
        self.assertEqual(load(os.path.join(CHART, "Chart.yaml"))["appVersion"], version)


class WithWhatIsWritten(unittest.TestCase):
    def test_every_value_is_documented(self):
        with open(os.path.join(CHART, "values.yaml"), encoding="utf-8") as file:
            text = file.read()
        lines = text.splitlines()
        silent = [
            f"line {line + 1}: {lines[line].strip()}"
            for line in key_lines(yaml.compose(text))
            if "#" not in lines[line] and not lines[line - 1].strip().startswith("#")
        ]
        self.assertFalse(silent, "no comment above it")

    def test_every_value_of_the_schema_is_in_the_values(self):
        with open(os.path.join(CHART, "values.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        values = load(os.path.join(CHART, "values.yaml"))
        self.assertFalse(list(missing(schema, values, schema["$defs"], "")))

    def test_every_object_of_the_schema_refuses_what_it_does_not_know(self):
        with open(os.path.join(CHART, "values.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        self.assertFalse(list(open_objects(schema, "")))

    def test_the_readme_names_every_mandatory_value(self):
        readme = source("charts", "usher", "README.md")
        from test_values import MANDATORY

        self.assertFalse([value for value in MANDATORY if f"`{value}`" not in readme])


def key_lines(node):
    """The lines of all keys that are written on lines of their own."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            yield key.start_mark.line
            yield from key_lines(value)


def missing(schema, values, definitions, path):
    """What a schema knows and the values do not show; for one service, `defaults` shows it."""
    schema = definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for key, inner in schema.get("properties", {}).items():
        if path + key == "global" or path.startswith("services."):
            continue
        if not isinstance(values, dict) or key not in values:
            yield path + key
        else:
            yield from missing(inner, values[key], definitions, f"{path}{key}.")


def open_objects(schema, path):
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties") is not False and path.rpartition("/")[2] != "properties":
            yield path
        for key, inner in schema.items():
            yield from open_objects(inner, f"{path}/{key}")


if __name__ == "__main__":
    unittest.main()
