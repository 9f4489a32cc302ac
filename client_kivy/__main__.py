"""`python -m client_kivy [LINK]`: the app, against MOLVA_SERVER_URL."""

from client_kivy.start import start

start()
