"""The floor everything stands on: settings, clock, ids, errors, database, vault, journal. Knows nothing of the business."""
