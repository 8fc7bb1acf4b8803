"""HTTP and nothing else: who asks, what they may do, what they said, and what the domain answered."""
