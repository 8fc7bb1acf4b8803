"""Campaigns: one-off visits over a filter, with a deadline and a list of who is still unseen."""
