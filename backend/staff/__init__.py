"""Staff: accounts with one role each, keys of tills, tokens of programs, page sessions, and the audit log."""
