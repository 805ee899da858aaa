"""The second lock: a worker process gives up every way to the network, for good.

Should a query ever pass the guard and call out, the system refuses the call. On Linux a filter of
system calls (seccomp) does it, in containers too and without rights of an administrator; where the
system has none, a network namespace of its own. Pipes and sockets that the process was started with
keep working. Elsewhere nothing is done, and the answer says so.

References:
    https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
    ``unshare(2)``, ``CLONE_NEWNET``
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from typing import Final, NamedTuple

# A filter is a program over 32-bit words: (operation, jump if true, jump if false, operand).
_LOAD: Final = 0x20
_AND: Final = 0x54
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EPERM
_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4
_ARGUMENTS_AT: Final = 16

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_SET_MODE_FILTER: Final = 1
_SECCOMP_MODE_FILTER: Final = 2
_ALL_THREADS: Final = 1
_CLONE_NEWNET: Final = 0x40000000
_X32: Final = 0x40000000
_AF_UNIX: Final = 1
_AF_INET: Final = 2
_SOCK_STREAM: Final = 1
_TYPE_OF_SOCKET: Final = 0xF


class _Machine(NamedTuple):
    """The numbers of system calls on one kind of processor."""

    audit: int
    seccomp: int
    sendto: int
    socketpair: int
    refused: tuple[int, ...]


# By number: a program can neither make, bind nor connect a socket, nor get at one in another way
# (io_uring, another process's descriptors or memory, network file systems, kernel modules), nor
# become another program. The newest calls have one number on every processor.
_EVERYWHERE: Final = (
    *(425, 426, 427),  # io_uring_setup, io_uring_enter, io_uring_register
    *(428, 429, 430, 431, 432, 433),  # open_tree, move_mount, fsopen, fsconfig, fsmount, fspick
    *(434, 438, 440),  # pidfd_open, pidfd_getfd, process_madvise
)
_MACHINES: Final = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        sendto=44,
        socketpair=53,
        refused=(
            *(41, 42, 43, 49, 50, 288),  # socket, connect, accept, bind, listen, accept4
            *(59, 322),  # execve, execveat
            *(101, 310, 311),  # ptrace, process_vm_readv, process_vm_writev
            *(155, 165, 272, 308),  # pivot_root, mount, unshare, setns
            *(175, 246, 313, 320),  # init_module, kexec_load, finit_module, kexec_file_load
            *(298, 321),  # perf_event_open, bpf
            *_EVERYWHERE,
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        sendto=206,
        socketpair=199,
        refused=(
            *(198, 203, 202, 200, 201, 242),  # socket, connect, accept, bind, listen, accept4
            *(221, 281),  # execve, execveat
            *(117, 270, 271),  # ptrace, process_vm_readv, process_vm_writev
            *(41, 40, 97, 268),  # pivot_root, mount, unshare, setns
            *(105, 104, 273, 294),  # init_module, kexec_load, finit_module, kexec_file_load
            *(241, 280),  # perf_event_open, bpf
            *_EVERYWHERE,
        ),
    ),
}


def cut_network() -> str:
    """Take every way to the network away from this process and those it starts, for good.

    The process can also start no other program then. Called twice, it does the same again.

    Returns:
        What holds now: ``seccomp``, ``namespace``, or ``none: `` and the reason.
    """
    if sys.platform != "linux":
        return f"none: {sys.platform} has neither seccomp nor network namespaces"
    reason = _filter_calls()
    if reason is None:
        return "seccomp"
    other = _leave_namespace()
    return "namespace" if other is None else f"none: {reason}; {other}"


def _filter_calls() -> str | None:
    """Have the system refuse calls; say why it does not."""
    name = os.uname().machine
    machine = _MACHINES.get(name)
    if machine is None or sys.byteorder != "little" or struct.calcsize("P") != 8:
        return f"no table of system calls for {name}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        return f"prctl: {os.strerror(ctypes.get_errno())}"
    program = _program(machine)
    code = ctypes.create_string_buffer(program, len(program))
    whole = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)), 16
    )
    done = libc.syscall(
        ctypes.c_long(machine.seccomp),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(_ALL_THREADS),
        ctypes.byref(whole),
    )
    if done:
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    if libc.socket(_AF_INET, _SOCK_STREAM, 0) != -1:
        return "seccomp: accepted, and without effect"
    return None


def _leave_namespace() -> str | None:
    """Go where there is no network; say why not. Holds for one thread and those it starts."""
    try:
        if len(os.listdir("/proc/self/task")) > 1:
            return "unshare: other threads run already"
    except OSError as error:
        return f"unshare: {error.strerror}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        return f"unshare: {os.strerror(ctypes.get_errno())}"
    return None


def _program(machine: _Machine) -> bytes:
    """Give the filter: 8 bytes an instruction.

    The calls of other processors (32-bit programs, the x32 interface) are refused whole. Sending
    needs a socket that is connected; pairs of sockets are streams within this machine.
    """
    steps = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in machine.refused:
        steps += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    steps += [  # sendto(descriptor, bytes, length, flags, address, …): to no address
        (_IF_EQUAL, 0, 6, machine.sendto),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 4 * 8),
        (_IF_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 4 * 8 + 4),
        (_IF_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    steps += [  # socketpair(domain, type, …): streams within the machine
        (_IF_EQUAL, 0, 6, machine.socketpair),
        (_LOAD, 0, 0, _ARGUMENTS_AT),
        (_IF_EQUAL, 0, 3, _AF_UNIX),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 8),
        (_AND, 0, 0, _TYPE_OF_SOCKET),
        (_IF_EQUAL, 1, 0, _SOCK_STREAM),
        (_RETURN, 0, 0, _REFUSE),
    ]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)
