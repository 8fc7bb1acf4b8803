"""The register: who the recipients are, their standing, their absences, and the ledgers they come from."""
