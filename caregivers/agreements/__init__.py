"""Care agreements, temporary care, and that nobody is ever without either."""
