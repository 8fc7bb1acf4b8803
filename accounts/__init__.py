"""Who acts and where: areas, staff and what they may do, sign-in, duty, working days, and the district's policy."""
