"""How well a visit is evidenced: doorstep codes, grades with reasons, call-backs. Grades, never gates."""
