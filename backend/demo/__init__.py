"""The demo: the shop «Зерно» with its people and their past, the phones' stand-in, a clock that moves, and open doors.

With MOLVA_DEMO=1 only; without it none of its addresses exists.
"""
