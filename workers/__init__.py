"""The night shift: small jobs on a timetable, and a watchdog that works when the timetable stands still."""
