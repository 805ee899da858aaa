"""Behind the second lock nothing reaches the network, whatever a program tries."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cop_graph import lock

ROOT = Path(__file__).resolve().parent.parent
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the lock is one of Linux")


class Listener:
    """Takes connections on 127.0.0.1 and counts them."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


TRIES = {
    "service": """
import pyoxigraph
for way in ("", "SILENT"):
    query = f"SELECT * {{ SERVICE {way} <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"
    tried(lambda: list(pyoxigraph.Store().query(query)))
""",
    "load": """
import pyoxigraph
tried(lambda: pyoxigraph.Store().update(f"LOAD <http://127.0.0.1:{port}/>"))
""",
    "socket": """
tried(lambda: socket.create_connection(("127.0.0.1", port)))
""",
    "urllib": """
import urllib.request
tried(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/"))
""",
    "thread-of-before": """
go.set()
thread.join()
""",
    "child": """
import os
if (child := os.fork()) == 0:
    tried(lambda: socket.create_connection(("127.0.0.1", port)))
    os._exit(0)
os.waitpid(child, 0)
""",
}
REFUSED = {
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "ipv6": "socket.socket(socket.AF_INET6)",
    "unix": "socket.socket(socket.AF_UNIX)",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW)",
    "netlink": "socket.socket(socket.AF_NETLINK)",
    "server": "socket.create_server(('127.0.0.1', 0))",
    "datagram-pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "name": "socket.getaddrinfo('example.org', 80)",
    "bind": "given.bind('name')",
    "connect": "given.connect('name')",
    "listen": "given.listen()",
    "send-elsewhere": "given.sendto(b'x', '/dev/log')",
    "program": "subprocess.run(['/bin/true'])",
    "shell": "os.execv('/bin/true', ['true'])",
    "io-uring": "called(425, 8, ctypes.create_string_buffer(120))",
    "other-process": "called(434, os.getppid(), 0)",
    "x32": "called(0x40000000 + 39)",
}
HEAD = """
import socket, sys, threading
port = {port}
def tried(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
go = threading.Event()
def later():
    go.wait()
    tried(lambda: socket.create_connection(("127.0.0.1", port)))
thread = threading.Thread(target=later, daemon=True)
thread.start()
"""
CUT = "from cop_graph.lock import cut_network\nassert cut_network() == 'seccomp'\n"


def run(code: str) -> str:
    """Run code in an interpreter of its own and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@LINUX
@pytest.mark.parametrize("attempt", TRIES.values(), ids=TRIES)
def test_nothing_connects_behind_the_lock_and_all_of_it_does_before(
    attempt: str, listener: Listener
) -> None:
    head = HEAD.format(port=listener.port)

    run(head + CUT + attempt)
    assert listener.connections == 0

    run(head + attempt)
    assert listener.connections > 0


@LINUX
def test_every_other_way_is_refused() -> None:
    lines = [
        "import ctypes, os, socket, subprocess, sys",
        "given, other = socket.socketpair()",
        "libc = ctypes.CDLL(None, use_errno=True)",
        "def called(*arguments):",
        "    if libc.syscall(*map(lambda a: ctypes.c_long(a) if isinstance(a, int) else a,"
        " arguments)) == -1:",
        "        raise OSError(ctypes.get_errno(), '')",
        CUT,
    ]
    for name, action in REFUSED.items():
        if name == "x32" and lock.os.uname().machine != "x86_64":
            continue
        lines += [
            "try:",
            f"    {action}",
            f"    print('allowed', {name!r})",
            "except OSError as error:",
            "    if error.errno != 1 and not isinstance(error, socket.gaierror):",
            f"        print('another error', {name!r}, error)",
        ]
    assert run("\n".join(lines)) == ""


@LINUX
def test_what_a_worker_needs_keeps_working(tmp_path: Path) -> None:
    code = f"""
import os, socket, sys, tempfile, threading
given, other = socket.socketpair()
{CUT}
given.sendall(b"one")
assert other.recv(3) == b"one"
given.sendmsg([b"two"])
assert other.recv(3) == b"two"
reader, writer = os.pipe()
os.write(writer, b"three")
assert os.read(reader, 5) == b"three"
pair = socket.socketpair()
pair[0].send(b"four")
assert pair[1].recv(4) == b"four"
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
import pyoxigraph
for store in (pyoxigraph.Store(), pyoxigraph.Store({str(tmp_path / "store")!r})):
    store.update("INSERT DATA {{ <urn:a> <urn:b> <urn:c> }}")
    assert len(list(store.query("SELECT * {{ ?s ?p ?o }}"))) == 1
    store.flush()
    store.optimize()
assert cut_network() == "seccomp"
print("well")
"""
    assert run(code) == "well\n"


@LINUX
def test_a_namespace_has_no_network_either(listener: Listener) -> None:
    code = f"""
import socket
from cop_graph.lock import _leave_namespace
reason = _leave_namespace()
if reason is None:
    try:
        socket.create_connection(("127.0.0.1", {listener.port}))
    except OSError:
        reason = "closed"
print(reason)
"""
    answer = run(code).strip()
    if answer.startswith("unshare:"):
        pytest.skip(answer)
    assert (answer, listener.connections) == ("closed", 0)


@LINUX
def test_namespace_is_the_second_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_filter_calls", lambda: "no filter")
    monkeypatch.setattr(lock, "_leave_namespace", lambda: None)
    assert lock.cut_network() == "namespace"

    monkeypatch.setattr(lock, "_leave_namespace", lambda: "no namespace")
    assert lock.cut_network() == "none: no filter; no namespace"


def test_other_systems_say_that_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock.sys, "platform", "darwin")

    assert lock.cut_network() == "none: darwin has neither seccomp nor network namespaces"


@LINUX
def test_unknown_processor_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_MACHINES", {})
    monkeypatch.setattr(lock, "_leave_namespace", lambda: "no")

    assert lock.cut_network() == f"none: no table of system calls for {lock.os.uname().machine}; no"


@pytest.mark.parametrize("machine", lock._MACHINES.values(), ids=lock._MACHINES)
def test_filter_is_well_formed(machine: lock._Machine) -> None:
    """Every jump of the program lands within it, and its last step is to allow."""
    program = lock._program(machine)
    steps = [lock.struct.unpack_from("HBBI", program, at) for at in range(0, len(program), 8)]

    assert len(set(machine.refused)) == len(machine.refused)
    assert steps[-1] == (lock._RETURN, 0, 0, lock._ALLOW)
    for position, (_, true, false, _) in enumerate(steps):
        assert position + 1 + max(true, false) <= len(steps)
