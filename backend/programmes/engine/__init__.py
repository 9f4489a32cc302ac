"""The engine: what a receipt earns, judged on facts that it is given; for the till, the preview and the replay alike.

Pure: it knows no database and no clock.
"""
