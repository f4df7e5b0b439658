"""What the processor of this machine can do."""

import hashlib
import os
import platform
from pathlib import Path

QUICK_FLAGS = {"avx512_vnni", "avx_vnni", "asimddp"}  # processor flags of exact 8-bit dot products


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return what tells this kind of processor from others: its name, and a hash of what it can do."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    lines = lines[: lines.index("")] if "" in lines else lines  # of the first core
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    flags = "".join(line for line in lines if line.lower().startswith(("flags", "features")))
    return f"{platform.machine()} {name} {hashlib.sha256(flags.encode()).hexdigest()[:16]}"


def has_int8_instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether this processor has exact products of unsigned and signed 8-bit numbers; False if unknown.

    Older processors have an instruction that overflows, but an exact one for unsigned numbers alone.
    """
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.system() == "Darwin" and platform.machine() == "arm64"
    flags = (line.partition(":")[2].split() for line in lines if line.lower().startswith(("flags", "features")))
    return not QUICK_FLAGS.isdisjoint(next(flags, []))


def available_cores(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return the number of cores this process may use; ``limit`` is the cgroup file with a container's limit."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = limit.read_text(encoding="ascii").split()
        return cores if share == "max" else max(1, min(cores, -(-int(share) // int(period))))
    except (OSError, ValueError):
        return cores
