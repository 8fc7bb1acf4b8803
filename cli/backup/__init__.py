"""Backup and restore: one encrypted file with the database, the keys, and what a restore is held to."""
