"""What the processor can do, and how many cores this process may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.parallel import machine


@pytest.mark.parametrize(
    ("cpuinfo", "quick"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni\n", True),
        ("flags\t\t: fpu avx2 avx_vnni\n", True),
        ("flags\t\t: fpu sse2 avx avx2 avx512f\n", False),
        ("Features\t: fp asimd asimddp\n", True),
        ("Features\t: fp asimd\n", False),
        ("", False),
    ],
)
def test_processors_are_told_apart(tmp_path: Path, cpuinfo: str, quick: bool) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\n{cpuinfo}")
    assert machine.has_int8_instructions(path) is quick


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("max 100000\n", 8), ("150000 100000\n", 2), ("20000 100000\n", 1), ("9900000 100000\n", 8), ("broken", 8)],
)
def test_a_container_uses_the_cores_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, cores: int
) -> None:
    monkeypatch.setattr("analysis.parallel.machine.os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(limit)
    assert machine.available_cores(tmp_path / "cpu.max") == cores
    assert machine.available_cores(tmp_path / "none") == 8
