"""Every SELECT and UPDATE of photos and their parts."""
