"""Every SELECT and UPDATE of lanes, links, daily checks and observations."""
