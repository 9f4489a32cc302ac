"""The processes of one installation: `molva run`, from the first start to Ctrl-C, and the worker among them.

`molva run` owns the order in which they start, who watches them and how they end; the folder's lock, the demo's
environment file, the certificates of the local network, and the words with which a start succeeds or fails.
"""
