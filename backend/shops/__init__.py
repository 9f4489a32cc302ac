"""The shop and its stores: names in both languages, colours, time zones. One installation is one shop."""
