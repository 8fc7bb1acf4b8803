"""The bench: how much the product does in a second, beside the database doing the same work alone."""
