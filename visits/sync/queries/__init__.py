"""Every SELECT and UPDATE of the inbox, phones, and what they hold."""
