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
_BETWEEN_NUMBERS: Final = re.compile(r"[/;,、\n]|\s{2,}|或")
_EXTENSION: Final = re.compile(r"(?:转|分机|ext\.?|x|#)\s*\d*.*$", re.IGNORECASE)
_LONG_DISTANCE: Final = re.compile(r"^(?:00|\+)?86(?=0?[1-9]\d{9,10}$)")
_HOST: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([^/:?#]+)")
_CREDIT_CODE: Final = re.compile(r"[0-9A-Z]{18}")
_LEAST_LABELS: Final = 2


def phone_numbers(text: str) -> Iterator[str]:
    """The numbers of a field in digits only, without country code 86 and extension; several may stand in one field."""
    for one in _BETWEEN_NUMBERS.split(normalize("NFKC", text)):
        bare = re.sub(r"[^\d+]", "", _EXTENSION.sub("", one))
        if number := _LONG_DISTANCE.sub("", bare).lstrip("+"):
            yield number


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
