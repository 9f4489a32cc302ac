"""Sales and returns as the till told them: what was sold, to whom, and what has come back since."""
