"""`flask`, `app.py` and `python -c` that take no seconds to start: a process that has imported the site forks for each.

Each has the arguments, the folder, the environment, the umask, the input and the outputs of whoever calls it.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from flask.cli import main

import app
from survey.core.settings import PROJECT

PROGRAMS = ("flask", "app.py", "python")
PROGRAM = """#!{python} -IS
import json, os, socket, sys
os.umask(mask := os.umask(0))
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
    server.connect({address!r})
    asked = [sys.argv, os.getcwd(), dict(os.environ), mask]
    socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
    status = int(server.recv(9))
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
"""
MOST_BYTES = 150_000
"""Of the arguments and the environment"""


@cache
def forked(name: str) -> Path:
    """Return the path of a program, one of PROGRAMS. The process that forks ends with this one."""
    return _programs() / name


@cache
def _programs() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="threads-forked-", ignore_cleanup_errors=True)
    path = Path(folder.name)
    address = str(path / "socket")
    for name in PROGRAMS:
        (path / name).write_text(PROGRAM.format(python=sys.executable, address=address))
        (path / name).chmod(0o755)
    own = {name: value for name, value in os.environ.items() if not name.startswith("THREADS_")}
    command = [sys.executable, "-m", __name__, address]
    server = subprocess.Popen(command, cwd=PROJECT, env=own, stdout=subprocess.PIPE, start_new_session=True)
    atexit.register(folder.cleanup)
    atexit.register(os.killpg, server.pid, signal.SIGKILL)
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    return path


def serve(address: str) -> None:
    """Fork for each call, and answer with the status it ends with."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            with connection:
                asked, files, _, _ = socket.recv_fds(connection, MOST_BYTES, 3)
                if not (child := os.fork()):
                    break
                for file in files:
                    os.close(file)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                connection.send(str(status).encode())
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    sys.argv, folder, environment, mask = json.loads(asked)
    os.chdir(folder)
    os.umask(mask)
    os.environ.clear()
    os.environ.update(environment)
    match Path(sys.argv[0]).name:
        case "flask":
            main()
        case "app.py":
            runpy.run_path(app.__file__, run_name="__main__")
        case "python":
            code = sys.argv.pop(2)
            sys.argv.pop(0)
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    serve(sys.argv[1])
