"""The participant's app: the card, the code for the till, the history with its reasons, friends and messages.

It knows the server by HTTP alone. `api` and `state` know no Kivy; `screens` and `widgets` show what `state` says;
`platform` is the phone or the desk it runs on.
"""

__version__ = "0.1.0"
