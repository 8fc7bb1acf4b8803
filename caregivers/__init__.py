"""Caregivers, care agreements, rectification and replacement: their place in the line between visits and recipients."""
