"""What phones send and fetch. One action is one transaction."""
