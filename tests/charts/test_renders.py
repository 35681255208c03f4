"""Every check, on every render; and proof that every check can fail."""

import unittest

from checks import CHECKS, complaints
from faults import FAULTS
from rendering import TRY, renders
from settings import known_settings

RENDERS = renders()


class Renders(unittest.TestCase):
    def test_every_check_on_every_render(self):
        self.assertLessEqual({"required", "everything", "single", TRY}, set(RENDERS))
        for name, render in RENDERS.items():
            with self.subTest(render=name):
                wrong = [f"{check}: {words}" for check, words in complaints(render)]
                self.assertFalse(wrong, "\n  " + "\n  ".join(wrong))


class Faults(unittest.TestCase):
    def test_every_seeded_fault_is_noticed(self):
        for words, check, spoil in FAULTS:
            if check == "settings_are_known" and "twice" not in words and known_settings() is None:
                continue
            with self.subTest(fault=words):
                render = RENDERS[TRY if words.startswith("try ") else "everything"].copy()
                spoil(render)
                noticed = {name for name, _ in complaints(render)}
                self.assertIn(check, noticed, f"noticed by {sorted(noticed) or 'nothing'}")

    def test_every_check_is_proved_by_a_fault(self):
        self.assertEqual(set(CHECKS), {check for _, check, _ in FAULTS})
        self.assertGreaterEqual(len(FAULTS), 12)


if __name__ == "__main__":
    unittest.main()
