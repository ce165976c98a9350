#!/bin/sh
# Runs `make demo` in the folder $1, waits until it is ready (at most five minutes), presses Ctrl-C, and fails where it was
# not ready, did not end, or left a process that stands in that folder.
#
#   sh scripts/try_demo.sh FOLDER
set -eu

cd "$1"
python=${PYTHON:-python3}
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# A group of its own, as in a terminal, so that SIGINT goes to make and to all that it started, and to nothing else.
exec "$python" - "$port" <<'EOF'
import os
import signal
import subprocess
import sys
import time
import urllib.request

port = int(sys.argv[1])
with open("demo.log", "w+", encoding="utf-8") as log:
    demo = subprocess.Popen(["make", "demo", f"PORT={port}"], stdout=log, stderr=log, start_new_session=True)
    fault = "make demo was not ready after five minutes"
    deadline = time.monotonic() + 300
    try:
        while time.monotonic() < deadline:
            if demo.poll() is not None:
                fault = f"make demo ended with {demo.returncode} before it was ready"
                break
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                    if answer.status == 200:
                        fault = ""
                        break
            except OSError:
                pass
            time.sleep(0.5)
        if not fault:
            os.killpg(demo.pid, signal.SIGINT)
            try:
                demo.wait(30)
            except subprocess.TimeoutExpired:
                fault = "make demo did not end within 30 seconds of Ctrl-C"
            else:
                time.sleep(0.5)
                try:
                    os.killpg(demo.pid, 0)
                    fault = "make demo ended, but left a process behind"
                except ProcessLookupError:
                    pass
    finally:
        try:
            os.killpg(demo.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if fault:
        log.seek(0)
        sys.exit(f"{log.read()}\n{fault}")
print("make demo: ready, and gone after Ctrl-C")
EOF
