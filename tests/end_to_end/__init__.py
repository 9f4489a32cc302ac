"""The main job, end to end, with nothing replaced: the processes of `molva run`, a real browser, the real app."""
