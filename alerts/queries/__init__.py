"""Every SELECT and UPDATE of alerts and notices."""
