"""Replacement of a caregiver: proposed by rule, decided by people, handed over without a gap."""
