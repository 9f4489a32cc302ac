"""Delivery of messages to phones and mailboxes.

This package knows how to bring a message to Firebase, to an SMS gateway and to a mail server, and what the answer
of each means. It knows neither the database nor the domain: whoever owns the messages implements
`push.queue.Queue`, and `push.worker` joins that queue with the senders. It imports nothing of the application.
"""
