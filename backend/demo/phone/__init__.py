"""The stand-in for Firebase, phones, the SMS gateway and the mail server: for demo, tests and benchmarks.

One process, `python -m backend.demo.phone --directory DIR --host HOST --port PORT`: Firebase's HTTP v1 and Google's
token endpoint over TLS and HTTP/2 on PORT; SMS, questions and faults over plain HTTP on PORT + 1; e-mail over SMTP on
PORT + 2. `preparation.prepare` writes its keys and says which settings lead the server to it. It shares no code with
the sender that it examines, and nothing with the application but the clock.
"""
