"""Curtain in the morning, lamp in the evening: lanes, windows, what was seen, and who must look when."""
