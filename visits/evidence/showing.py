"""Who is shown a grade, and who its reasons: enough to ask about a visit, never enough to rank anybody."""

from uuid import UUID

from accounts.permissions import Account


def sees_grade(by: Account, visitor_id: UUID) -> bool:
    """Whoever made the visit, of it alone, and those who answer for the people visited. No colleague of the visitor."""
    return by.id == visitor_id or sees_grades(by)


def sees_grades(by: Account) -> bool:
    """Those who may look for visits by their grade."""
    return by.may("callback.read")


def sees_doubts(by: Account, visitor_id: UUID) -> bool:
    """Doubts, and what was answered when somebody asked, stay with those who follow them up.

    The visitor hears of them from a person: what the machine finds odd accuses nobody, whoever knows what it looks for
    can avoid it, and a recipient who says nobody came must not have to fear it.
    """
    return by.id != visitor_id and sees_grades(by)
