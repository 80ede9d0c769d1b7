"""Task cards: roles that nobody holds, cards that wait for each other, deadlines that cannot be met, orders without their elements."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from anlan.places.data.roster import read_role_names

from ..data.plan_document import Plan, ResponseLevel, TaskCard
from ..data.response_levels import global_rules
from ..plan_files import Finding
from ..wording import STARTS, minutes_text, role_name

#: Who signs, lowest first.
SIGNERS = ("hq_office_head", "deputy", "commander", "top_leader")
#: What a sign card has to name where the plan writes no order text: the four elements, by a word that each cannot do without.
_ELEMENT_WORDS = {"响应事项": "事项", "级别": "级别", "预计期限": "期限", "处置措施": "措施"}
_ORDER = {"event": 0, "receive": 1, "proposal": 2, "start": 3}


def check_cards(plan: Plan, at: str, held: Mapping[str, Collection[str]] | None) -> Iterator[Finding]:
    """`held`: role → who holds it; None asks the plan's own organisation, and failing that whether the role is known at all."""
    yield from _nobody(plan, at, held)
    for level in plan.levels:
        place = f"{at}.levels[{level.level}]"
        yield from _cycles(level, place)
        yield from _deadlines(level, place)
        yield from _doubled(level, place)
        yield from _signing(plan, level, place)
    yield from _between_levels(plan, at)


def _nobody(plan: Plan, at: str, held: Mapping[str, Collection[str]] | None) -> Iterator[Finding]:
    own = {m.role: m.held_by for m in plan.organisation}
    known = set(read_role_names())
    for role, places in _asked(plan).items():
        where = f"{at}.{places[0]}"
        if held is not None:
            missing = not held.get(role)
            why = "名册里没有岗位或单位承担"
        elif own:
            missing = not own.get(role) and (role in own or role not in known)
            why = "组织体系里没有写由谁承担" if role in own else "组织体系里没有这个角色，机构数据里也没有"
            if not missing and role not in own:
                yield Finding(
                    "role_outside", where, f"“{role_name(role)}”（{role}）有任务，但组织体系里没有列出", "在 organisation 里补上",
                    "advice",
                )  # fmt: skip
        else:
            missing, why = role not in known, "机构数据里没有这个角色"
        if missing:
            yield Finding(
                "role_nobody_holds", where, f"“{role_name(role)}”（{role}）没有人承担：{why}；涉及 {len(places)} 处",
                "改为已有的角色，或在 organisation 里写明由谁承担（held_by）",
            )  # fmt: skip


def _asked(plan: Plan) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {}
    for level in plan.levels:
        asked.setdefault(level.approve.role, []).append(f"levels[{level.level}].approve")
        for card in level.tasks:
            asked.setdefault(card.role, []).append(f"levels[{level.level}].tasks[{card.id}]")
    for line in plan.notify:
        asked.setdefault(line.role, []).append(f"notify[{line.id}]")
    return asked


def _cycles(level: ResponseLevel, place: str) -> Iterator[Finding]:
    needs = {card.id: card.needs for card in level.tasks}
    for card in level.tasks:
        for name in card.needs:
            if name not in needs:
                yield Finding(
                    "unknown_need", f"{place}.tasks[{card.id}].needs", f"“{card.zh}”要等“{name}”先完成，但{level.level}级没有这张任务卡",
                    "补上这张任务卡，或删去 needs 里的编号",
                )  # fmt: skip
    for circle in circles(needs):
        yield Finding(
            "cycle", f"{place}.tasks[{circle[0]}].needs", f"任务互相等待，谁也无法开始：{' → '.join([*circle, circle[0]])}",
            "去掉其中一个先后关系（needs）",
        )  # fmt: skip


def circles(links: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Circles in a graph, each once and as it runs; nested links to nowhere are left out."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in links:
        path: list[str] = []
        on_path: set[str] = set()
        stack = [(start, iter(links[start]))] if start not in done else []
        if stack:
            path, on_path = [start], {start}
        while stack:
            name, following = stack[-1]
            step = next((n for n in following if n in links and n not in done), None)
            if step is None:
                stack.pop()
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif step in on_path:
                found.append(path[path.index(step) :])
            else:
                stack.append((step, iter(links[step])))
                path.append(step)
                on_path.add(step)
    return found


def _deadlines(level: ResponseLevel, place: str) -> Iterator[Finding]:
    cards = {card.id: card for card in level.tasks}
    for card in level.tasks:
        where = f"{place}.tasks[{card.id}].within_min"
        if card.within_min == 0 and card.t0 != "event":
            yield Finding("impossible_deadline", where, f"“{card.zh}”的时限是 0 分钟", "填写能做到的分钟数")
        if card.takes_min is not None and card.takes_min > card.within_min:
            yield Finding(
                "impossible_deadline", where,
                f"“{card.zh}”本身要做 {minutes_text(card.takes_min)}，时限只有 {minutes_text(card.within_min)}", "放宽时限，或提前开始",
            )  # fmt: skip
        for name in card.needs:
            before = cards.get(name)
            if before is not None and _too_late(before, card):
                yield Finding(
                    "impossible_deadline", where,
                    f"“{card.zh}”{_when(card)}须完成，它要等的“{before.zh}”{_when(before)}才到期", "放宽后一项，或收紧前一项的时限",
                )  # fmt: skip
    sign = next((c for c in level.tasks if c.t0 == "proposal"), None)
    for card in level.tasks:
        if sign is not None and card.t0 == "proposal" and card is not sign and card.within_min > 24 * 60:
            yield Finding(
                "long_deadline", f"{place}.tasks[{card.id}]", f"“{card.zh}”从建议提交起超过一天", "核对起算点", "advice"
            )


def _too_late(before: TaskCard, card: TaskCard) -> bool:
    """Whether what is waited for is due after the card itself, however soon everything else goes."""
    if _ORDER[before.t0] < _ORDER[card.t0]:
        return False
    return before.within_min + (card.takes_min or 0) > card.within_min


def _when(card: TaskCard) -> str:
    return f"{STARTS[card.t0]} {minutes_text(card.within_min)}内"


def _doubled(level: ResponseLevel, place: str) -> Iterator[Finding]:
    seen: dict[tuple[str, str], TaskCard] = {}
    for card in level.tasks:
        before = seen.setdefault((card.role, card.zh), card)
        if before is not card:
            yield Finding(
                "duplicate", f"{place}.tasks[{card.id}]", f"“{card.zh}”给“{role_name(card.role)}”写了两次（{before.id}、{card.id}）",
                "删去一张", "warning",
            )  # fmt: skip


def _signing(plan: Plan, level: ResponseLevel, place: str) -> Iterator[Finding]:
    """The order that starts the level: who signs it, and that it says matter, level, expected time and measures."""
    rule = global_rules()["content"]
    needed = list(rule.values["order_elements"])
    cards = [c for c in level.tasks if c.t0 == "proposal"]
    if level.order is not None:
        if level.order.level != level.level:
            yield Finding(
                "order_elements",
                f"{place}.order.level",
                f"{level.level}级的启动令写成了{level.order.level}级",
                "改为本级",
            )
    elif not cards:
        yield Finding(
            "order_elements", place, f"{level.level}级没有签发启动令的任务卡，也没有启动令文本：{'、'.join(needed)}无处可依",
            f"补上 order（matter、level、expected_hours、measures）或签发任务卡；依据：{rule.provenance.source}",
        )  # fmt: skip
    elif missing := [e for e in needed if not any(_ELEMENT_WORDS.get(e, e) in c.zh for c in cards)]:
        yield Finding(
            "order_elements", f"{place}.tasks[{cards[0].id}]", f"{level.level}级的启动令缺少法定要素：{'、'.join(missing)}",
            f"补上 order（matter、level、expected_hours、measures）或在签发任务卡里写明四要素；依据：{rule.provenance.source}",
        )  # fmt: skip
    if cards and all(c.role != level.approve.role for c in cards):
        yield Finding(
            "signer_differs", f"{place}.approve",
            f"{level.level}级由“{role_name(level.approve.role)}”签发，签发任务卡却给了“{role_name(cards[0].role)}”", "使两处一致",
        )  # fmt: skip
    if level.approve.role not in SIGNERS:
        yield Finding(
            "signer_unknown", f"{place}.approve.role", f"“{role_name(level.approve.role)}”不是能签发响应的职务",
            f"应为{'、'.join(role_name(r) for r in SIGNERS)}之一",
        )  # fmt: skip


def _between_levels(plan: Plan, at: str) -> Iterator[Finding]:
    for higher, lower in pairwise(plan.levels):
        pair = f"{higher.level}级与{lower.level}级"
        if higher.report_every_min > lower.report_every_min:
            yield Finding(
                "looser_when_higher", f"{at}.levels[{higher.level}].report_every_min",
                f"{pair}：级别高的报告反而稀（{higher.report_every_min} 分钟与 {lower.report_every_min} 分钟）", "级别越高应报得越勤",
                "warning",
            )  # fmt: skip
        roles = [lv.approve.role for lv in (higher, lower)]
        if all(r in SIGNERS for r in roles) and SIGNERS.index(roles[0]) < SIGNERS.index(roles[1]):
            yield Finding(
                "signer_lower", f"{at}.levels[{higher.level}].approve.role",
                f"{pair}：级别高的由职务低的签发（{role_name(roles[0])}与{role_name(roles[1])}）", "核对签发权限",
            )  # fmt: skip
        above = {c.id: c for c in higher.tasks}
        for card in lower.tasks:
            same = above.get(card.id)
            if same is None:
                yield Finding(
                    "lost_when_higher",
                    f"{at}.levels[{higher.level}].tasks",
                    f"{pair}：“{card.zh}”升级后没有了",
                    "确需取消的可以不改",
                    "advice",
                )
            elif same.t0 == card.t0 and same.within_min > card.within_min:
                yield Finding(
                    "looser_when_higher", f"{at}.levels[{higher.level}].tasks[{card.id}].within_min",
                    f"{pair}：“{card.zh}”升级后时限反而长（{minutes_text(same.within_min)}与{minutes_text(card.within_min)}）", "核对时限",
                    "advice",
                )  # fmt: skip
