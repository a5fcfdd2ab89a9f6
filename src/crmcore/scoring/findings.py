"""What a lint finds: a path, a stable code, how grave it is, and the figures of the case."""

from collections.abc import Mapping
from typing import Final, Literal

from attrs import field, frozen

from crmcore.kernel.refusals import Label
from crmcore.wording import Language

Level = Literal["error", "warning"]

TEXTS: Final[Mapping[str, Label]] = {
    "source-does-not-fit": Label("the source is not known, or takes other parameters", "来源未知，或参数不符"),
    "wrong-kind": Label(
        "the source never gives what is banded here: numbers for bands, texts for categories",
        "来源给出的值与此处不符：区间需要数值，类别需要文本",
    ),
    "mixed-input": Label("the same value is asked for as a number and as a text", "同一取值既按数值又按文本使用"),
    "unreachable-band": Label("the source never gives a value in this band", "来源的取值不会落入此区间"),
    "impossible-share": Label("a share of the whole is never above 1", "占总体的份额不会超过 1"),
    "few-can-reach": Label(
        "shares of the whole add up to 1: at most {most} can ever reach this band",
        "占总体的份额合计为 1：至多 {most} 个能落入此区间",
    ),
    "non-monotone": Label("points go up and down again along the bands", "分值沿区间时升时降"),
    "non-monotone-cells": Label("a higher level gets a lower grade", "较高水平反而得到较低等级"),
    "non-monotone-grades": Label(
        "grades go up and down again along the bands, or get worse where points get more",
        "等级沿区间时升时降，或分值越高等级越低",
    ),
    "no-effect": Label("this changes no grade and no score", "此项对分数和等级均无影响"),
    "grade-out-of-reach": Label(
        "with these weights no case comes to more than {best}", "按现有权重，最高只能达到 {best}"
    ),
    "unreachable-grade": Label("no case gets this grade", "没有任何情形得到此等级"),
    "unreachable-level": Label("no sum of the group is in this level", "该组的合计不会落入此水平"),
    "unreachable-rule": Label("other rules always come first", "总有其他规则先适用"),
    "ungraded-cells": Label(
        "{known} of {of_known} combinations of known values get no grade, such as {example}; "
        "{cells} of {of_cells} with missing ones",
        "{of_known} 种已知取值组合中有 {known} 种没有等级，例如 {example}；计入缺失值为 {of_cells} 种中的 {cells} 种",
    ),
    "overlap": Label(
        "rules of different grades fit {cells} of {of_cells} combinations, such as {example}: declare which wins",
        "{of_cells} 种组合中有 {cells} 种同时适用不同等级的规则，例如 {example}：请声明何者优先",
    ),
    "ungraded-cell": Label("this cell has no grade", "此格没有等级"),
    "not-proved": Label("too many combinations to look at: nothing is proved", "组合过多，无法逐一证明"),
    "matches-everyone": Label("this condition holds for everybody", "此条件对所有人成立"),
    "matches-nobody": Label("this condition holds for nobody", "此条件对任何人都不成立"),
    "unknown-name": Label("nothing is known by this name", "没有此名称"),
}


@frozen
class Finding:
    """One thing to look at; ``params`` are the figures that the text names."""

    path: str
    code: str
    level: Level
    params: Mapping[str, str | int] = field(factory=dict, hash=False)

    def message(self, lang: Language = "en") -> str:
        """The finding in words, led by its path."""
        return f"{self.path}{'：' if lang == 'zh' else ': '}{TEXTS[self.code].text(lang).format_map(self.params)}"
