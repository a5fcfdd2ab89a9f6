"""When two phone numbers, addresses on the web, or registration codes are the same."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

#: Providers whose addresses say nothing of who a customer is.
FREE_MAIL: Final = frozenset(
    "qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net vip.163.com vip.126.com 188.com sina.com sina.cn "
    "sina.com.cn vip.sina.com sohu.com vip.sohu.com tom.com 21cn.com 263.net 263.net.cn eyou.com 139.com 189.cn wo.cn "
    "aliyun.com alibaba.com.cn china.com citiz.net online.sh.cn chinaren.com gmail.com googlemail.com outlook.com "
    "hotmail.com live.com live.cn msn.com yahoo.com yahoo.cn yahoo.com.cn yahoo.co.jp yahoo.co.uk icloud.com me.com "
    "mac.com aol.com gmx.de gmx.net web.de t-online.de mail.ru yandex.ru protonmail.com proton.me orange.fr wanadoo.fr "
    "free.fr libero.it naver.com daum.net hanmail.net".split()
)
# Sites where many companies have a page.
_SHARED_SITES: Final = frozenset(
    "1688.com alibaba.com taobao.com tmall.com jd.com weibo.com facebook.com linkedin.com".split()
)
_SHARED: Final = FREE_MAIL | _SHARED_SITES
_SECOND_LEVEL: Final = frozenset("com net org gov edu ac co or ne go mil".split())
# Below .cn every province has a domain of its own, under which companies have theirs.
_PROVINCES: Final = frozenset(
    "bj sh tj cq he sx nm ln jl hl js zj ah fj jx sd ha hb hn gd gx hi sc gz yn xz sn gs qh nx xj tw hk mo".split()
)
# A stroke after an area code is within a number, all others are between two; so is a wide gap between whole numbers,
# and any gap before a country code.
_BETWEEN_NUMBERS: Final = re.compile(r"(?<!(?<!\d)0\d\d)(?<!(?<!\d)0\d\d\d)/|[;,、\n]|或")
_GAP: Final = re.compile(r"\s{2,}|\s+(?=\+)")
_LEAST_DIGITS: Final = 7
# An x counts between digits only, for Fax ends in one.
_EXTENSION: Final = re.compile(r"(?:转|分机|ext|#|(?<=\d)[\s(.]*x(?=[\s.]*\d)).*$", re.IGNORECASE)
_AFTER_DASH: Final = re.compile(r"(.*)[-\u2010-\u2015\u2212]\s*(\d{1,6})\D*")
#: So few digits after a dash are an extension even where a number might be as long: numbers are not grouped like that.
_NO_GROUP: Final = 2
_ABROAD: Final = re.compile(r"^\+?(?:00)?(?=[1-9])")
_CHINA: Final = re.compile(r"86(0?[1-9]\d{9,10})")
#: Mobile numbers, and those that are the same from everywhere.
_WITHOUT_AREA: Final = re.compile(r"0?(1[2-9]\d{9}|[48]00\d{7})")
#: Complete numbers: those, and landlines with their area codes (two digits after the 0 in the largest cities).
_COMPLETE: Final = re.compile(r"1[2-9]\d{9}|[48]00\d{7}|0(?:10|2\d)\d{8}|0[3-9]\d{9,10}")
#: A landline without area code: only in one piece it is told from part of a longer number.
_LOCAL: Final = re.compile(r"[^\d+]*[2-9]\d{6,7}[^\d+]*")
# Also what may stand around an address: a name before it, brackets.
_BETWEEN_ADDRESSES: Final = re.compile(r"[;,、。:/<>()\[\]\"\s]+|或")
_HOST: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([^/:?#]+)")
_CREDIT_CODE: Final = re.compile(r"[0-9A-Z]{18}")
_LEAST_LABELS: Final = 2


def phone_numbers(text: str) -> Iterator[str]:
    """The numbers of a field as they compare, without extension; several may stand in one field.

    They are digits only: a landline in China with its area code from 0 on, a mobile number of 11 digits, both without
    the country code 86; numbers of other countries with their code, without what is dialled before it.
    """
    for one in _apart(normalize("NFKC", text)):
        if number := _compared(_without_extension(one)):
            yield number


def _apart(text: str) -> Iterator[str]:
    """The numbers of a field as written."""
    for part in _BETWEEN_NUMBERS.split(text):
        pieces = _GAP.split(part)
        whole = all(sum(map(str.isdigit, piece)) >= _LEAST_DIGITS for piece in pieces)
        for piece in pieces if whole else (part,):
            yield from _neighbours(piece)


def _neighbours(text: str) -> list[str]:
    """The numbers with single spaces between them; the text as it is, unless it is nothing but complete numbers."""
    words = text.split()
    if len(words) <= 1:
        return [text]
    found: list[str] = []
    rest = ""
    for word in words:
        rest = f"{rest} {word}"
        if _is_complete(_without_extension(rest)):
            found.append(rest)
            rest = ""
    return [text] if len(found) <= 1 or any(map(str.isdigit, rest)) else found


def _without_extension(text: str) -> str:
    """A number without what is dialled after it: behind a mark, or a complete number and a dash."""
    number = _EXTENSION.sub("", text)
    parts = _AFTER_DASH.fullmatch(number)
    if parts is None or not _is_complete(parts[1]):
        return number
    return number if len(parts[2]) > _NO_GROUP and _is_complete(number) else parts[1]


def _is_complete(text: str) -> bool:
    """Whether nothing is missing of a number, but for the area code at most."""
    return _COMPLETE.fullmatch(_compared(text)) is not None or _LOCAL.fullmatch(text) is not None


def _compared(text: str) -> str:
    """The digits of a number as they compare."""
    dialled = re.sub(r"[^\d+]", "", text)
    return _at_home(_ABROAD.sub("", dialled).replace("+", ""))


def _at_home(digits: str) -> str:
    """A number as it is dialled in China."""
    in_china = _CHINA.fullmatch(digits)
    bare = in_china[1] if in_china else digits
    if own := _WITHOUT_AREA.fullmatch(bare):
        return own[1]
    return "0" + bare if in_china and bare[0] != "0" else bare


def email_addresses(text: str) -> Iterator[str]:
    """The e-mail addresses of a field, each in one case; several may stand there, and whose they are."""
    for one in _BETWEEN_ADDRESSES.split(normalize("NFKC", text)):
        if address := email_address(one.strip(".")):
            yield address


def email_address(text: str) -> str:
    """An e-mail address in one case; empty where it is none."""
    address = normalize("NFKC", text).strip().casefold()
    local, at, host = address.rpartition("@")
    return address if at and local and "." in host else ""


def own_domain(text: str) -> str:
    """The domain that a website or an e-mail address is of; empty for none, and for those that many share."""
    match = _HOST.match(normalize("NFKC", text).strip().casefold())
    labels = [label for label in (match[1] if match else "").rstrip(".").split(".") if label]
    if len(labels) < _LEAST_LABELS or not all(map(_is_label, labels)) or labels[-1].isdigit():
        return ""
    country = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL  # noqa: PLR2004 — countries have two letters
    country |= labels[-1] == "cn" and labels[-2] in _PROVINCES
    own = labels[-3 if country else -2 :]
    if len(own) < _LEAST_LABELS + country or not {".".join(own), ".".join(labels)}.isdisjoint(_SHARED):
        return ""
    return ".".join(own)


def _is_label(label: str) -> bool:
    return label.replace("-", "").isalnum()


def registration_code(text: str) -> str:
    """A registration code or tax id in capitals, without spaces and marks."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).upper()))


def is_credit_code(code: str) -> bool:
    """Whether a code, as ``registration_code`` gives it, has the shape of a unified social credit code."""
    return _CREDIT_CODE.fullmatch(code) is not None
