"""Fabricated companies and people for the demonstration: the same seed gives the same data.

Nothing here exists. Brands are pairs of characters that no well-known firm bears; phone numbers stand in blocks of
fives and zeros, internet names under the domains reserved for examples, credit codes begin with "FAB" where real ones
tell the authority, the kind and the place.
"""

from random import Random
from typing import Final, NamedTuple, TypedDict

import attrs

from crmcore.errors import Fault, Invalid

#: The characters of a unified social credit code, by value; I, O, S, V and Z are left out (GB 32100-2015).
CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class ContactRow(TypedDict):
    """A contact person, by the field names of a contact in the command ``register``."""

    name: str
    position: str
    mobile: str
    email: str
    decision_role: str
    main: bool


class CompanyRow(TypedDict):
    """A company, by the field names of the command ``register``."""

    name: str
    region: str
    country: str
    industry: str
    address: str
    phone: str
    email: str
    website: str
    introduction: str
    source: str
    contacts: list[ContactRow]


@attrs.frozen
class Company:
    """A fabricated company: what one would type to register it, and its unified social credit code."""

    row: CompanyRow = attrs.field(repr=False)
    credit_code: str


@attrs.frozen
class Person:
    """Somebody who works with the CRM, as an actor is made of: id, roles and teams, and a name for people to read."""

    id: str
    name: str = attrs.field(repr=False)
    roles: frozenset[str]
    teams: frozenset[str]


class _Place(NamedTuple):
    region: str
    town: str
    area_code: str
    digits: int


class _Trade(NamedTuple):
    word: str
    industry: str
    does: str


_PLACES: Final = tuple(
    _Place(*place)
    for place in (
        ("江苏省靖江市", "靖江市", "0523", 8),
        ("江苏省苏州市", "苏州", "0512", 8),
        ("浙江省宁波市", "宁波", "0574", 8),
        ("浙江省义乌市", "义乌市", "0579", 8),
        ("上海市", "上海", "021", 8),
        ("北京市", "北京", "010", 8),
        ("天津市", "天津", "022", 8),
        ("重庆市", "重庆", "023", 8),
        ("广东省佛山市", "佛山市", "0757", 8),
        ("广东省深圳市", "深圳市", "0755", 8),
        ("山东省威海市", "威海", "0631", 7),
        ("四川省绵阳市", "绵阳", "0816", 7),
        ("湖北省宜昌市", "宜昌", "0717", 7),
        ("安徽省芜湖市", "芜湖", "0553", 7),
        ("陕西省宝鸡市", "宝鸡", "0917", 7),
        ("辽宁省营口市", "营口", "0417", 7),
    )
)
_TRADES: Final = tuple(
    _Trade(*trade)
    for trade in (
        ("空调", "manufacturing", "生产家用和商用空调"),
        ("精密机械", "manufacturing", "加工精密零件"),
        ("电子科技", "manufacturing", "生产传感器和控制板"),
        ("食品", "manufacturing", "加工谷物和果品"),
        ("包装材料", "manufacturing", "生产纸箱和薄膜"),
        ("软件", "software-it", "开发企业管理软件"),
        ("信息技术", "software-it", "提供系统集成与运维"),
        ("贸易", "wholesale-retail", "批发五金和建材"),
        ("物流", "transport", "承接仓储和干线运输"),
        ("建筑工程", "construction", "承建厂房和道路"),
        ("餐饮管理", "hospitality", "经营连锁餐厅"),
        ("教育咨询", "education", "提供职业培训"),
        ("医疗器械", "health", "销售并维护检验设备"),
        ("环保工程", "environment", "设计污水处理设施"),
        ("物业管理", "real-estate", "管理写字楼和园区"),
        ("农业发展", "agriculture", "种植并销售蔬菜"),
        ("广告", "business-services", "策划并投放广告"),
        ("检测技术", "science", "提供材料检测"),
    )
)
_FIRST: Final = "澄澜皓霁沅砚岚棠珩煦璟筠蔚翊昀骞"
_SECOND: Final = "屿榆圻汀禾岫柘槿垚祎阡鸢砾沚桁"
_BRANDS: Final = tuple(first + second for first in _FIRST for second in _SECOND)
_FORMS: Final = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "厂")
_STREETS: Final = ("示例路", "样本街", "虚拟大道", "演示巷", "测试中路")
_SOURCES: Final = ("exhibition", "web", "forum", "b2b-portal", "content", "call-centre", "referral")
_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN: Final = ("一凡", "子衿", "雨禾", "知行", "思远", "明澈", "若溪", "景行", "安之", "望舒", "清和", "致远")
_POSITIONS: Final = (
    ("采购经理", "buyer"),
    ("总经理", "decision-maker"),
    ("技术主管", "influencer"),
    ("办公室主任", "user"),
)

#: How many different names there are.
MOST: Final = len(_PLACES) * len(_BRANDS) * len(_TRADES)

_TEAM: Final = (
    ("li", "李望舒", ("pre-sales",), ("north",)),
    ("chen", "陈知行", ("pre-sales",), ("north",)),
    ("zhao", "赵雨禾", ("pre-sales",), ("south",)),
    ("sun", "孙景行", ("pre-sales",), ("south",)),
    ("zhou", "周清和", ("after-sales",), ("service",)),
    ("wu", "吴安之", ("after-sales", "customer-success"), ("service",)),
    ("zheng", "郑致远", ("reviewer",), ("office",)),
    ("wang", "王若溪", ("manager",), ("north", "south", "service")),
    ("feng", "冯思远", ("administrator",), ("office",)),
)


def companies(n: int, seed: int = 1) -> list[Company]:
    """``n`` fabricated companies with different full names; the same ``n`` and ``seed`` give the same list.

    :raises Invalid: n is negative or above ``MOST``.
    """
    if not 0 <= n <= MOST:
        raise Invalid([Fault("n", "out-of-range", f"0 to {MOST}")])
    chance = Random(seed)  # noqa: S311 — repeatable data, no secret
    return [_company(number, chance) for number in chance.sample(range(MOST), n)]


def team() -> tuple[Person, ...]:
    """A sales department: four in pre-sales, two in after-sales, a reviewer, a manager and an administrator."""
    return tuple(Person(id, name, frozenset(roles), frozenset(teams)) for id, name, roles, teams in _TEAM)


def credit_code(number: int) -> str:
    """The unified social credit code of the company with that number: 18 characters with right check characters.

    The place of the authority and the region reads "FAB00000"; then follow nine characters of organisation code
    (GB 11714, the ninth being its check character) and the check character of GB 32100.
    """
    organisation = f"{number:08d}"
    body = f"FAB00000{organisation}{_organisation_check(organisation)}"
    total = sum(CREDIT_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + CREDIT_ALPHABET[-total % 31]


def _organisation_check(digits: str) -> str:
    """The check character of an organisation code: weighted sum, modulo 11, ten written as X."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return "0123456789X"[-total % 11]


def _company(number: int, chance: Random) -> Company:
    """The company of a number; chance gives it what does not make its name."""
    rest, place_number = divmod(number, len(_PLACES))
    trade_number, brand_number = divmod(rest, len(_BRANDS))
    place, trade, brand = _PLACES[place_number], _TRADES[trade_number], _BRANDS[brand_number]
    domain = f"c{number:05d}.{chance.choice(('example.com', 'example.org'))}"
    block = "5550" if place.digits == 8 else "555"  # noqa: PLR2004 — numbers of a large city have eight digits
    row = CompanyRow(
        name=f"{place.town}{brand}{trade.word}{chance.choice(_FORMS)}",
        region=place.region,
        country="CN",
        industry=trade.industry,
        address=f"{place.region}{chance.choice(_STREETS)}{chance.randint(1, 299)}号",
        phone=f"{place.area_code}{block}{chance.randint(0, 9999):04d}",
        email=f"info@{domain}",
        website=f"https://www.{domain}",
        introduction=f"{brand}成立于{chance.randint(1995, 2024)}年，{trade.does}，约{chance.randint(2, 80) * 10}人。",
        source=chance.choice(_SOURCES),
        contacts=[_contact(domain, chance)],
    )
    return Company(row, credit_code(number))


def _contact(domain: str, chance: Random) -> ContactRow:
    """The main contact person at a company."""
    position, role = chance.choice(_POSITIONS)
    return ContactRow(
        name=chance.choice(_SURNAMES) + chance.choice(_GIVEN),
        position=position,
        mobile=f"1{chance.choice('3589')}00000{chance.randint(0, 9999):04d}",
        email=f"contact@{domain}",
        decision_role=role,
        main=True,
    )
