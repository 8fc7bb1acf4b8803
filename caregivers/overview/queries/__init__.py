"""What a supervisor sees of care, read from every part; always within the caller's areas and what they may know."""

from caregivers.overview.queries.figures import monthly_figures
from caregivers.overview.queries.keeping import standing_of_agreements, yardstick_for
from caregivers.overview.queries.matters import counts_of_matters, land_of, terms_for, todays_matters
from caregivers.overview.queries.own import own_agreements
from caregivers.overview.queries.places import village_names
from caregivers.overview.queries.timeline import timeline_of

__all__ = [
    "counts_of_matters",
    "land_of",
    "monthly_figures",
    "own_agreements",
    "standing_of_agreements",
    "terms_for",
    "timeline_of",
    "todays_matters",
    "village_names",
    "yardstick_for",
]
