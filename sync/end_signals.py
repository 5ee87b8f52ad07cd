"""Which signals end a program in order. It must not know what ends."""

from __future__ import annotations

import signal


def end_signals() -> list[signal.Signals]:
    """What ends a program in order: also the end of its terminal (a line that was cut), unless it was started to outlive that
    (`nohup`)."""
    hangup = getattr(signal, "SIGHUP", None)        # Windows has none
    more = [hangup] if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN else []
    return [signal.SIGTERM, signal.SIGINT, *more]
