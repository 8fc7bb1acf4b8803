"""Every SELECT and UPDATE of hazards, orders, answers, verifications and failed cycles."""
