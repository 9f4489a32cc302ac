"""The participant's side: signing in, and the answers about oneself that join several features."""
