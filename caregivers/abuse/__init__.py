"""Suspected abuse, on a channel the caregiver's side cannot see."""
