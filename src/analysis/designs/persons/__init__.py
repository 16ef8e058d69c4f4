"""Persons: survival, other case mix, better answers."""
