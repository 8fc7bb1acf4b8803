"""Caregivers: who cares for whom under which agreement, what they must put right, when they must be replaced.

Its parts stand in one line, each reading only those before it: people, agreements, replacement, rectification,
abuse and assessment, overview.
"""
