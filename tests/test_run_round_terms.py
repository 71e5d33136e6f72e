"""What an office says of its round: read from its settings, asked for, and followed when it changes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from rounds import NOW, make_round
from sending import OFFICE, PEOPLE, A
from support import filled

from smartcity_xl.catalog.load import load_assignment, load_catalog
from smartcity_xl.catalog.terms import under_terms
from smartcity_xl.cli import questions, run_cli
from smartcity_xl.cli.questions import Answers, ask_open
from smartcity_xl.cli.speech import Speaker
from smartcity_xl.errors import CampaignFault, UsageFault
from smartcity_xl.ledger import late_by
from smartcity_xl.model import Assignment, Period, RoundTerms
from smartcity_xl.model.periods import year_period
from smartcity_xl.office.campaign import SETTINGS_FILE, read_campaign
from smartcity_xl.run.chasing import Asked, plan_reminders
from smartcity_xl.run.planning import NOTHING_TYPED, TypedTerms, plan_round
from smartcity_xl.run.posting import Wishes, write_drafts
from smartcity_xl.run.rounds import init_campaign
from smartcity_xl.run.systems import Choice, choose

SHANGHAI = ZoneInfo("Asia/Shanghai")
LUOYANG = load_assignment(load_catalog("cn-2018"))
SAYS = ("document", "deadline", "contacts_deadline", "recipients")

# --- whose notice says what ---------------------------------------------------------------------------------------

OPEN: dict[str, Any] = {"document": "", "deadline": "", "contacts_deadline": "", "recipients": ()}
OWN = {name: getattr(LUOYANG, name) for name in SAYS}
HELD = [
    ("洛阳市", "2018", RoundTerms(), OWN),
    ("洛阳市", "2026", RoundTerms(), OPEN),
    ("云溪市", "2018", RoundTerms(), OPEN),
    ("云溪市", "2026", RoundTerms(deadline="2026-12-31"), {**OPEN, "deadline": "2026-12-31"}),
    ("云溪市", "2026", RoundTerms(basis="通知"), {**OPEN, "document": "通知"}),
    ("云溪市", "2026", RoundTerms(recipients=("市局",)), {**OPEN, "recipients": ("市局",)}),
    ("洛阳市", "2018", RoundTerms(basis="", recipients=()), {**OWN, "document": "", "recipients": ()}),
    ("洛阳市", "2018", RoundTerms(deadline="2019-03-31"), {**OWN, "deadline": "2019-03-31"}),
]  # fmt: skip


@pytest.mark.parametrize(("city", "round_", "terms", "held"), HELD)
def test_a_notice_speaks_for_its_own_round_alone(
    city: str, round_: str, terms: RoundTerms, held: dict[str, Any]
) -> None:
    fitted = under_terms(LUOYANG, city, round_, terms)
    assert {name: getattr(fitted, name) for name in SAYS} == held
    assert (fitted.city, fitted.round, fitted.period) == (city, round_, year_period(int(round_)))
    assert ("洛阳" in fitted.title) is (city == "洛阳市")
    assert any("洛阳" in alias for d in fitted.departments.values() for alias in d.aliases) is (city == "洛阳市")
    assert fitted.duties == LUOYANG.duties


@pytest.mark.parametrize("system", ["db37-3890-zhangqiu", "db37-3890-zoucheng"])
def test_a_department_named_after_its_city_has_a_name_elsewhere(system: str) -> None:
    own: Assignment = load_assignment(load_catalog(system))
    at_home, away = (under_terms(own, city, own.round, RoundTerms()) for city in (own.city, "云溪县"))
    names = [[one.name for one in assignment.departments.values()] for assignment in (at_home, away)]
    assert names[0] == [one.name for one in own.departments.values()]
    assert sum(a != b for a, b in zip(*names, strict=True)) in (1, 4)
    assert len(set(names[1])) == len(names[1])
    assert not [name for name in names[1] if any(place in name for place in own.places)]


# --- the settings file --------------------------------------------------------------------------------------------

DUE = 'deadline = "2019-02-25T18:00:00+08:00"\n'
READ: list[tuple[str, str, Any]] = [
    ("", "period", None),
    ('period = "2026"', "period", year_period(2026)),
    ("period = 2026", "period", year_period(2026)),
    ('period = "2026年1月至6月"', "period", Period(datetime.date(2026, 1, 1), datetime.date(2026, 6, 30))),
    ('period = "2025-11-01至2026-10-31"', "period", Period(datetime.date(2025, 11, 1), datetime.date(2026, 10, 31))),
    ('basis = ""', "basis", ""),
    ("", "basis", None),
    ("recipients = []", "recipients", ()),
    ('recipients = "市局"', "recipients", ("市局",)),
    ('[office]\nphone = "1"\nplace = "路"', "address", "路"),
]  # fmt: skip
REFUSED = [
    ('period = "去年"', [("period", "setting-period")]),
    ("period = 2026.5", [("period", "setting-period")]),
    ('period = "2026-13"', [("period", "setting-period")]),
    ('contacts_deadline = "2019-02-20"', [("contacts_deadline", "setting-moment")]),
    ('contacts_deadline = "2019-02-26T00:00:00+08:00"', [("contacts_deadline", "setting-later")]),
    ("basis = 3", [("basis", "setting-text")]),
    ("recipients = 3", [("recipients", "setting-texts")]),
]


def _settings(folder: Path, line: str, *change: str) -> Path:
    make_round(folder, OFFICE)
    text = (folder / SETTINGS_FILE).read_text(encoding="utf-8")
    kept = text.replace(*change) if change else text
    head, _, rest = kept.partition(DUE)
    office = rest.index("# —— 办公室") if "[office]" in line else 0
    if office:  # in place of the empty group
        rest = rest[:office] + line + rest[rest.index("# ——", office + 4) :].join(("\n", ""))
        line = ""
    (folder / SETTINGS_FILE).write_text(head + DUE + line + "\n" + rest, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("line", "name", "value"), READ)
def test_what_the_office_says_is_read(line: str, name: str, value: Any, tmp_path: Path) -> None:
    assert getattr(read_campaign(_settings(tmp_path, line)), name) == value


@pytest.mark.parametrize(("line", "faults"), REFUSED)
def test_what_cannot_be_is_told_with_its_key(line: str, faults: list[tuple[str, str]], tmp_path: Path) -> None:
    with pytest.raises(CampaignFault) as caught:
        read_campaign(_settings(tmp_path, line))
    assert [(fault.where, fault.code) for fault in caught.value.faults] == faults


def test_a_round_whose_name_has_no_year_needs_its_period(tmp_path: Path) -> None:
    change = ('round = "2018"', 'round = "第三轮"')
    with pytest.raises(CampaignFault) as caught:
        read_campaign(_settings(tmp_path, "", *change))
    assert [(fault.where, fault.code) for fault in caught.value.faults] == [("period", "setting-missing")]
    settings = read_campaign(_settings(tmp_path, 'period = "2026"', *change))
    catalog, assignment = choose(Choice(settings.systems, None, settings.assignment, round=settings.round,
                                        city=settings.city, terms=settings.terms))  # fmt: skip
    assert assignment.period == year_period(2026)
    assert catalog.figures["gov_items_total"].as_of == "2026年12月底"


# --- a new round --------------------------------------------------------------------------------------------------


def test_a_new_round_is_not_begun_on_guesses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["init", str(tmp_path / "a")]) == 2
    assert "--city --round --deadline" in capsys.readouterr().err
    for given, needed in (((), ("--city", "--round", "--deadline")), (("2026", "云溪市"), ("--deadline",)),
                          (("第三轮", "云溪市", "2026-12-31"), ("--period",)), (("2018", "洛阳市"), ())):  # fmt: skip
        padded = [*given, None, None, None][:3]
        assert plan_round(Choice(), padded[0], padded[1], padded[2], NOTHING_TYPED).needed == needed
    assert not (tmp_path / "a").exists()


ODD = [("deadline", "明天", "moment-unreadable"), ("period", "去年", "period-unreadable"),
       ("contacts_deadline", "2027-01-01", "contacts-later")]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "code"), ODD)
def test_what_is_typed_and_cannot_be_is_refused(name: str, text: str, code: str, tmp_path: Path) -> None:
    due = text if name == "deadline" else "2026-12-31"
    typed = TypedTerms() if name == "deadline" else replace(NOTHING_TYPED, **{name: text})
    with pytest.raises(UsageFault) as caught:
        init_campaign(tmp_path / "a", round_="2026", city="云溪市", deadline=due, typed=typed)
    assert caught.value.code == code
    assert not (tmp_path / "a").exists()


ANSWERS = {
    "ask_catalog": ["cn-1999", "cn-2018"], "ask_city": ["", "云溪市"], "ask_round": ["第三轮"],
    "ask_period": ["", "去年", "2026"], "ask_deadline": ["明天", "", "2026-12-31"],
    "ask_contacts_deadline": ["2026-12-20"], "ask_basis": [""], "ask_recipient": ["市局、 县局"],
    "ask_phone": ["0000"], "ask_address": [""],
}  # fmt: skip


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Somebody at a terminal who gives these answers, one after the other; what is left was not asked for."""
    left = {code: list(answers) for code, answers in ANSWERS.items()}
    spoken = {Speaker("zh").say(code): code for code in ANSWERS}
    monkeypatch.setattr(questions.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(questions, "_prompt", lambda question, shown: left[spoken[question]].pop(0) or shown)
    return left


def test_on_a_terminal_all_that_nobody_has_said_is_asked_for(terminal: dict[str, list[str]]) -> None:
    said = ask_open(Speaker("zh"), Answers(Choice(), None, None, None, NOTHING_TYPED))
    assert not any(terminal.values())
    assert (said.choice.systems, said.city) == (("cn-2018",), "云溪市")
    assert (said.round, said.deadline) == ("第三轮", "2026-12-31")
    assert said.typed == TypedTerms("2026", "2026-12-20", "", ("市局", "县局"), "0000", "")


def test_what_has_been_said_is_not_asked_for(terminal: dict[str, list[str]]) -> None:
    typed = TypedTerms("2018", None, None, None, "1", "路")
    given = Answers(Choice(("cn-2018",)), "洛阳市", "2018", None, typed)
    assert ask_open(Speaker("zh"), given) == given
    assert terminal == ANSWERS


# --- a deadline that is extended ----------------------------------------------------------------------------------


def _extend(folder: Path) -> None:
    file = folder / SETTINGS_FILE
    file.write_text(file.read_text(encoding="utf-8").replace("2019-02-25T18", "2019-03-31T18"), encoding="utf-8")


def test_a_template_with_the_old_deadline_does_not_go_out(tmp_path: Path) -> None:
    folder = make_round(tmp_path, OFFICE, PEOPLE)
    assert len(write_drafts(folder, Wishes(), NOW)[1]) == 3
    _extend(folder)
    with pytest.raises(UsageFault) as caught:
        write_drafts(folder, Wishes(), NOW)
    assert caught.value.code == "send-old-deadline"
    assert run_cli(["make-templates", "--campaign", str(folder), "--overwrite"]) == 0
    text = write_drafts(folder, Wishes(), NOW)[1][0].read_bytes()
    assert len(text) > 1000


def test_after_an_extension_everything_that_goes_out_has_the_new_deadline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_round(tmp_path, OFFICE, PEOPLE)
    inbox = folder / "收件"
    inbox.mkdir()
    (inbox / "a.xlsx").write_bytes(filled(A, gov_items_total=1))
    run = ["--campaign", str(folder)]
    assert run_cli(["collect", *run]) == 1
    results = folder / "汇总" / "results.json"
    assert json.loads(results.read_text(encoding="utf-8"))["deadline"] == "2019-02-25"
    _extend(folder)
    with pytest.raises(UsageFault) as caught:  # what goes back still has the old one
        plan_reminders(folder, Asked((A,)), NOW)
    assert caught.value.code == "deadline-moved"
    assert run_cli(["collect", *run]) == 1
    assert json.loads(results.read_text(encoding="utf-8"))["deadline"] == "2019-03-31"
    [mail] = plan_reminders(folder, Asked((A,)), NOW).outgoing
    assert "2019年3月31日" in mail.draft.body
    assert "2019年2月25日" not in mail.draft.body
    capsys.readouterr()
    assert run_cli(["status", *run, "--json"]) == 0
    [status] = json.loads(capsys.readouterr().out)["systems"]
    assert status["deadline"] == "2019-03-31T18:00:00+08:00"


MOMENTS = [
    ("2019-02-25T15:59:59Z", "2019-02-25", 0), ("2019-02-25T16:00:00Z", "2019-02-25", 1),
    ("2019-02-25T10:00:00Z", "2019-02-25T18:00:00+08:00", 0), ("2019-02-25T10:00:01Z", "2019-02-25T18:00:00+08:00", 1),
    ("2019-02-25T10:01:00Z", "2019-02-25T10:00:00+00:00", 60),
]  # fmt: skip


@pytest.mark.parametrize(("received", "deadline", "seconds"), MOMENTS)
def test_late_is_what_came_after_the_moment_that_the_office_set(received: str, deadline: str, seconds: int) -> None:
    assert late_by(received, deadline, SHANGHAI).total_seconds() == seconds
