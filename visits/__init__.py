"""Visit plans, the visits they lay out, and the reports of what was found."""
