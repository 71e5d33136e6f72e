"""The bound of memory on Windows: a job object around the child, which also ends what the child has started."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _EXTENDED, _PROCESS_MEMORY, _KILL_ON_CLOSE = 9, 0x100, 0x2000

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _Counters(ctypes.Structure):
        _fields_ = tuple((f"count{number}", ctypes.c_uint64) for number in range(6))

    class _Limits(ctypes.Structure):
        _fields_ = (
            ("basic", _Basic),
            ("counters", _Counters),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    class _Memory(ctypes.Structure):
        _fields_ = (
            ("size", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            *((f"size{number}", ctypes.c_size_t) for number in range(8)),
            ("PrivateUsage", ctypes.c_size_t),
        )

    class _Job:
        """The job that this process is in, once it has a bound; it ends with the process, which holds its handle."""

        handle: int | None = None

    def _kernel() -> ctypes.WinDLL:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
        kernel.K32GetProcessMemoryInfo.argtypes = (wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD)
        return kernel

    def bound_memory(bytes_more: int) -> None:
        """Let the process have so much memory beyond what it has now; without a bound where no job can be made."""
        kernel, told = _kernel(), _Memory()
        told.size = ctypes.sizeof(told)
        if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(told), told.size):
            return
        job = kernel.CreateJobObjectW(None, None)
        if not job or not _set(kernel, job, told.PrivateUsage + bytes_more):
            return
        if kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess()):
            _Job.handle = job

    def free_memory() -> None:
        """Lift the bound, so that it can be told that it was reached."""
        if _Job.handle:
            _set(_kernel(), _Job.handle, 0)

    def _set(kernel: ctypes.WinDLL, job: int, memory: int) -> bool:
        wanted = _Limits()
        wanted.basic.LimitFlags = _KILL_ON_CLOSE | (_PROCESS_MEMORY if memory else 0)
        wanted.ProcessMemoryLimit = memory
        return bool(kernel.SetInformationJobObject(job, _EXTENDED, ctypes.byref(wanted), ctypes.sizeof(wanted)))
