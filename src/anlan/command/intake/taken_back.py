"""What a text takes back itself: 由2人更正为3人, 不是12人受伤,是2人, 系误报. It is blanked, so that only what stands is read."""

from __future__ import annotations

import re

from .numerals import NUMBER

_MEASURE = r"\s*(?:人|名|个|位|例)?"
_BECOMES = r"(?:更正|修正|上升|增加|增|下降|减少|核减|核增|调整|变更|升|降|改|变)"
TAKEN_BACK = (
    # 死亡由1人更正为2人
    re.compile(rf"(?:人数)?(?:由|从)(?:原来的?)?\s*(?:{NUMBER}){_MEASURE}{_BECOMES}?(?:了)?(?:为|至|到|成)"),
    # 不是12人受伤,是2人受伤; 不是一个,是四个
    re.compile(rf"不是(?:有)?\s*(?:{NUMBER}){_MEASURE}[^,，。;；\d]{{0,5}}[,，]?\s*(?:而|就|应该?)?是"),
    # 困了九个不是七个
    re.compile(rf"(?<=[人个名俩仨位])[,，]?不是\s*(?:{NUMBER}){_MEASURE}(?![^,，。;；]*是)"),
    # 刚才报的死亡3人有误
    re.compile(
        r"(?:^|(?<=[,，。;；\n]))[^,，。;；\n]*(?:有误|写错了?|报错了?|误报|误听|作废|取消|撤销|听错|"
        r"说错了?)(?=$|[,，。;；!\n])"
    ),
    # 前报"被困6人"更正为被困3人
    re.compile(
        r"(?:前报|原报|初报|此前报|之前报|首报|先前报)[^,，。;；]{0,16}?(?:更正|修正|变更|调整|改|应|实)(?:为|是)"
    ),
    # 没死四个,死了三个 … 不不不
    re.compile(rf"(?:{NUMBER}){_MEASURE}[,，](?:不不+|不对)[,，](?=(?:{NUMBER}))"),
)
#: A figure that was told earlier and may stand no longer.
OF_BEFORE = re.compile(
    r"前报|原报|初报|原来报|之前报|先前说|先前报|此前通报|之前通报|刚才报|先说|起初说|原先说|"
    r"一开始说|原以为|那边说|昨天是"
)


def without_taken_back(text: str) -> str:
    """``text`` with what it takes back replaced by spaces, the same length."""
    for pattern in TAKEN_BACK:
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text
