"""Hazards, orders to rectify them, the caregiver's answers, verification at the door."""
