"""AWS's time. Everything that takes AWS a while is counted in AWS's seconds, and CAIRN_AWS_TIME scales them.

0 makes everything ready at the next look, 0.01 (the default) lets sixteen minutes pass in ten seconds, 1 is real time. A
test that wants to see each state moves the clock itself: POST /_cairn/clock with {"advance": 60}.
"""

import heapq
import itertools
import os
import threading
import time


class Clock:
    """Seconds of AWS's time, and what is to happen when they have passed."""

    def __init__(self, factor):
        if factor < 0:
            raise ValueError("CAIRN_AWS_TIME can't be negative")
        self.factor = factor
        self._ahead = 0.0
        self._waiting = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def now(self):
        return time.monotonic() / (self.factor or 1) + self._ahead

    def due(self, seconds):
        """When something that takes AWS so many seconds is done."""
        return self.now() + (seconds if self.factor else 0)

    def past(self, due):
        return self.now() >= due

    def advance(self, seconds):
        """Lets time pass at once."""
        self._ahead += seconds
        self.run()

    def at(self, due, action):
        """Has an action run when its time has come: before the first request after that."""
        if self.past(due):
            action()
            return
        with self._lock:
            heapq.heappush(self._waiting, (due, next(self._order), action))

    def run(self):
        """Runs what is due by now, in order. An action may take other locks, so it runs without the clock's."""
        while self._waiting:
            with self._lock:
                if not self._waiting or not self.past(self._waiting[0][0]):
                    return
                _, _, action = heapq.heappop(self._waiting)
            action()


clock = Clock(float(os.environ.get("CAIRN_AWS_TIME") or 0.01))
