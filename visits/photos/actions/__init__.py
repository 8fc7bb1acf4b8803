"""What is done with photos. One action is one transaction."""
