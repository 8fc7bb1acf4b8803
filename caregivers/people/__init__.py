"""Caregivers, their providers and checks, who they are related to, and who is barred."""
