"""Takes from a process everything but memory, time in measure, and one pipe to write to.

Limits of the kernel (`setrlimit`) hold everywhere. On Linux (x86-64, ARM64) a seccomp filter comes on top: the calls
listed here work, all others fail with EPERM. No socket, no file opened even for reading, no program started, no
process made (a thread may be: C2PA's library needs one), no memory made executable. Nothing of this can be undone by
the process itself.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
import sys
from typing import Final

from oracle.evidence.limits import ReadingLimits

PR_SET_NO_NEW_PRIVS: Final = 38
PR_SET_SECCOMP: Final = 22
SECCOMP_MODE_FILTER: Final = 2
PROT_EXEC: Final = 4
_ALLOW, _DENY, _KILL = 0x7FFF_0000, 0x0005_0001, 0x8000_0000  # allow; fail with errno 1, EPERM; kill the process
_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_AT_CALL, _AT_ARCH, _AT_FIRST, _AT_THIRD = 0, 4, 16, 32  # offsets in struct seccomp_data; low words of arguments

# name: (x86-64, ARM64); None: the machine has no such call
_ALLOWED: Final[dict[str, tuple[int | None, int | None]]] = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "munmap": (11, 215),
    "brk": (12, 214), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "mremap": (25, 216), "madvise": (28, 233), "getpid": (39, 172), "exit": (60, 93), "gettid": (186, 178),
    "futex": (202, 98), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "exit_group": (231, 94), "sigaltstack": (131, 132), "getrandom": (318, 278),
    "gettimeofday": (96, 169), "restart_syscall": (219, 128), "sysinfo": (99, 179), "rseq": (334, 293),
    "set_robust_list": (273, 99),
}  # fmt: skip
_GUARDED: Final[dict[str, tuple[int, int]]] = {"mmap": (9, 222), "mprotect": (10, 226)}  # unless executable
_CLONE: Final = (56, 220)  # threads only
_CLONE3: Final = 435  # said not to exist, as no filter sees its flags; the C library then falls back to clone
_CLONE_THREAD: Final = 0x0001_0000
_ABSENT: Final = 0x0005_0026  # fail with errno 38, ENOSYS
_MACHINES: Final = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}


def can_filter() -> bool:
    """Whether this machine is one the filter was written for."""
    return sys.platform == "linux" and platform.machine() in _MACHINES


def limit_resources(limits: ReadingLimits) -> None:
    """Limits of processor time, memory, written files, descriptors and core dumps."""
    memory = _memory_now() + limits.memory_bytes
    for kind, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def filter_calls() -> bool:
    """Let only the listed calls through, for good.

    Returns:
        False: this machine has no filter, or refused it. Resource limits hold all the same.
    """
    if not can_filter():
        return False
    column, architecture = _MACHINES[platform.machine()]
    program = _program(column, architecture)
    buffer = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0) == 0)


def _program(column: int, architecture: int) -> bytes:
    """BPF: the right machine, then one comparison for each call."""
    code = [
        _step(_LOAD, _AT_ARCH),
        _step(_JUMP_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _AT_CALL),
    ]
    for numbers in _ALLOWED.values():
        if (number := numbers[column]) is not None:
            code += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    for guarded in _GUARDED.values():
        code += [
            _step(_JUMP_EQUAL, guarded[column], 0, 4),
            _step(_LOAD, _AT_THIRD),
            _step(_JUMP_ANY_BIT, PROT_EXEC, 1, 0),
            _step(_RETURN, _ALLOW),
            _step(_RETURN, _DENY),
        ]
    code += [
        _step(_JUMP_EQUAL, _CLONE[column], 0, 4),
        _step(_LOAD, _AT_FIRST),
        _step(_JUMP_ANY_BIT, _CLONE_THREAD, 1, 0),
        _step(_RETURN, _DENY),
        _step(_RETURN, _ALLOW),
    ]
    code += [_step(_JUMP_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _ABSENT)]
    return b"".join([*code, _step(_RETURN, _DENY)])


def _step(operation: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", operation, if_true, if_false, operand)


def _memory_now() -> int:
    """Address space in use, bytes; elsewhere than on Linux a generous guess, as nothing tells."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30
