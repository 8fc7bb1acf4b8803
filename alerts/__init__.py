"""Alerts, their ladders and rungs, and the notices owed to people until somebody acts."""
