"""How many cores are used: those of the mask, and no more than the quota of any group around this process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from smartcity_xl.run import cores

V1 = "4:memory:/docker/ab\n3:cpu,cpuacct:{way}\n0::/\n"
V2 = "1:net_cls:/\n0::{way}\n"
SERVICE = "/user.slice/a.scope"

CASES: dict[str, tuple[str, str, Mapping[str, str], int]] = {
    # told of this process, its group's way, what stands in the groups, cores of eight
    "no quota": (V2, SERVICE, {"user.slice/a.scope/cpu.max": "max 100000"}, 8),
    "two cores": (V2, SERVICE, {"user.slice/a.scope/cpu.max": "200000 100000"}, 2),
    "a part of a core is one more": (V2, SERVICE, {"user.slice/a.scope/cpu.max": "210000 100000"}, 3),
    "less than one is one": (V2, SERVICE, {"user.slice/a.scope/cpu.max": "1000 100000"}, 1),
    "more than there are": (V2, SERVICE, {"user.slice/a.scope/cpu.max": "1600000 100000"}, 8),
    "the group around it has less": (
        V2, SERVICE, {"user.slice/a.scope/cpu.max": "400000 100000", "user.slice/cpu.max": "200000 100000"}, 2,
    ),
    "the group around it has a quota, it has none": (
        V2, SERVICE, {"user.slice/a.scope/cpu.max": "max 100000", "user.slice/cpu.max": "300000 100000"}, 3,
    ),
    "a group beside it": (V2, SERVICE, {"user.slice/b.scope/cpu.max": "100000 100000"}, 8),
    "a container that sees its group as the topmost": (V2, "/", {"cpu.max": "200000 100000"}, 2),
    "one that is told its host's way": (V2, "/docker/ab", {"cpu.max": "200000 100000"}, 2),
    "a group outside of what is seen": (V2, "/../other", {"cpu.max": "200000 100000"}, 2),
    "a name with what Python takes for the end of a line": (
        V2, "/a\u2028b", {"a\u2028b/cpu.max": "300000 100000", "cpu.max": "400000 100000"}, 3,
    ),
    "the first version": (
        V1, "/a", {"cpu/a/cpu.cfs_quota_us": "150000\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, 2,
    ),
    "the first version, no quota": (
        V1, "/a", {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"}, 8,
    ),
    "the first version, in a container": (
        V1, "/docker/ab", {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "50000\n"}, 2,
    ),
    "what nobody can read": (V2, "/", {"cpu.max": "many 0"}, 8),
    "a period of nothing": (V2, "/", {"cpu.max": "100000 0"}, 8),
    "no groups": ("", "", {}, 8),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_no_more_cores_than_the_least_quota_are_used(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, way, files, expected = CASES[case]
    for name, text in files.items():
        path = tmp_path / "groups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "own").write_text(told.format(way=way), encoding="utf-8")
    monkeypatch.setattr(cores, "_GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cores, "_OWN", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert cores.count_cores() == expected


def test_where_nothing_is_told_of_groups_the_mask_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_OWN", tmp_path / "none")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert cores.count_cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores.count_cores() == 1
