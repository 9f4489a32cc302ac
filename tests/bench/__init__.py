"""Benchmarks: each figure beside a reference that was measured in the same run, as a ratio.

`make bench`, or `make bench ONLY=name`. They use a server, a port and data of their own under `var/bench/`.
"""
