"""What a run is to do: a person goes before the campaign's settings, and these before the defaults."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mails import attachment, mail
from rounds import make_round, store
from support import filled, put

from smartcity_xl.cli import run_cli
from smartcity_xl.errors import UsageFault
from smartcity_xl.ledger import parse_moment
from smartcity_xl.messages import label
from smartcity_xl.run.orders import order_collection, order_templates
from smartcity_xl.run.systems import EVERYTHING_DEFAULT, Choice

SERVER = "mx.office.example.com"
OFFICE = "office@example.com"


def test_without_a_campaign_the_defaults_hold(tmp_path: Path) -> None:
    order = order_collection(None, Choice(("cn-2018",)), tmp_path)
    assert (order.inbox, order.out, order.ledger) == (tmp_path, Path("summary-out"), Path("summary-out/ledger"))
    assert (order.choice, order.roster, order.authserv) == (Choice(("cn-2018",)), None, "")
    assert (order.decisions, order.return_by) == (None, "")
    templates = order_templates(None, EVERYTHING_DEFAULT)
    assert (templates.out, templates.round, templates.city, templates.deadline) == (
        Path("templates-out"), None, None, None,
    )  # fmt: skip


def test_the_ledger_lies_in_the_folder_of_the_summary_unless_another_is_named(tmp_path: Path) -> None:
    assert order_collection(None, EVERYTHING_DEFAULT, tmp_path, tmp_path / "出").ledger == tmp_path / "出" / "ledger"
    named = order_collection(None, EVERYTHING_DEFAULT, tmp_path, tmp_path / "出", tmp_path / "台账")
    assert named.ledger == tmp_path / "台账"


def test_a_campaign_says_what_a_person_does_not(tmp_path: Path) -> None:
    folder = make_round(tmp_path / "年", OFFICE, {"health": ("health@example.com", "")}, authserv=SERVER)
    order = order_collection(folder, EVERYTHING_DEFAULT)
    summary = folder / label("campaign_folder.summary")
    assert (order.inbox, order.out) == (folder / label("campaign_folder.inbox"), summary)
    assert (order.ledger, order.authserv, order.return_by) == (store(folder), SERVER, "2019-02-25")
    assert order.roster is not None
    assert order.choice.systems == ("cn-2018",)
    assert order.decisions is None
    put(summary, {label("file.decisions"): b"decided"})
    assert order_collection(folder, EVERYTHING_DEFAULT).decisions == summary / label("file.decisions")
    templates = order_templates(folder, EVERYTHING_DEFAULT)
    assert (templates.out, templates.round, templates.city, templates.deadline) == (
        folder / label("campaign_folder.templates"), "2018", "云溪市", "2019-02-25",
    )  # fmt: skip


def test_a_person_goes_before_the_campaign(tmp_path: Path) -> None:
    folder = make_round(tmp_path / "年", OFFICE)
    places = [tmp_path / name for name in ("收", "出", "账", "裁定.xlsx")]
    order = order_collection(folder, EVERYTHING_DEFAULT, *places, return_by="2019-03-01")
    assert [order.inbox, order.out, order.ledger, order.decisions] == places
    assert order.return_by == "2019-03-01"
    templates = order_templates(folder, EVERYTHING_DEFAULT, tmp_path, "2019", "另一市", "2020-01-01")
    assert (templates.out, templates.round, templates.city, templates.deadline) == (
        tmp_path, "2019", "另一市", "2020-01-01",
    )  # fmt: skip


@pytest.mark.parametrize("chosen", [Choice(("cn-2018",)), Choice(assignment_book=Path("分工.xlsx"))])
def test_nobody_but_the_campaign_says_which_systems_and_which_assignment(tmp_path: Path, chosen: Choice) -> None:
    for order in (order_collection, order_templates):
        with pytest.raises(UsageFault) as refused:
            order(tmp_path, chosen)
        assert refused.value.code == "campaign-and-options"


def test_a_look_back_is_handed_to_the_ledger_in_its_own_time(tmp_path: Path) -> None:
    order = order_collection(None, EVERYTHING_DEFAULT, tmp_path)
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert order.keeping(now, "", print).as_of == ""
    keeping = order.keeping(now, "2026-02-01", print)
    assert (keeping.folder, keeping.at[:10], keeping.tell) == (order.ledger, "2026-03-01", print)
    assert keeping.as_of == parse_moment("2026-02-01")
    with pytest.raises(UsageFault):
        order.keeping(now, "gestern", print)


@pytest.mark.parametrize(
    ("named", "expected"),
    [(SERVER, {"spf": "fail", "dkim": "fail"}), ("mx.another.example.com", {}), ("", {})],
)
def test_what_the_mail_server_found_out_counts_only_where_the_round_names_that_server(
    tmp_path: Path, named: str, expected: dict[str, str]
) -> None:
    folder = make_round(tmp_path / "年", OFFICE, authserv=named)
    stated = f"From: zhangsan@dept.example.com\nAuthentication-Results: {SERVER}; spf=fail; dkim=fail"
    put(folder / label("campaign_folder.inbox"), {"信.eml": mail(attachment("表.xlsx", filled()), headers=stated)})
    assert run_cli(["collect", "--campaign", str(folder)]) == 1
    results = json.loads((folder / label("campaign_folder.summary") / "results.json").read_text(encoding="utf-8"))
    (letter,) = [one["mail"] for one in results["files"] if one["file"] == "信.eml"]
    assert letter["authentication"] == expected
