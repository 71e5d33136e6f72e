"""Responses of an invented survey, for the worked example in the questionnaire workbook.

300 people answer in three ways, by turns: delighted, content, lukewarm. Among them stand seven responses that must not
count, and a blank row. Every number can be worked by hand; ``tests/test_office_survey_form.py`` does. Run
``python samples/make_survey.py FOLDER`` to write the questionnaire and the responses there.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from smartcity_xl.messages import words
from smartcity_xl.office.survey.write import write_questionnaire

EXAMPLE = words("survey_example")
HEADS = ["序号", "区县", "年龄段", *(question["column"] for question in EXAMPLE["questions"]), "其他意见"]
WAYS = (
    ["很满意", "很满意", "很满意", "很满意", "10", "是"],  # 100
    ["满意", "满意", "满意", "满意", "7", "否"],  # 65 % of 75, 20 % of 70, 15 % of 0: 62.75
    ["一般", "不清楚", "(空)", "一般", "5", "没有提过诉求"],  # 55 % answered, all of it 50
)
COUNTIES = ("东城区", "西城区")
AGES = ("18—40 岁", "41—60 岁", "60 岁以上")


def survey_rows() -> list[list[str]]:
    """The headings, then 300 responses that count and seven that do not, as an export of a survey platform has them."""
    rows = [
        [
            f"R{number:03}",
            COUNTIES[number % 2],
            AGES[number % 3],
            *WAYS[number % 3],
            "希望办事更快些" * (number % 7 == 0),
        ]
        for number in range(300)
    ]
    again = [[*rows[number][:3], *WAYS[1], "再填一次"] for number in (3, 6, 9)]  # the same respondent once more
    silent = [
        ["R900", COUNTIES[0], AGES[0], *[""] * 6, ""],
        ["R901", COUNTIES[1], AGES[1], *["不清楚"] * 4, "", "", ""],
    ]
    hasty = [["R902", COUNTIES[0], AGES[2], "满意", *[""] * 5, ""]]  # 20 % of the weight
    strange = [["R903", COUNTIES[1], AGES[0], *["好评"] * 4, "11", "也许", ""]]  # nothing of it on a scale
    blank = [[""] * len(HEADS)]
    return [HEADS, *rows[:100], *silent, *rows[100:], *again, *hasty, *strange, *blank]


def write_csv(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode(encoding)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "调查问卷.xlsx").write_bytes(write_questionnaire())
    (folder / "答卷.csv").write_bytes(write_csv(survey_rows(), "gb18030"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
