"""Every SELECT and UPDATE of suspected abuse. Row-level security decides who sees what."""
