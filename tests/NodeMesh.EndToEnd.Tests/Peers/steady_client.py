"""Requests one after the other, on several HTTP/1.1 connections at a time, until standard input ends or a connection can no longer be made.

steady_client.py ADDRESS PORT CONNECTIONS [PATH]

A connection that its answer closes (connection: close) is followed by another. Prints 'running' after the first answers, and at the end
'answered N refused N failed N', of which refused are answers of 503, and failed what had no whole answer; each failure is told on standard error.
"""

import http.client
import sys
import threading

address, port, connections, *path = sys.argv[1:]
path = path[0] if path else "/"
over = threading.Event()
first = threading.Barrier(int(connections) + 1)
lock = threading.Lock()
counts = {"answered": 0, "refused": 0, "failed": 0}


def count(what, detail=None):
    with lock:
        counts[what] += 1
        if detail:
            print(detail, file=sys.stderr, flush=True)


def ask(connection):
    """One request; whether another may follow on the connection."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        count("failed", f"{type(error).__name__}: {error}")
        return False
    if answer.status == 200:
        count("answered")
    else:
        count("refused" if answer.status == 503 else "failed", f"{answer.status} {answer.getheader('nodemesh-refused', '')}")
    return not answer.will_close


def run():
    is_first = True
    while not over.is_set():
        connection = http.client.HTTPConnection(address, int(port), timeout=20)
        connection.auto_open = 0
        try:
            connection.connect()
        except OSError:
            return
        goes_on = True
        while goes_on and not over.is_set():
            goes_on = ask(connection)
            if is_first:
                first.wait()
                is_first = False
            over.wait(0.002)
        connection.close()


threads = [threading.Thread(target=run) for _ in range(int(connections))]
for thread in threads:
    thread.start()
first.wait()
print("running", flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
for thread in threads:
    thread.join()
print(" ".join(f"{name} {number}" for name, number in counts.items()), flush=True)
