"""The explorer: from the whole to the single report, inside the protected zone only."""
