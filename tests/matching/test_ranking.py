"""Looking up who is alike, and what contains a fragment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.matching import (
    Identity,
    Key,
    MatchingPolicy,
    MemoryIndex,
    NameParts,
    Posting,
    find_fragment,
    keys,
    normalise,
    rank,
)
from crmcore.matching.ranking import SAYING
from crmcore.matching.tables import divisions

NAMES = {
    "C1": "靖江市春意空调有限公司",
    "C2": "靖江市鹓雏空调有限公司",
    "C3": "上海春意贸易有限公司",
    "C4": "泰兴市云帆纺织品有限公司",
    "C5": "Spring Air Services Ltd",
    "C6": "Summer Water Ltd",
}


def filled(names: dict[str, str] = NAMES, policy: MatchingPolicy | None = None) -> MemoryIndex:
    """An index of some names."""
    index = MemoryIndex(policy or MatchingPolicy())
    for id, name in names.items():
        index.add(id, Identity(name))
    return index


@pytest.mark.rule("M-02", "M-04")
@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("春意空调", "C1"),
        ("江苏省靖江市春意空調（集团）有限公司", "C1"),
        ("靖江市春亿空调有限公司", "C1"),
        ("鹓雏空调厂", "C2"),
        ("春意商贸（上海）公司", "C3"),
        ("泰兴云帆纺织", "C4"),
        ("Sprimg Air Service Limited", "C5"),
    ],
)
def test_the_likeliest_comes_first(name, id):
    """Names written differently find the record they mean, and tell by which keys."""
    hit = rank(Identity(name), filled())[0]

    assert id == hit.id
    assert hit.shared
    assert hit.comparison.parts


@pytest.mark.rule("M-02")
def test_a_contact_finds_a_record_of_another_name():
    """A phone number finds its record whatever the name."""
    index = filled()
    index.add("C7", Identity("完全不同的名称", phones=("0523-84567890",)))
    hits = rank(Identity("鹏程", phones=("052384567890",)), index)

    assert ["C7"] == [hit.id for hit in hits]
    assert ["phone"] == [shared.by for shared in hits[0].shared]


def test_nothing_alike_finds_nobody():
    """Where no key is shared there is no hit; nor is there in an empty index."""
    assert rank(Identity("玫瑰"), filled()) == ()
    assert rank(Identity("春意"), MemoryIndex()) == ()


def test_as_many_as_asked_for():
    """The limit is kept, and the likeliest stay."""
    index = filled(
        {f"C{number}": f"{place}春意空调有限公司" for number, place in enumerate(("靖江市", "上海", "杭州"))}
    )
    hits = rank(Identity("上海春意空调公司"), index, limit=2)

    assert hits[0].id == "C1"
    assert len(hits) == 2


@pytest.mark.rule("M-05")
def test_keys_that_everybody_has_are_passed_over():
    """A key with more records than are looked at is left out, unless there is no other."""
    many = {f"C{number:02}": f"春意{character}空调" for number, character in enumerate("甲乙丙丁戊己庚辛壬癸子丑")}
    policy = MatchingPolicy(per_key=10, per_pair=10, scored=10)
    index = filled({**many, "Z": "云帆空调"}, policy)

    assert "Z" == rank(Identity("云帆空调"), index, policy)[0].id
    assert len(rank(Identity("调空调"), index, policy, limit=20)) == 10


def test_ties_are_settled_by_id():
    """Records that weigh alike are taken in the order of their ids, so that an answer can be repeated."""
    policy = MatchingPolicy(scored=10)
    index = filled({f"C{number:02}": "春意空调有限公司" for number in range(15)}, policy)

    assert [f"C{number:02}" for number in range(10)] == [
        hit.id for hit in rank(Identity("春意空调有限公司"), index, policy, limit=20)
    ]


@pytest.mark.rule("M-04")
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8, unique=True))
def test_a_name_always_finds_itself(names):
    """Whatever the names, each comes up under itself with the full score, if there is anything in it."""
    index = filled({str(number): name for number, name in enumerate(names)})
    for number, name in enumerate(names):
        hits = rank(Identity(name), index, limit=20)
        assert normalise(name) == "" or 100 == {hit.id: hit.comparison.score for hit in hits}[str(number)]


#: Names that share keys: a few brands, trades, places, forms and branches in all combinations.
ALIKE = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "靖江市", "江苏", "上海", "泰兴市"]),
        st.sampled_from(["春意", "春亿", "意春", "春", "云帆", "春意达"]),
        st.sampled_from(["空调", "空调设备", "贸易", ""]),
        st.sampled_from(["有限公司", "公司", "", "有限公司上海分公司"]),
    ),
)


@pytest.mark.rule("M-05", "M-03")
@given(ALIKE, st.lists(ALIKE, min_size=1, max_size=30, unique=True), st.integers(0, 12), st.floats(30, 100))
def test_what_is_left_out_would_not_have_counted(name, names, limit, least):
    """A limit gives the first of all; a bound leaves out only names below it that share no telling key."""
    index = filled({f"C{number:02}": name for number, name in enumerate(names)})
    everything = rank(Identity(name), index, limit=100)
    bounded = rank(Identity(name), index, limit=100, least=least)

    telling = [not SAYING.isdisjoint(key.by for key in hit.shared) for hit in everything]
    first = tuple(hit for place, hit in enumerate(everything) if place < limit or telling[place])
    assert first == rank(Identity(name), index, limit=limit)
    assert set(bounded) <= set(everything)
    for hit in set(everything) - set(bounded):
        branch = sum(part.points for part in hit.comparison.parts if part.component == "branch")

        assert hit.comparison.score - branch < least
        assert SAYING.isdisjoint(key.by for key in hit.shared)


CODE = "91320282MA1MABCD0X"


@pytest.mark.rule("M-02", "M-03", "P-02")
@pytest.mark.parametrize(
    ("told", "by"),
    [
        ({"credit_code": CODE}, "credit_code"),
        ({"tax_id": "320282123456789"}, "tax_id"),
        ({"phones": ("13800000001",)}, "phone"),
        ({"emails": ("li@qq.com",)}, "email"),
        ({"website": "www.chunyi.example"}, "domain"),
    ],
)
@pytest.mark.parametrize("limit", [1, 160])
def test_who_has_a_telling_key_is_never_left_out(told, by, limit):
    """A code or contact brings its record up under quite another name, among 200 branches and whatever the bounds."""
    index = filled({f"N{code}": f"中国工商银行股份有限公司{name}支行" for code, name in divisions()[:200]})
    index.add("OLD", Identity("苏州晨星物流有限公司", **told))
    hits = rank(Identity("中国工商银行股份有限公司靖江支行", **told), index, limit=limit, least=100)

    assert [by] == [key.by for hit in hits if hit.id == "OLD" for key in hit.shared]


@pytest.mark.rule("M-02", "M-03")
def test_a_code_says_the_same_however_many_have_it():
    """A contact that many have may be crowded out; a code never is, and only so many records with it are compared."""
    policy = MatchingPolicy(per_key=10, scored=10, switchboard=2)
    index = filled({f"N{number:02}": f"春意空调{number}有限公司" for number in range(30)}, policy)
    for number in range(12):
        index.add(f"P{number:02}", Identity(f"玫瑰{number}", credit_code=CODE))
    hits = rank(Identity("春意空调99有限公司", credit_code=CODE), index, policy, limit=5)

    assert {f"P{number:02}" for number in range(10)} == {hit.id for hit in hits if hit.id.startswith("P")}


class Forgetful(MemoryIndex):
    """An index that somebody else removes a name from between two lookups."""

    def parts(self, ids):
        """The parts of the names, but that of C1."""
        return {id: parts for id, parts in super().parts(ids).items() if id != "C1"}


@pytest.mark.rule("P-20", "M-05")
def test_who_is_gone_meanwhile_is_left_out():
    """A record that is erased between the lookup of keys and that of names is nobody any more."""
    index = Forgetful()
    for id, name in NAMES.items():
        index.add(id, Identity(name))

    assert "C1" not in {hit.id for hit in rank(Identity(NAMES["C1"]), index)}
    assert find_fragment("春意", index) == ("C3",)


@pytest.mark.rule("M-01")
@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("春意", ("C1", "C3")),
        ("靖江春意", ("C1",)),
        ("靖江市春意空", ("C1",)),
        ("意空调有", ("C1",)),
        ("spr", ("C5",)),
        ("summer w", ("C6",)),
        ("玫瑰", ()),
        ("春意云帆", ()),
    ],
)
def test_fragments_find_their_names(text, ids):
    """As one types, the names that contain what was typed come up."""
    assert ids == find_fragment(text, filled())


@pytest.mark.rule("M-01")
def test_fragments_have_their_bounds():
    """At most so many are told, and a single character is refused."""
    assert find_fragment("春意", filled(), limit=1) == ("C1",)
    with pytest.raises(Invalid):
        find_fragment("春", filled())


@pytest.mark.rule("M-01")
@pytest.mark.parametrize("text", ["春意", "靖江市春意", "春意空调", "靖江市春意空调有限公司"])
def test_whose_brand_a_fragment_is_is_never_cut(text):
    """However many names contain it and were entered before, and however few are looked through."""
    index = filled({f"N{code}": f"{name}春意空调达物流有限公司" for code, name in divisions()[:200]})
    index.add("Z1", Identity("靖江市春意空调有限公司"))

    assert "Z1" == find_fragment(text, index, limit=1)[0]
    assert "Z1" == find_fragment(text, index, limit=1, cap=10)[0]


@pytest.mark.rule("M-01")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3M", "3M中国有限公司"),
        ("3m中国", "3M中国有限公司"),
        ("hp", "HP（中国）有限公司"),
        ("HP（中国）", "HP（中国）有限公司"),
        ("ab", "A B Ltd"),
        ("a b", "A B Ltd"),
        ("hp cn", "HP CN Trading Ltd"),
        ("bank", "Bank of Spring"),
        ("istanbul", "İstanbul Metro A.Ş."),
        ("İSTANBUL", "İstanbul Metro A.Ş."),
        ("สปริง", "บริษัท สปริง"),
        ("हिन्", "हिन्दी उद्योग"),
        ("हिन्दी", "हिन्दी贸易有限公司"),
    ],
)
def test_short_and_foreign_fragments_find_their_names(text, found):
    """A brand of two letters, and words of scripts whose vowels are signs of their own."""
    names = ("3M中国有限公司", "HP（中国）有限公司", "A B Ltd", "HP CN Trading Ltd", "Bank of Spring",
             "İstanbul Metro A.Ş.", "บริษัท สปริง", "हिन्दी उद्योग", "हिन्दी贸易有限公司")  # fmt: skip

    assert found in find_fragment(text, filled({name: name for name in names}))


@pytest.mark.rule("M-05")
def test_an_index_in_memory_serves_candidates():
    """Postings give at most so many ids and the count of all; parts are those of the names."""
    index = filled()
    found = index.postings([Key("brand", 0), *(key for key in keys(Identity("春意")) if key.by == "brand")], 1)

    assert index.total == 6
    assert Posting(["C1"], 2) in [Posting(list(posting.ids), posting.records) for posting in found.values()]
    assert {"C3": "贸易"} == {id: parts.trade for id, parts in index.parts(["C3"]).items()}
    assert isinstance(index.parts(["C1"])["C1"], NameParts)
