"""Every SELECT and UPDATE of replacement; the names other parts ask for are gathered here."""

from caregivers.replacement.queries.proposing import undecided_case_of

__all__ = ["undecided_case_of"]
