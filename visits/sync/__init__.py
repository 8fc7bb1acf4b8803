"""What phones send and hold: one bad item holds nothing up, nothing is lost, nothing counts twice."""
