"""Talking to the server: transport, errors, calls by name. Knows no Kivy."""
