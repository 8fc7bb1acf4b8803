"""Photos: sent in parts, looked at, stripped, kept sealed, and served only to whoever may see them."""
