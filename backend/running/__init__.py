"""`molva run`: the processes of one installation, from the first start to Ctrl-C.

It owns the order in which they start, who watches them and how they end; the folder's lock, the demo's environment
file, the certificates of the local network, and the words with which a start succeeds or fails.
"""
