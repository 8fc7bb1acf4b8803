"""What is asked of the database about attendance, assessments and fees."""
