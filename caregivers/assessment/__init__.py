"""Attendance, assessment, and the fees that follow from them."""
