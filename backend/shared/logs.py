"""The log: one line for each event, on standard error; tracebacks without the values of variables.

Values hold addresses, tokens and names, and a log is read by more people than may see those.
"""

import sys
from typing import Any

import structlog


def configure_logs() -> None:
    """Gives this process its log."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        # Answers of commands go to standard output; nothing else may stand between them.
        logger_factory=_to_standard_error,
    )


def _to_standard_error(*_names: Any) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)
