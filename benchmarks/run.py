"""Measure the project against a fair peer and against what is physically possible; prints a Markdown table.

``python benchmarks/run.py`` makes its rounds, measures in pairs that take turns, and checks on the way that the peer
comes to the same totals and gives the same workbooks back. Nothing here is a test of speed: times belong to a machine,
so what counts are the ratios of one run. ``README.md`` explains the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cities import ASSIGNMENT, CATALOG, QUIET, Shares, city_name, make_city, make_corrections, make_rounds
from floors import record_book, write_bare
from timing import PYTHON, Spent, call, command, compile_all, environment, noise, ratio, run, take_turns

from smartcity_xl.form.template import Issue, stamp_template, write_template
from smartcity_xl.form.template.given import BLANK

HERE = Path(__file__).resolve().parent
FAULTY = Shares.all_of(0.1)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: rounds of pairs, cities, responses, and numbers of workbooks for memory."""

    rounds: int = 5
    cities: int = 10
    responses: int = 100_000
    memory: tuple[int, ...] = (1, 10, 45)
    corrections: int = 200


USUAL = Sizes()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; ``other`` is what stands beside ours, ``ratio`` what the aim is about."""

    what: str
    ours: str
    other: str = ""
    ratio: str = ""
    reach: str = ""
    reached: bool | None = None

    def show(self) -> str:
        met = {None: "", True: "yes", False: "**no**"}[self.reached]
        return "| " + " | ".join((self.what, self.ours, self.other, self.ratio, self.reach, met)) + " |"


def say(spent: Sequence[Spent], share: int = 1) -> str:
    """Best of the clock and of the processor; of one of ``share`` alike."""
    wall, cpu = (min(getattr(one, name) for one in spent) / share for name in ("wall", "cpu"))
    return f"{wall:.3f} / {cpu:.3f} s" if cpu >= 0.1 else f"{1000 * wall:.2f} / {1000 * cpu:.2f} ms"


# --- the rows ------------------------------------------------------------------------------------------------


def collect_command(inbox: Path, out: Path) -> list[str]:
    return [PYTHON, "-m", "smartcity_xl", "collect", str(inbox), "--out", str(out), "--no-campaign"]


def by_city_command(folder: Path, out: Path) -> list[str]:
    return [*collect_command(folder, out), "--by-city", "--jobs", "1"]


def peer_command(out: Path, *inboxes: Path) -> list[str]:
    return [PYTHON, str(HERE / "peer.py"), str(out), *map(str, inboxes)]


def clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def measure_one_city(work: Path, sizes: Sizes) -> Iterator[Row]:
    inbox = work / "quiet" / "0000"
    make_city(inbox, shares=QUIET)
    ours, peer = work / "one-ours", work / "one-peer"
    spent = take_turns({
        "ours": command(collect_command(inbox, ours), partial(clear, ours)),
        "peer": command(peer_command(peer, inbox), partial(clear, peer)),
    }, sizes.rounds)  # fmt: skip
    agree(ours, peer / inbox.name)
    best, times = min(one.wall for one in spent["ours"]), ratio(spent["peer"], spent["ours"])
    yield Row("cold collect of one city, 23 workbooks, all returned", say(spent["ours"]), "", "", "< 0.5 s", best < 0.5)
    yield Row("whole job, one city cold, against the fair peer", say(spent["ours"]), say(spent["peer"]),
              f"{times:.1f} × ahead", "8 ×", times >= 8)  # fmt: skip
    again = _run_again(inbox, ours, sizes)
    share, more = (ratio(again[name], again["first"]) for name in ("second", "third"))
    yield Row("second run, nothing new, against the first", say(again["second"]), say(again["first"]),
              f"{share:.2f} of it", "0.1", share <= 0.1)  # fmt: skip
    yield Row("third run, ten new mails, against the first", say(again["third"]), say(again["first"]),
              f"{more:.2f} of it")  # fmt: skip


def _run_again(inbox: Path, out: Path, sizes: Sizes) -> dict[str, list[Spent]]:
    """A first run, one with nothing new, and one after ten new mails; in this order in every round."""
    mails = inbox.parent / "mails"
    make_corrections(mails, "transport", 10)
    spent: dict[str, list[Spent]] = {"first": [], "second": [], "third": []}
    for _ in range(sizes.rounds):
        clear(out)
        now = inbox.parent / "now"
        clear(now)
        shutil.copytree(inbox, now)
        for name in spent:
            if name == "third":
                for mail in mails.glob("*.eml"):
                    shutil.copy(mail, now)
            spent[name].append(run(collect_command(now, out))[0])
    return spent


def measure_many_cities(work: Path, sizes: Sizes) -> Iterator[Row]:
    for name, shares in (("all returned", QUIET), ("faults in a tenth", FAULTY)):
        place = work / name.replace(" ", "-")
        made = make_rounds(place / "in", sizes.cities, shares)
        inboxes = sorted((place / "in").iterdir())
        ours, peer = place / "ours", place / "peer"
        spent = take_turns({
            "ours": command(by_city_command(place / "in", ours), partial(clear, ours)),
            "peer": command(peer_command(peer, *inboxes), partial(clear, peer)),
        }, max(1, sizes.rounds // 2), warm=False)  # fmt: skip
        for inbox in inboxes:
            agree(ours / inbox.name, peer / inbox.name)
        times = ratio(spent["peer"], spent["ours"])
        yield Row(f"whole job, {sizes.cities} cities, {made.workbooks} workbooks, {name}, for each workbook",
                  say(spent["ours"], made.workbooks), say(spent["peer"], made.workbooks), f"{times:.1f} × ahead",
                  "15 ×", times >= 15)  # fmt: skip


def agree(ours: Path, peer: Path) -> None:
    """Refuse to go on where the peer has not done the same job. Raises SystemExit."""
    total = json.loads((ours / "results.json").read_text(encoding="utf-8"))["total"]["score"]
    theirs = json.loads((peer / "results.json").read_text(encoding="utf-8"))["total"]
    keys = list(ASSIGNMENT.departments)
    back = {keys[int(path.name[:2]) - 1] for path in ours.glob("*/*.xlsx")}
    gave = {path.stem for path in (peer / "returned").glob("*.xlsx")}
    if total != theirs or back != gave:
        raise SystemExit(f"the peer did another job in {peer}: {theirs} for {total}, returned {sorted(back ^ gave)}")


def measure_reading(work: Path, sizes: Sizes) -> Iterator[Row]:
    from floors import read_bare

    from smartcity_xl.arrival.inbox import list_files, read_parcels
    from smartcity_xl.form.checks import check_workbook
    from smartcity_xl.form.reading.workbook import open_workbook, read_submission

    cities = []
    for number in range(3, 4 + 3 * sizes.rounds):  # each time another one: what is known of the last is its forms
        make_city(work / f"read-{number}", number, QUIET)
        cities.append(list(read_parcels(list_files(work / f"read-{number}"))))
    turns = {"ours": iter(cities), "bare": iter(cities)}
    parcels = cities[0]

    def ours() -> None:
        for parcel in next(turns["ours"]):
            book = open_workbook(parcel)
            check_workbook(CATALOG, ASSIGNMENT, book, read_submission(book, CATALOG, ASSIGNMENT))

    def bare() -> None:
        for parcel in next(turns["bare"]):
            read_bare(parcel.data)

    spent = take_turns({"ours": call(ours), "bare": call(bare)}, 3 * sizes.rounds)
    times = ratio(spent["ours"], spent["bare"])
    yield Row("read + check a workbook as Excel saves it, against bare calamine", say(spent["ours"], len(parcels)),
              say(spent["bare"], len(parcels)), f"{times:.1f} ×", "3 ×", times <= 3)  # fmt: skip


def measure_templates(work: Path, sizes: Sizes) -> Iterator[Row]:
    issue = Issue(ASSIGNMENT.round, "云溪市", ASSIGNMENT.deadline)
    books = [record_book(write_template(CATALOG, ASSIGNMENT, one, issue)) for one in ASSIGNMENT.departments]
    recorded, out = work / "books.pickle", work / "templates"
    recorded.write_bytes(pickle.dumps(books))
    ours = [PYTHON, "-m", "smartcity_xl", "make-templates", "--out", str(out), "--no-campaign"]
    floor = [PYTHON, str(HERE / "floors.py"), str(recorded), str(work / "bare")]
    cold = take_turns({"ours": command(ours, partial(clear, out)), "bare": command(floor)}, sizes.rounds)
    times = ratio(cold["ours"], cold["bare"])
    yield Row(f"make-templates, {len(books)} workbooks, cold, against bare XlsxWriter with formats", say(cold["ours"]),
              say(cold["bare"]), f"{times:.1f} ×", "1.5 ×", times <= 1.5)  # fmt: skip
    department, number = next(iter(ASSIGNMENT.departments)), 50

    def stamp() -> None:
        for city in range(number):
            here = Issue(ASSIGNMENT.round, city_name(city), ASSIGNMENT.deadline)
            stamp_template(CATALOG, ASSIGNMENT, department, here, BLANK)

    def bare() -> None:
        write_bare(books[0])

    many = take_turns({"ours": call(stamp), "bare": call(bare)}, sizes.rounds)
    each = min(one.cpu for one in many["ours"]) / number * 1000
    yield Row("the same department's template for many cities, warm, each", say(many["ours"], number),
              say(many["bare"]), f"{each:.2f} ms", "< 1 ms", each < 1)  # fmt: skip


def measure_starts(work: Path, sizes: Sizes) -> Iterator[Row]:
    make_city(work / "start", 0, QUIET)
    run(collect_command(work / "start", work / "start-out"))
    ledger = str(work / "start-out" / "ledger")
    xlscore = [PYTHON, "-m", "smartcity_xl"]
    commands = {
        "bare": [PYTHON, "-c", "pass"],
        "--help": [*xlscore, "--help"],
        "status": [*xlscore, "status", "--ledger", ledger, "--no-campaign"],
        "trace": [*xlscore, "trace", "L1P1-A1", "--ledger", ledger, "--no-campaign"],
    }
    spent = take_turns({name: command(one) for name, one in commands.items()}, 3 * sizes.rounds)
    for name, most in (("--help", 4), ("status", 8), ("trace", 8)):
        times = ratio(spent[name], spent["bare"])
        yield Row(f"xlscore {name}, in starts of a bare interpreter", say(spent[name]), say(spent["bare"]),
                  f"{times:.1f} starts", f"{most}", times <= most)  # fmt: skip


def measure_memory(work: Path, sizes: Sizes) -> Iterator[Row]:
    """Peaks of the whole family of processes: by the workbooks in one inbox (one city's, and others beside), with many
    corrections of one department, and city after city in one process."""
    out, inbox = work / "out", work / "in"
    scored = [*collect_command(inbox, out), "--city", city_name(0), "--round", ASSIGNMENT.round]
    for cities in sizes.memory:
        made = make_rounds(inbox, cities, QUIET)
        yield _peak(f"{made.workbooks} workbooks in one inbox", scored, 150 if cities == 1 else 400)
        clear(inbox)
        clear(out)
    make_corrections(inbox, "transport", sizes.corrections)
    what = f"{sizes.corrections} corrections of one department"
    yield _peak(what, collect_command(inbox, out), 400)
    clear(inbox)
    made = make_rounds(inbox, sizes.cities, QUIET)
    what = f"{sizes.cities} cities one after another in one process, {made.workbooks} workbooks"
    yield _peak(what, by_city_command(inbox, out), 400)


def _peak(what: str, given: Sequence[str], most: int) -> Row:
    family, largest = map(float, run([PYTHON, str(HERE / "peak.py"), *given])[1].split())
    return Row(f"peak memory of collect, workers included: {what}", f"{family:.0f} MiB (largest process {largest:.0f})",
               "", "", f"< {most} MiB", family < most)  # fmt: skip


def measure_survey(work: Path, sizes: Sizes) -> Iterator[Row]:
    from responses import write_responses

    for suffix in ("xlsx", "csv"):
        folder = work / "survey"
        questionnaire, responses = write_responses(folder, sizes.responses, suffix)
        ours = [PYTHON, "-m", "smartcity_xl", "survey", "score", str(questionnaire), str(responses), "--no-campaign",
                "--out", str(folder / "out.xlsx"), "--overwrite"]  # fmt: skip
        bare = [PYTHON, str(HERE / "floors.py"), "--read", str(responses)]
        spent = take_turns({"ours": command(ours), "bare": command(bare)}, max(1, sizes.rounds // 2), warm=False)
        times = ratio(spent["ours"], spent["bare"])
        yield Row(f"survey score, {sizes.responses:,} responses, .{suffix}, against a bare read", say(spent["ours"]),
                  say(spent["bare"]), f"{times:.1f} ×", "2 ×", times <= 2)  # fmt: skip


MEASURES: dict[str, Callable[[Path, Sizes], Iterator[Row]]] = {
    "one": measure_one_city,
    "many": measure_many_cities,
    "read": measure_reading,
    "templates": measure_templates,
    "start": measure_starts,
    "memory": measure_memory,
    "survey": measure_survey,
}


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=USUAL.rounds, help="pairs of each row (5)")
    parser.add_argument("--cities", type=int, default=USUAL.cities, help="cities of the rows with many (10)")
    parser.add_argument("--responses", type=int, default=USUAL.responses, help="responses of the survey (100000)")
    parser.add_argument("--memory", default="1,10,45", help="cities in one inbox, for the peaks of memory (1,10,45)")
    parser.add_argument(
        "--corrections", type=int, default=USUAL.corrections, help="of one department, for memory (200)"
    )
    parser.add_argument("--only", default=",".join(MEASURES), help=f"which rows: {', '.join(MEASURES)}")
    options = parser.parse_args(given)
    memory = tuple(map(int, options.memory.split(",")))
    sizes = Sizes(options.rounds, options.cities, options.responses, memory, options.corrections)
    os.environ.update(environment())
    compile_all()
    wall, cpu = noise(sizes.rounds)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {sizes.rounds} rounds. "
          f"Noise, the spread of a fixed job: {wall:.0%} by the clock, {cpu:.0%} by the processor.\n")  # fmt: skip
    print("| what | ours: clock / processor | beside it | ratio (processor, in pairs) | reach | reached |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only.split(","):
            work = Path(folder) / name
            work.mkdir()
            for row in MEASURES[name](work, sizes):
                print(row.show(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
