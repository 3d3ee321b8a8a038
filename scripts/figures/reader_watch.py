"""Sees every system call a sealed process makes, from outside, as a debugger does (Linux `ptrace`).

Seized is the process that makes the children; watched are the children, from the moment a filter of system calls is in
force. What they ask for is counted when they ask, whether they get it or not. Nothing is changed or held back.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Event, Thread
from typing import Final

_SEIZE, _CONT, _SYSCALL, _CALL_INFO = 0x4206, 7, 24, 0x420E
_OPTIONS: Final = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000  # mark calls, follow fork, vfork, clone, exec; die with us
_WAIT_ALL, _WAIT_OWN = 0x4000_0000, 0x2000_0000  # __WALL, __WNOTHREAD
_CALL_STOP: Final = signal.SIGTRAP | 0x80
_INFO_BYTES: Final = 88
_ENTRY, _EXIT = 1, 2
_EPERM: Final = -1
_CLONE_THREAD: Final = 0x0001_0000
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_MACHINES: Final = {"x86_64": 0, "aarch64": 1}


class Sort(StrEnum):
    """What a call is for, as far as anybody outside would notice."""

    PROCESS = "start a program or make a process"
    NETWORK = "make a socket or use one"
    CHANGE = "change a file or folder"
    READ = "open a file to read"
    OTHER = "other, refused"


# Numbers of calls on x86-64 and ARM64; None: the machine has no such call.
_CALLS: Final[dict[Sort, dict[str, tuple[int | None, int | None]]]] = {
    Sort.PROCESS: {
        "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "clone3": (435, 435), "execve": (59, 221),
        "execveat": (322, 281),
    },
    Sort.NETWORK: {
        "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
        "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "recvfrom": (45, 207),
        "io_uring_setup": (425, 425),
    },
    Sort.CHANGE: {
        "creat": (85, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
        "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None),
        "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "chmod": (90, None), "fchmodat": (268, 53),
        "truncate": (76, 45), "memfd_create": (319, 279), "mount": (165, 40),
    },
    Sort.READ: {"open": (2, None), "openat": (257, 56), "openat2": (437, 437)},
}  # fmt: skip
_PRCTL: Final = (157, 167)
_SET_SECCOMP: Final = 22
_SECCOMP: Final = (317, 277)


class WatchFailed(RuntimeError):
    """The process cannot be watched here. The message says what to do."""


@dataclass
class Sight:
    """What was seen.

    Attributes:
        attempts: Calls by sort. A thread is none; opening to write counts as a change.
        paths: Of files somebody tried to open, or programs to start.
        refused: Numbers of other calls that were refused; `ausyscall` or the kernel's tables name them.
        children: Processes that were watched under a filter.
        calls: System calls of theirs in all.
    """

    attempts: Counter[Sort] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    children: int = 0
    calls: int = 0


class Watch:
    """Watches the children of one process, in a thread of its own, until that process has ended.

    Until then nobody else may wait for the process in this one: a wait takes what the watch is to see.

    Args:
        process_id: Of the process that makes the children; None while it has not started.
    """

    def __init__(self, process_id: Callable[[], int | None]) -> None:
        self.sight = Sight()
        self._process_id = process_id
        self._machine = _MACHINES.get(platform.machine())
        self._sorts = {
            numbers[self._machine or 0]: (sort, name)
            for sort, calls in _CALLS.items()
            for name, numbers in calls.items()
        }
        self._sealed: set[int] = set()
        self._met: set[int] = set()
        self._entered: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._failure: Exception | None = None
        self._stopped = Event()
        self._seized = Event()
        self._sentinel: subprocess.Popen[bytes] | None = None
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
        self._libc.ptrace.restype = ctypes.c_long
        self._info = ctypes.create_string_buffer(_INFO_BYTES)
        self._thread = Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to wait for the process."""
        if self._machine is None:
            raise WatchFailed(f"{platform.machine()} is no machine whose calls are known: use x86-64 or ARM64")
        self._thread.start()

    def await_seized(self, seconds: float = 10.0) -> None:
        """Wait until the process is seized.

        Raises:
            WatchFailed
        """
        if not self._seized.wait(seconds):
            self._refuse("it was not seized in time")

    def ended(self, seconds: float = 30.0) -> Sight:
        """What was seen, once the process has ended.

        Raises:
            WatchFailed: It could not be watched to its end.
        """
        self._stopped.set()
        if self._sentinel is not None and self._sentinel.stdin is not None:
            self._sentinel.stdin.close()
        self._thread.join(seconds)
        if self._failure is not None or self._thread.is_alive() or not self._seized.is_set():
            self._refuse(str(self._failure or "its end was not seen"))
        return self.sight

    def _refuse(self, why: str) -> None:
        raise WatchFailed(f"the process could not be watched ({why}): run on Linux 5.3 or later that allows ptrace")

    def _run(self) -> None:
        try:
            while (root := self._process_id()) is None:
                if self._stopped.is_set():
                    return
                time.sleep(0.001)
            # A child of this thread that ends when told to: its end wakes a wait that has nothing left to wait for.
            self._sentinel = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            self._ptrace(_SEIZE, root, _OPTIONS)
            self._seized.set()
            while True:
                thread, status = os.waitpid(-1, _WAIT_ALL | _WAIT_OWN)
                if thread == self._sentinel.pid:
                    self._sentinel.returncode = 0
                    return
                if os.WIFSTOPPED(status):
                    self._stop(thread, status, root)
                else:
                    self._met.discard(thread)
                    self._sealed.discard(thread)
        except Exception as error:  # told by `ended`: a thread has nobody to tell
            self._failure = error

    def _stop(self, thread: int, status: int, root: int) -> None:
        passed_on, kind = os.WSTOPSIG(status), status >> 16
        try:
            if thread != root and thread not in self._met:
                self._meet(thread)
            if kind:  # something began or was started, which the call before it has told
                passed_on = 0
            elif passed_on == _CALL_STOP:
                self._call(thread)
                passed_on = 0
            self._ptrace(_CONT if thread == root else _SYSCALL, thread, passed_on)
        except ProcessLookupError:  # it was killed meanwhile
            return

    def _meet(self, thread: int) -> None:
        """A new thread of a sealed process is sealed; a new process is not yet."""
        self._met.add(thread)
        try:
            status = Path(f"/proc/{thread}/status").read_text("ascii", "replace")
        except OSError as error:
            raise ProcessLookupError from error
        if "\nSeccomp:\t2" in status:
            self._sealed.add(thread)

    def _call(self, thread: int) -> None:
        self._ptrace(_CALL_INFO, thread, ctypes.addressof(self._info), _INFO_BYTES)
        raw = self._info.raw
        if raw[0] == _ENTRY:
            number, *arguments = struct.unpack_from("=7Q", raw, 24)
            self._entered[thread] = (number, tuple(arguments))
            if thread in self._sealed:
                self.sight.calls += 1
                self._count(thread, number, tuple(arguments))
        elif raw[0] == _EXIT:
            (result,) = struct.unpack_from("=q", raw, 24)
            number, arguments_ = self._entered.pop(thread, (-1, ()))
            if thread in self._sealed:
                if result == _EPERM and number not in self._sorts:
                    self.sight.attempts[Sort.OTHER] += 1
                    self.sight.refused[number] += 1
            elif result == 0 and self._seals(number, arguments_):
                self._sealed.add(thread)
                self.sight.children += 1

    def _count(self, thread: int, number: int, arguments: tuple[int, ...]) -> None:
        sort, name = self._sorts.get(number, (None, ""))
        if sort is None or (name.startswith("clone") and self._makes_thread(thread, name, arguments)):
            return
        if sort is Sort.READ or name.startswith("exec"):
            at_folder = name in ("openat", "openat2", "execveat")
            self.sight.paths[self._text(thread, arguments[at_folder])] += 1
            if sort is Sort.READ and (name == "openat2" or arguments[at_folder + 1] & _WRITES):
                sort = Sort.CHANGE
        self.sight.attempts[sort] += 1

    def _makes_thread(self, thread: int, name: str, arguments: tuple[int, ...]) -> bool:
        flags = arguments[0]
        if name == "clone3":
            flags = int.from_bytes(self._memory(thread, arguments[0], 8), "little")
        return bool(flags & _CLONE_THREAD)

    def _seals(self, number: int, arguments: tuple[int, ...]) -> bool:
        column = self._machine or 0
        return number == _SECCOMP[column] or (number == _PRCTL[column] and arguments[0] == _SET_SECCOMP)

    def _text(self, thread: int, address: int) -> str:
        return self._memory(thread, address, 200).split(b"\0", 1)[0].decode("utf-8", "replace")

    def _memory(self, thread: int, address: int, size: int) -> bytes:
        try:
            with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                return memory.read(size)
        except (OSError, ValueError, OverflowError):  # an address that is none
            return b""

    def _ptrace(self, request: int, thread: int, data: int, address: int = 0) -> None:
        if self._libc.ptrace(request, thread, address, data) == -1:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
