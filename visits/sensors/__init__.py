"""Water, electricity and doors as witnesses of a window; the silence of a device is not the silence of a person."""
