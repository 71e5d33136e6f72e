"""Fuzzing for a night: as many inputs for each reader of foreign bytes as are asked for (``make fuzz``).

    python benchmarks/fuzz.py --inputs 100000 --only rules --seed 1

Inputs are drawn and shrunk by hypothesis; what fails is kept under ``--out`` and tried first the next time. The
targets are those of ``tests/test_run_fuzzed_inputs.py``, which runs a few of each. Exit code 1 where any input failed.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "samples"), str(ROOT / "tests" / "helpers")]

from fuzz_targets import Target, targets, try_one  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis.database import DirectoryBasedExampleDatabase  # noqa: E402

PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


def fuzz(name: str, target: Target, inputs: int, start: int, out: Path) -> bool:
    """Whether every input had an answer; tells in a line how many there were, and how long they took."""
    begun, tried = time.monotonic(), 0

    kept = DirectoryBasedExampleDatabase(out / name)
    every = list(HealthCheck)

    @seed(start)
    @settings(max_examples=inputs, deadline=None, database=kept, suppress_health_check=every, phases=PHASES)
    @given(target.inputs)
    def run(data: Any) -> None:
        nonlocal tried
        tried += 1
        try_one(target, data)

    try:
        run()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        traceback.print_exc(limit=8)
        print(f"{name}: {tried} inputs, FAILED: {type(error).__name__}: {str(error)[:300]}", flush=True)
        return False
    print(f"{name}: {tried} inputs in {time.monotonic() - begun:.0f} s", flush=True)
    return True


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--only", action="append", default=[])
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--out", type=Path, default=ROOT / "out" / "fuzz")
    asked = options.parse_args()
    print(f"seed {asked.seed}", flush=True)
    wanted = {name: one for name, one in targets().items() if not asked.only or name in asked.only}
    failed = [name for name, one in wanted.items() if not fuzz(name, one, asked.inputs, asked.seed, asked.out)]
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
