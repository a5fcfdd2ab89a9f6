"""Keys, and what contacts and registrations are the same."""

from hashlib import sha256
from subprocess import run
from sys import executable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.matching import Identity, Key, MatchingPolicy, fragment_keys, key, key_rules, keys
from crmcore.matching.contacts import (
    email_address,
    email_addresses,
    is_credit_code,
    own_domain,
    phone_numbers,
    registration_code,
)

NAME = "靖江市春意空调有限公司"
CREDIT_CODE = "91320000MA00000000"


def by(identity: Identity, index: str) -> set[Key]:
    """The keys of one index."""
    return {found for found in keys(identity) if found.by == index}


@pytest.mark.rule("M-05")
def test_a_key_is_the_same_everywhere():
    """Keys are digests, so that another process on another machine makes the same."""
    code = "from crmcore.matching import Identity, keys; print([k.value for k in keys(Identity('\\u6625\\u610f'))])"
    said = run([executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout

    assert str([found.value for found in keys(Identity("春意"))]) == said.strip()
    assert key("full", "春意") == Key("full", 3795116657714258481)


@pytest.mark.rule("M-05")
@given(st.text(max_size=30))
def test_keys_fit_into_a_column(text):
    """Whatever the name, its keys are signed numbers of 64 bits, none of them twice."""
    found = keys(Identity(text))

    assert all(-(2**63) <= one.value < 2**63 for one in found)
    assert len(found) == len(set(found))


@pytest.mark.rule("M-02", "M-04")
@pytest.mark.parametrize(
    ("other", "index"),
    [
        ("靖江市春意空調有限公司", "full"),
        ("江苏省靖江市春意空调有限公司", "core"),
        ("春意空调", "core"),
        ("春意空调股份有限公司", "brand"),
        ("靖江意春空调有限公司", "del"),
        ("靖江春艺空调有限公司", "py"),
        ("靖江春鹤空调有限公司", "near"),
        ("靖江市春意制冷有限公司", "brand"),
        ("靖江春意人空调有限公司", "del"),
    ],
)
def test_names_written_differently_share_a_key(other, index):
    """Each kind of difference is survived by some key."""
    assert by(Identity(NAME), index) & by(Identity(other), index)


def test_a_single_character_left_is_looked_up_within_a_province():
    """Of two characters one says little: in another province it is not looked up."""
    assert not set(keys(Identity(NAME))) & {one for one in keys(Identity("杭州春鹤空调有限公司")) if one.by != "bg"}
    assert by(Identity("春意空调有限公司"), "near") & by(Identity("春鹤空调有限公司"), "near")


def test_a_region_in_short_may_be_part_of_the_brand():
    """The core is indexed with a region in short as well, for it may as well belong to the brand."""
    assert len(by(Identity("永兴明珠贸易有限公司"), "core")) == 2
    assert len(by(Identity("永兴县明珠贸易有限公司"), "core")) == 1


@pytest.mark.parametrize("name", ["有限公司", "春", "GmbH", ""])
def test_names_without_a_brand_have_few_keys(name):
    """What has no brand is still found by its full name, and nothing by nothing."""
    assert {one.by for one in keys(Identity(name))} <= {"full"}


def test_words_are_indexed_by_their_beginnings_and_ends():
    """A word with a slip in the middle shares beginning or end; short words are indexed as they are."""
    shared = by(Identity("Spring Air Ltd"), "bg") & by(Identity("Sprung Air Inc"), "bg")

    assert len(shared) == 4
    assert len(by(Identity("Io Ag"), "bg")) == 1


@pytest.mark.rule("M-02")
def test_contacts_and_registrations_are_indexed():
    """Phones, addresses, domains and codes have keys, each in its index."""
    identity = Identity(
        NAME,
        phones=("+86 138-0000-0000", "0523-84567890"),
        emails=("Sales@Chunyi.example", "li@qq.com"),
        website="https://www.chunyi.example/about",
        credit_code=CREDIT_CODE,
        tax_id="320000000000001",
    )

    assert by(identity, "phone") == {key("phone", "13800000000"), key("phone", "052384567890")}
    assert by(identity, "email") == {key("email", "sales@chunyi.example"), key("email", "li@qq.com")}
    assert by(identity, "domain") == {key("domain", "chunyi.example")}
    assert by(identity, "credit_code") == {key("credit_code", CREDIT_CODE)}
    assert by(identity, "tax_id") == {key("tax_id", "320000000000001")}


@pytest.mark.rule("M-02")
def test_a_tax_id_that_is_the_credit_code_is_indexed_as_that():
    """Since 2015 the one is the other."""
    assert by(Identity(NAME, tax_id=CREDIT_CODE), "credit_code") == by(
        Identity(NAME, credit_code=CREDIT_CODE), "credit_code"
    )


def test_short_numbers_do_not_count():
    """Numbers of fewer digits than the policy asks for are extensions or slips."""
    assert by(Identity(NAME, phones=("8406",)), "phone") == set()


def test_individuals_have_keys_by_name_and_phone_only():
    """Persons of one name are many, so the name alone has no key."""
    someone = Identity("王春意", kind="individual", phones=("13800000000",))

    assert {"full", "phone"} == {one.by for one in keys(someone)}
    assert keys(Identity("王春意", kind="individual")) == ()
    assert keys(Identity("", kind="individual", phones=("13800000000",)))[0].by == "phone"


def test_the_rules_of_keys_tell_when_records_need_new_ones():
    """Policies that make the same keys have the same rules."""
    assert key_rules() == key_rules(MatchingPolicy(warn=85))
    assert key_rules() != key_rules(MatchingPolicy(phone_digits=8))
    assert key_rules() != key_rules(MatchingPolicy(indexes=("full", "core")))


def test_other_keys_have_other_rules():
    """What makes the same customer other keys raises the version, so that stored keys are noticed as old."""
    names = [
        NAME,
        "春意（上海）空調",
        "永兴明珠贸易",
        "3M中国有限公司",
        "İstanbul Metro A.Ş.",
        "บริษัท สปริง",
        "Spring Air Ltd",
    ]
    told = Identity(
        "हिन्दी贸易有限公司",
        phones=("13800138000 0523-85678901-801", "Tel/Fax: 84567890x12"),
        emails=("anna@beispiel.example; anna.b@muster.example",),
        website="www.chunyi.example",
        credit_code=CREDIT_CODE,
        tax_id="320000000000001",
    )
    found = [keys(one) for one in (*map(Identity, names), told, attrs.evolve(told, name="王某", kind="individual"))]

    assert ("3", "c0554a481835735f") == (key_rules().partition(":")[0], sha256(repr(found).encode()).hexdigest()[:16])


def test_only_the_indexes_of_the_policy_have_keys():
    """A policy may do without some."""
    assert {one.by for one in keys(Identity(NAME), MatchingPolicy(indexes=("full", "brand")))} == {"full", "brand"}


@pytest.mark.rule("M-01")
@pytest.mark.parametrize("text", ["春意", "春意空", "靖江春意", "空调有限", "意空调公司"])
def test_a_fragment_shares_a_key_with_its_name(text):
    """As one types, some key of the fragment is one of the name's."""
    assert set(fragment_keys(text)) & set(keys(Identity(NAME)))


@pytest.mark.rule("M-01")
@pytest.mark.parametrize("text", ["spr", "Spring", "spring ai", "air spring"])
def test_a_beginning_of_a_word_shares_a_key_with_its_name(text):
    """From three letters on words are found by their beginnings, also among Chinese characters."""
    assert set(fragment_keys(text)) & set(keys(Identity("Spring Air Ltd")))
    assert set(fragment_keys("abc")) <= set(keys(Identity("成都ABCD科技有限公司")))


@pytest.mark.rule("M-01")
@pytest.mark.parametrize("name", ["3M中国有限公司", "成都3M科技有限公司", "3M", "3M Trading Ltd", "Trading 3M Ltd"])
def test_two_letters_share_a_key_with_whose_they_are(name):
    """As a word, or among Chinese characters."""
    assert set(fragment_keys("3m")) & set(keys(Identity(name)))


@pytest.mark.rule("M-01")
def test_what_is_a_form_at_the_end_may_begin_a_name():
    """Who types Bank has not come to the end."""
    assert set(fragment_keys("bank")) & set(keys(Identity("Bank of Spring")))


@pytest.mark.rule("M-01")
@pytest.mark.parametrize("text", ["", "春", "a", "…", "(a)", "= ="])
def test_fragments_that_are_too_short_are_refused(text):
    """What would find everybody, or is no text, is refused, and the refusal tells what is expected."""
    with pytest.raises(Invalid) as refused:
        fragment_keys(text)

    assert [("text", "too-short")] == [(fault.path, fault.code) for fault in refused.value.faults]


@pytest.mark.rule("M-01", "M-02")
@pytest.mark.parametrize(
    "asked",
    [
        fragment_keys,
        Identity,
        lambda text: Identity("春意", region=text),
        lambda text: Identity("春意", phones=("1", text)),
        lambda text: Identity("春意", emails=(text,)),
        lambda text: Identity("春意", website=text),
        lambda text: Identity("春意", credit_code=text),
    ],
)
def test_texts_longer_than_any_name_are_refused(asked):
    """Neither a search nor an identity takes what could never be on record; what can be is taken."""
    asked("春意" * 100)
    with pytest.raises(Invalid) as refused:
        asked("春意" * 100 + "空")

    assert [("too-long", "at most 200 characters")] == [(fault.code, fault.expected) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13800000000", ["13800000000"]),
        ("+86 138 0000 0000", ["13800000000"]),
        ("0086-13800000000", ["13800000000"]),
        ("8613800000000", ["13800000000"]),
        ("86-523-84567890", ["052384567890"]),
        ("+86 523 84567890", ["052384567890"]),
        ("+86 (0)523 84567890", ["052384567890"]),
        ("0086 10 60000000", ["01060000000"]),
        ("+86 21 60000000", ["02160000000"]),
        ("+0086 138 0000 0000", ["13800000000"]),
        ("013800000000", ["13800000000"]),
        ("+86 400 800 0000", ["4008000000"]),
        ("86000000", ["86000000"]),
        ("0523-84567890转8", ["052384567890"]),
        ("(0523)84567890 ext. 12", ["052384567890"]),
        ("0523-84567890/13800000000；010-60000000", ["052384567890", "13800000000", "01060000000"]),
        ("\uff11\uff13\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10", ["13800000000"]),
        ("0523/84567890", ["052384567890"]),
        ("0523-84567890  13800000000", ["052384567890", "13800000000"]),
        ("138  0000  0000", ["13800000000"]),
        ("0523-84567890  ext 12", ["052384567890"]),
        ("+44 20 7946 0000", ["442079460000"]),
        ("0044 20 7946 0000", ["442079460000"]),
        ("none", []),
        ("", []),
    ],
)
def test_phone_numbers(text, numbers):
    """A number compares the same however it is written, without extension; a field may hold several."""
    assert numbers == list(phone_numbers(text))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13800138000 13900139000", ["13800138000", "13900139000"]),
        ("138 0013 8000 139 0013 9000", ["13800138000", "13900139000"]),
        ("0523 85678901 400 800 1234", ["052385678901", "4008001234"]),
        ("85678901 85678902", ["85678901", "85678902"]),
        ("Tel 0523-85678901 Fax 0523-85678902", ["052385678901", "052385678902"]),
        ("0523-85678901转8 13800138000", ["052385678901", "13800138000"]),
        ("0523-85678901-801 13800138000", ["052385678901", "13800138000"]),
        ("13800138000 +49 89 1234567", ["13800138000", "49891234567"]),
        ("+1 212 555 1234 +1 212 555 1235", ["12125551234", "12125551235"]),
        ("\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff10\u300013900139000",
         ["13800138000", "13900139000"]),
        ("138 0013 8000", ["13800138000"]),
        ("0523 85678901", ["052385678901"]),
        ("010 6000 0000", ["01060000000"]),
        ("+86 138 0013 8000", ["13800138000"]),
        ("86 0523 8567 8901", ["052385678901"]),
        ("86 10 6000 0000", ["01060000000"]),
        ("+49 89 1234567", ["49891234567"]),
        ("44 20 7946 0000", ["442079460000"]),
        ("+1 212 555 1234", ["12125551234"]),
        ("13800138000 (Anna)", ["13800138000"]),
    ],
)  # fmt: skip
def test_phone_numbers_with_a_space_between(text, numbers):
    """A space is between two numbers where both are complete, and otherwise within one."""
    assert numbers == list(phone_numbers(text))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0523-85678901-801", "052385678901"),
        ("0523 85678901 - 801", "052385678901"),
        ("0523-8567890-1", "05238567890"),
        ("85678901-801", "85678901"),
        ("86-10-60000000-801", "01060000000"),
        ("400-800-1234-801", "4008001234"),
        ("0523\uff0d85678901\uff0d801", "052385678901"),
        ("0523\u201385678901\u2013801", "052385678901"),
        ("138-0013-8000", "13800138000"),
        ("1380013-8000", "13800138000"),
        ("021-5888-8888", "02158888888"),
        ("400-800-1234", "4008001234"),
        ("8008208-820", "8008208820"),
        ("+1-212-555-1234", "12125551234"),
        ("0523-8567-8901", "052385678901"),
        ("8567-8901", "85678901"),
        ("86215888-8888", "02158888888"),
    ],
)
def test_an_extension_after_a_dash(text, number):
    """It is one only behind a complete number; within a number a dash says nothing."""
    assert [number] == list(phone_numbers(text))


@pytest.mark.parametrize(
    "text",
    [
        "Tel/Fax: 84567890",
        "\uff34\uff45\uff4c\uff0f\uff26\uff41\uff58\uff1a\uff18\uff14\uff15\uff16\uff17\uff18\uff19\uff10",
        "84567890x12",
        "84567890 X 12",
        "84567890 (x12)",
        "84567890\uff5812",
        "84567890 ext. 12",
        "84567890 Ext 12",
        "84567890分机12",
        "84567890 转 12",
        "84567890\uff0312",
    ],
)
def test_marks_of_extensions(text):
    """An x is one between digits only: Fax ends in one."""
    assert ["84567890"] == list(phone_numbers(text))


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.chunyi.example/x?y", "chunyi.example"),
        ("WWW.Chunyi.com.cn", "chunyi.com.cn"),
        ("li@mail.chunyi.com.cn", "chunyi.com.cn"),
        ("www.chunyi.js.cn", "chunyi.js.cn"),
        ("li@chunyi.bj.cn", "chunyi.bj.cn"),
        ("js.cn", ""),
        ("li@online.sh.cn", ""),
        ("www.chunyi.bj.example", "bj.example"),
        ("li@qq.com", ""),
        ("li@vip.163.com", ""),
        ("shop.1688.com", ""),
        ("http://10.0.0.1/", ""),
        ("localhost", ""),
        ("com.cn", ""),
        ("not a domain.example", ""),
        ("", ""),
    ],
)
def test_own_domains(text, domain):
    """Domains of providers and market places are nobody's own."""
    assert domain == own_domain(text)


@pytest.mark.parametrize(
    ("text", "address"), [(" Li@Chunyi.EXAMPLE ", "li@chunyi.example"), ("li", ""), ("@x.example", ""), ("li@x", "")]
)
def test_an_email_address(text, address):
    """Case does not count, and what is no address has no key."""
    assert address == email_address(text)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Anna@Beispiel.de", ["anna@beispiel.de"]),
        ("anna@beispiel.de; anna.b@beispiel.de", ["anna@beispiel.de", "anna.b@beispiel.de"]),
        ("a@x.example,b@x.example、c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
        ("a@x.example b@x.example/c@x.example或d@x.example", [f"{one}@x.example" for one in "abcd"]),
        ("\uff41\uff20x.example\uff1bb@x.example\uff0cc@x.example\u3000", [f"{one}@x.example" for one in "abc"]),
        ("Anna Beispiel <anna@beispiel.de>", ["anna@beispiel.de"]),
        ("邮箱\uff1aanna@beispiel.de。", ["anna@beispiel.de"]),
        ("none; @x.example", []),
        ("", []),
    ],
)
def test_email_addresses(text, addresses):
    """A field may hold several, with whatever between them; what is no address is left out."""
    assert addresses == list(email_addresses(text))


@pytest.mark.rule("M-02")
def test_each_address_of_a_field_is_indexed():
    """Also the domain of each, but for those of providers."""
    identity = Identity(NAME, emails=("anna@beispiel.example; anna.b@qq.com", "bob@muster.example"))

    assert by(identity, "email") == {
        key("email", one) for one in ("anna@beispiel.example", "anna.b@qq.com", "bob@muster.example")
    }
    assert by(identity, "domain") == {key("domain", one) for one in ("beispiel.example", "muster.example")}


def test_registration_codes():
    """Spaces, marks and case do not count."""
    assert registration_code(" 9132 0000-ma00000000 ") == CREDIT_CODE
    assert is_credit_code(CREDIT_CODE)
    assert not is_credit_code("320000000000001")


def test_an_identity_hides_what_is_personal():
    """Name, phones, addresses, website and codes do not show in repr (A-05)."""
    shown = repr(
        Identity("王春意", phones=("13800000000",), emails=("li@x.example",), website="wang.example", credit_code="9",
                 tax_id="1")
    )  # fmt: skip

    assert not [text for text in ("王春意", "138", "li@", "wang", "credit_code", "tax_id") if text in shown]
    assert {"name", "phones", "emails", "website", "credit_code", "tax_id"} == {
        attribute.name for attribute in attrs.fields(Identity) if attribute.metadata.get("personal")
    }
