"""The floor: settings, clock, ids, errors, database, vault, journal. Knows nothing of the business."""
