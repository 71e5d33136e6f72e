"""Fuzzing for a night: as many inputs for each reader of foreign bytes as are asked for (``make fuzz``).

    python benchmarks/fuzz.py --inputs 100000 --only rules --seed 1

Inputs are drawn and shrunk by hypothesis; what fails is kept under ``--out`` and tried first the next time. The
targets are those of ``tests/test_run_fuzzed_inputs.py``, which runs a few of each. Exit code 1 where any input failed.

    python benchmarks/fuzz.py --guided rules --inputs 100000

lets atheris choose the inputs of one target by the code that they reach (``pip install atheris``; not on every system).
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "samples"), str(ROOT / "tests" / "helpers")]

with contextlib.ExitStack() as watched:
    if "--guided" in sys.argv:
        import atheris

        watched.enter_context(atheris.instrument_imports(include=["smartcity_xl"]))
    from fuzz_targets import Target, targets, try_one
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
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of a library in Rust is no Exception, and a failure too
        traceback.print_exc(limit=8)
        print(f"{name}: {tried} inputs, FAILED: {type(error).__name__}: {str(error)[:300]}", flush=True)
        return False
    print(f"{name}: {tried} inputs in {time.monotonic() - begun:.0f} s", flush=True)
    return True


def guide(name: str, inputs: int, start: int, out: Path) -> None:
    """Let atheris draw the inputs; it ends the process itself, and keeps what it found worth keeping."""
    target, kept = targets()[name], out / "guided" / name
    kept.mkdir(parents=True, exist_ok=True)

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.inputs)
    def run(data: Any) -> None:
        try_one(target, data)

    atheris.Setup([sys.argv[0], f"-runs={inputs}", f"-seed={start % 2**31}", str(kept)], run.hypothesis.fuzz_one_input)
    atheris.Fuzz()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--only", action="append", default=[])
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--out", type=Path, default=ROOT / "out" / "fuzz")
    options.add_argument("--guided", help="one target, its inputs chosen by atheris")
    asked = options.parse_args()
    print(f"seed {asked.seed}", flush=True)
    if asked.guided:
        guide(asked.guided, asked.inputs, asked.seed, asked.out)
    wanted = {name: one for name, one in targets().items() if not asked.only or name in asked.only}
    failed = [name for name, one in wanted.items() if not fuzz(name, one, asked.inputs, asked.seed, asked.out)]
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
