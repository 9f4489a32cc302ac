"""The language of conditions: a checked subset of CEL in which a programme says when a rule holds, and for which lines.

Text → tree (`parsing`) → types (`checking`) → a closure that looks at a receipt (`compiling`). Whatever passes the
checker has a value for every receipt and member: there is no error at runtime. `parsing.read_condition` is the one
entrance.
"""
