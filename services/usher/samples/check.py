#!/usr/bin/env python3
"""What an import of people.csv must come to, computed apart from the program. Needs the package `phonenumbers`.

Prints people.expected.json: check.py people.csv > people.expected.json
"""
import csv, io, json, re, sys, unicodedata
from zoneinfo import available_timezones
import phonenumbers

ZONES = available_timezones()
COUNTRY = {"Asia/Shanghai": "CN", "Europe/London": "GB", "Europe/Berlin": "DE", "Asia/Singapore": "SG", "Asia/Kolkata": "IN"}
EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")

def norm(text): return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()

def clean(row):
    p = {k: norm(row[k]) for k in ("name", "city", "title", "company", "language", "time_zone", "source")}
    p["email"] = norm(row["email"]).lower()
    p["summary"] = unicodedata.normalize("NFKC", row["summary"]).strip()
    if not p["name"]: return None, ("name", "NAME_MISSING")
    if p["email"] and not EMAIL.match(p["email"]): return None, ("email", "EMAIL_INVALID")
    if p["language"] not in ("", "zh-CN", "en"): return None, ("language", "LANGUAGE_UNKNOWN")
    if p["time_zone"] and p["time_zone"] not in ZONES: return None, ("time_zone", "TIME_ZONE_UNKNOWN")
    region = COUNTRY.get(p["time_zone"]) or ("CN" if p["language"] in ("", "zh-CN") else "GB")
    p["phone"] = ""
    raw = norm(row["phone"])
    if raw:
        try: number = phonenumbers.parse(raw, region)
        except phonenumbers.NumberParseException: return None, ("phone", "PHONE_INVALID")
        if not phonenumbers.is_valid_number(number): return None, ("phone", "PHONE_INVALID")
        p["phone"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not p["email"] and not p["phone"]: return None, ("", "CONTACT_MISSING")
    years = norm(row["years"])
    p["years"] = None
    if years:
        found = re.match(r"^\D*?(-?)(\d+)", years)
        if not found or found[1] or int(found[2]) > 60: return None, ("years", "YEARS_INVALID")
        p["years"] = int(found[2])
    skills, seen = [], set()
    for skill in re.split("[;；]", row["skills"]):
        skill = norm(skill)
        if skill and skill.lower() not in seen: seen.add(skill.lower()); skills.append(skill)
    p["skills"] = skills
    return p, None

def main(path):
    reader = csv.reader(io.StringIO(open(path, newline="", encoding="utf-8").read()))
    header = next(reader)
    rejected, people, by_email, by_phone = [], [], {}, {}
    created = updated = unchanged = rows = 0
    while True:
        line = reader.line_num + 1
        try: cells = next(reader)
        except StopIteration: break
        rows += 1
        if len(cells) != len(header): rejected.append((line, "", "COLUMN_COUNT")); continue
        person, error = clean(dict(zip(header, cells)))
        if error: rejected.append((line, *error)); continue
        one, other = by_email.get(person["email"]), by_phone.get(person["phone"])
        if one is not None and other is not None and one is not other:
            rejected.append((line, "", "CONTACT_CONFLICT")); continue
        known = one if one is not None else other
        if known is None:
            created += 1; known = person; people.append(person)
        else:
            news = {k: v for k, v in person.items() if v not in ("", None, []) and v != known[k] and k != "source"}
            if news: updated += 1; known.update(news)
            else: unchanged += 1
        if known["email"]: by_email[known["email"]] = known
        if known["phone"]: by_phone[known["phone"]] = known
    print(json.dumps({"rows": rows, "created": created, "updated": updated, "unchanged": unchanged,
        "distinct_people": len(people), "rejected": [{"line": l, "field": f, "reason": r} for l, f, r in rejected]}, indent=1))

main(sys.argv[1])
