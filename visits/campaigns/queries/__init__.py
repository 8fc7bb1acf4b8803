"""Every SELECT and UPDATE of campaigns, their visits and their coverage."""
