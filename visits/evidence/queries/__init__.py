"""Every SELECT and UPDATE of doorstep tokens, codes, grades and call-backs."""
