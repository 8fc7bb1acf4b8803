"""What people and the clock do with daily checks. One action is one transaction."""
