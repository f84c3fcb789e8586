"""The machine that a race is run on, described well enough to read its numbers elsewhere."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import torch

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # of mallopt
LARGEST_KEPT = 32 << 20  # bytes, the most that glibc allows
GPU_STATE = {
    "driver": "driver_version",
    "sm_clock": "clocks.sm",
    "memory_clock": "clocks.mem",
    "throttle_reasons": "clocks_throttle_reasons.active",
    "power_limit": "power.limit",
}
ASSUMED_CACHE = 32 << 20  # bytes, where the system does not tell
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def keep_freed_memory() -> None:
    """Ask glibc to keep 32 MiB of what is freed, instead of giving it back after some calls and not after others.

    Whether a temporary of a few MiB is new memory, page by page, would else depend on what lies beside it, and two
    runs would differ by half. More than that is not kept: a larger tensor is new memory every time, as it is without
    this, and not only in those runs in which as much happens to lie free.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        for setting in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD):
            libc.mallopt(setting, LARGEST_KEPT)


def machine() -> dict[str, Any]:
    """CPU, cores, memory, GPU and versions; no name and no path."""
    cache, is_assumed = cpu_cache()
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "cache_bytes": cache,
        "cache_is_assumed": is_assumed,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "os": f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "allocator": _allocator(),
        "cuda_allocator": os.environ.get("PYTORCH_CUDA_ALLOC_CONF", "default"),
        "gpu": gpu(),
    }


def _allocator() -> str:
    name, version = platform.libc_ver()
    return f"{name} {version}, keeps 32 MiB of freed memory" if name == "glibc" else "the system's own"


def cpu_name() -> str:
    """The name that the processor gives itself, or at least its architecture."""
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        return names[0] if names else platform.machine()
    return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()


def cpu_cache() -> tuple[int, bool]:
    """The bytes of the last-level cache, and whether that is only assumed."""
    sizes = [path.read_text().strip() for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
    found = [int(size[:-1]) * UNITS[size[-1]] for size in sizes if size[-1:] in UNITS]
    found += [int(size) for name in ("hw.l3cachesize", "hw.l2cachesize") if (size := _sysctl(name)).isdigit()]
    return (max(found), False) if found else (ASSUMED_CACHE, True)


def cache_of(device: str) -> int:
    """The bytes of the last cache before the device's memory."""
    if device == "cpu":
        return cpu_cache()[0]
    return int(torch.cuda.get_device_properties(device).L2_cache_size)


def _sysctl(name: str) -> str:
    if sys.platform != "darwin":
        return ""
    return subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, check=False).stdout.strip()


def gpu() -> dict[str, Any] | None:
    """The GPU and the state it is in now, if there is one; the tool that ships with its driver knows some of it."""
    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return {
        "name": properties.name,
        "memory_bytes": properties.total_memory,
        "l2_bytes": properties.L2_cache_size,
        "cuda": torch.version.cuda,
        **{name: _asked(field, getattr(properties, "uuid", "")) for name, field in GPU_STATE.items()},
    }


def _asked(field: str, uuid: object) -> str:
    device = [f"--id=GPU-{uuid}"] if uuid else []
    command = ["nvidia-smi", *device, f"--query-gpu={field}", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError):
        return "unknown"
