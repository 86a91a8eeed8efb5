"""Processes of many users, each calling the same addresses.

many_callers.py together|in-turn FIRST-UID USERS CALLS PORT ADDRESS [ADDRESS...]

Each process becomes one user, and calls every address CALLS times: it reads the greeting and ends. Prints 'UID ok' or 'UID REASON' each.
In turn, a process starts when the one before has ended.
"""

import os
import socket
import sys

order = sys.argv[1]
first, users, calls, port = map(int, sys.argv[2:6])
addresses = sys.argv[6:]


def call(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(20)
        connection.connect((address, port))
        if not connection.recv(1024):
            raise OSError("closed without a greeting")


def run(uid):
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    try:
        for _ in range(calls):
            for address in addresses:
                call(address)
        return "ok"
    except OSError as error:
        return str(error)


for uid in range(first, first + users):
    if os.fork() == 0:
        os.write(1, f"{uid} {run(uid)}\n".encode())
        os._exit(0)
    if order == "in-turn":
        os.wait()
if order == "together":
    for _ in range(users):
        os.wait()
