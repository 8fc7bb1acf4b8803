"""The demonstration: invented areas, an invented township's ledger, and the story played on them."""
