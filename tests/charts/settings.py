"""Pods are given settings that the program knows, and secrets only by reference."""

import os
import re

from registry import check

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFAULTS = os.path.join(ROOT, "services", "usher", "src", "usher.default.toml")
# Hold passwords.
SECRET = ("USHER_DATABASE_URL", "USHER_REDIS_URL", "USHER_OUTREACH_SMTP_URL")
# Who may hold which secret; the address of PostgreSQL and Redis is for whoever has a schema.
STORES = ("accounts", "ats", "talent", "outreach", "analytics")
HOLDERS = {
    "USHER_DATABASE_URL": (*STORES, "migrate"),
    "USHER_REDIS_URL": STORES,
    "USHER_OUTREACH_SMTP_URL": ("outreach",),
    "USHER_AUTH_INTERNAL_KEY_FILE": (*STORES, "edge"),
    "USHER_LINKS_KEY_FILE": ("ats", "outreach"),
    "USHER_TALENT_MASTER_KEY_FILE": ("talent",),
}
# What may stand in a secret's place.
INSTEAD = {"USHER_TALENT_MASTER_KEY_FILE": "USHER_TALENT_KMS_SOCKET"}


def known_settings(text=None):
    """Every setting of the program as `section.key`; None where the program's sources are not here."""
    if text is None:
        if not os.path.exists(DEFAULTS):
            return None
        with open(DEFAULTS, encoding="utf-8") as file:
            text = file.read()
    found, section = [], ""
    for line in text.splitlines():
        if heading := re.match(r"\[([a-z_]+)\]\s*$", line):
            section = heading.group(1)
        elif key := re.match(r"([a-z_]+)\s*=", line):
            found.append(f"{section}.{key.group(1)}")
    return found


def variable(setting):
    """The variable that stands for a setting."""
    return "USHER_" + setting.replace(".", "_").upper()


@check
def settings_are_known(render):
    settings = known_settings()
    for workload in render.workloads():
        names = [name for name, _ in workload.environment()]
        yield from (f"{workload} sets {name} twice" for name in set(names) if names.count(name) > 1)
        known = None if settings is None else {variable(setting) for setting in settings}
        if workload.is_usher and known is not None:
            own = [entry["name"] for entry in workload.program().get("env") or []]
            yield from (f"{workload} sets {name}, which the program refuses" for name in own if name not in known)


@check
def values_are_text(render):
    for workload in render.workloads():
        for name, entry in workload.environment():
            if "value" in entry and not isinstance(entry["value"], str):
                yield f"{workload}: {name} is not text"
            if "value" in entry and re.fullmatch(r"[0-9.]+e[+][0-9]+", str(entry["value"])):
                yield f"{workload}: {name} is {entry['value']}, which the program does not read as a number"


@check
def secrets_are_not_in_the_open(render):
    for workload in render.workloads():
        for name, entry in workload.environment():
            value = str(entry.get("value") or "")
            if (name in SECRET or "PASSWORD" in name) and value or re.search(r"://[^/@]*:[^/@]*@", value):
                yield f"{workload}: {name} holds a secret in the open"
        if any("://" in str(word) and "@" in str(word) for container in workload.containers() for word in container.get("args") or []):
            yield f"{workload} has a secret in its arguments"


@check
def secrets_are_where_they_belong(render):
    for workload in render.workloads():
        if not workload.is_usher:
            continue
        names = {name for name, _ in workload.environment()}
        for secret, holders in HOLDERS.items():
            if secret in names and workload.component not in holders:
                yield f"{workload} holds {secret} and has no business with it"
            if secret not in names and INSTEAD.get(secret) not in names and workload.component in holders:
                yield f"{workload} lacks {secret}"
