"""What a supervisor sees: today's matters, how agreements are kept, their history, the figures."""
