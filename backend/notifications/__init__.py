"""What must be told to whom: the inbox, the outbox and the queue of deliveries.

A message is a row written in the transaction of the fact that it tells; it keeps a kind and facts, never a sentence.
Its deliveries, one for each device, are brought out by `push.worker` through `queue.PostgresQueue`. Broadcasts are the
delivery side of campaigns: one text for many, with a rate and a switch. Secrets sent to an address (one-time codes)
are kept sealed and for as long as they are good.
"""
