"""One HTTP/1.1 connection that stays: requests come as lines 'METHOD PATH' on standard input.

http_client.py ADDRESS PORT

Prints for each 'STATUS REFUSED LENGTH', where REFUSED is the header nodemesh-refused or '-', or 'failed: ERROR'. It never connects again.
"""

import http.client
import sys

connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=20)
connection.connect()
connection.auto_open = 0
print("connected", flush=True)
for line in sys.stdin:
    try:
        connection.request(*line.split())
        answer = connection.getresponse()
        print(answer.status, answer.getheader("nodemesh-refused", "-"), len(answer.read()), flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(f"failed: {type(error).__name__}", flush=True)
