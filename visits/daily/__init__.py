"""Curtain in the morning, lamp in the evening: lanes and their watchers, the checks expected, what was seen."""
