"""Machines: the real actions in any order, by anybody, at once, at any hour; and what must be true after every step."""
