"""Who is looked after at home, said once for every statement that asks."""

SUPPORTED = "r.support_mode = 'dispersed' AND r.standing IN ('at_home', 'in_hospital')"
"""Of a recipient `r`: somebody looks after them."""
