"""Every check there is."""

# Each adds its own to the list.
import network  # noqa: F401
import references  # noqa: F401
import restrictions  # noqa: F401
import settings  # noqa: F401
from registry import CHECKS


def complaints(render):
    """Everything that is wrong with a render, as (check, words)."""
    return [(name, words) for name, function in CHECKS.items() for words in function(render)]
