"""The list of checks. A check takes a Render and yields what is wrong with it, in words."""

CHECKS = {}


def check(function):
    """Adds a check, under its function's name."""
    CHECKS[function.__name__] = function
    return function
