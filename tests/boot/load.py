#!/usr/bin/env python3
"""Asks a service over and over until it is told to end by SIGTERM and has asked often enough, and then says in one line of JSON what became of it.

    load.py HOST PORT PATH CONNECTIONS REQUESTS

Half of the connections are kept and used again, half serve one request each. What is counted as failed is what an application would notice: a
connection refused or reset, an answer that does not come or is not 200. A kept connection that the other side closes between two requests, having said
so ("connection: close"), is none. The outage is the longest time in which no request at all succeeded.
"""
import http.client
import json
import signal
import sys
import threading
import time


class Load:
    def __init__(self, host, port, path, least):
        self.host, self.port, self.path, self.least = host, port, path, least
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.requests = self.refused = self.failed = 0
        self.outage = 0.0
        self.succeeded = time.monotonic()
        self.reasons = {}

    def run(self, keep):
        connection = None
        while not self.ended.is_set() or self.requests < self.least:
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
                    connection.connect()
                connection.request("GET", self.path, headers={} if keep else {"connection": "close"})
                response = connection.getresponse()
                response.read()
                reason = None if response.status == 200 else "status %d, refused as %s" % (response.status, response.getheader("nodemesh-refused"))
                if response.will_close:
                    connection.close()
                    connection = None
            except Exception as e:
                reason = "%s: %s" % (type(e).__name__, e)
                if connection is not None:
                    connection.close()
                connection = None
            with self.lock:
                self.requests += 1
                if reason is None:
                    now = time.monotonic()
                    self.outage = max(self.outage, now - self.succeeded)
                    self.succeeded = now
                else:
                    if reason.startswith("ConnectionRefusedError"):
                        self.refused += 1
                    else:
                        self.failed += 1
                    self.reasons[reason] = self.reasons.get(reason, 0) + 1
            if reason is not None:
                # What fails at once is not to be counted a thousand times a second.
                time.sleep(0.01)


def main():
    host, port, path, count, least = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    load = Load(host, port, path, least)
    signal.signal(signal.SIGTERM, lambda *_: load.ended.set())
    threads = [threading.Thread(target=load.run, args=(number % 2 == 0,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = {"requests": load.requests, "refused": load.refused, "failed": load.failed, "outage": round(load.outage, 3), "reasons": load.reasons}
    print(json.dumps(report), flush=True)


main()
