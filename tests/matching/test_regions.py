"""Administrative divisions in names."""

import pytest

from crmcore.matching.regions import areas_of, in_full, lies_in, place_cost, regions_at_start
from crmcore.matching.tables import divisions


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("江苏省", ("320000",)),
        ("江苏", ("320000",)),
        ("靖江", ("321282",)),
        ("江苏省靖江市", ("321282",)),
        ("江苏靖江", ("321282",)),
        ("即墨市", ("370215",)),
        ("北京朝阳", ("110105",)),
        ("朝阳", ("211300",)),
        ("恩施州", ("422800",)),
        ("内蒙古", ("150000",)),
        ("西藏", ("540000",)),
        ("中国", ("000000",)),
        ("天津开发区", ("120000",)),
        ("靖江市斜桥镇", ("321282",)),
        ("浙江靖江", ()),
        ("春意", ()),
        ("", ()),
    ],
)
def test_what_a_region_may_mean(text, codes):
    """Full names, short ones, earlier endings and chains are known; a chain that does not hang together is none."""
    assert codes == areas_of(text)


def test_a_short_name_may_be_several_places():
    """There are many 鼓楼区."""
    assert {code[:4] for code in areas_of("鼓楼区")} >= {"3201", "3203", "3501"}


@pytest.mark.parametrize(
    ("inner", "outer", "answer"),
    [
        ("321282", "321200", True),
        ("321282", "320000", True),
        ("321282", "321282", False),
        ("321200", "321282", False),
        ("321282", "330000", False),
        ("321282", "000000", False),
    ],
)
def test_divisions_lie_within_each_other(inner, outer, answer):
    """Codes tell what lies within what; the nation is not looked at."""
    assert answer == lies_in(inner, outer)


def test_no_region_is_a_reading_too():
    """Every text may begin with no region; not to read one that is there in full costs something."""
    nothing, *others = regions_at_start("江苏省春意")

    assert (0, ()) == (nothing.end, nothing.codes)
    assert nothing.cost > 0
    assert [2, 3] == sorted(region.end for region in others)


def test_a_place_cut_before_its_ending_costs_more():
    """泰州 of 泰州市 is a less likely reading than 泰州 of 泰州春意."""
    cut = min(region.cost for region in regions_at_start("泰州市春意") if region.end == 2)
    short = min(region.cost for region in regions_at_start("泰州春意") if region.end == 2)

    assert cut > short


@pytest.mark.parametrize(
    ("text", "answer"), [("江苏省", True), ("江苏", True), ("靖江", False), ("春意", False), ("", False)]
)
def test_regions_beyond_doubt(text, answer):
    """Full names are, and provinces in short; a county in short may be a brand."""
    assert answer is in_full(text)


def test_places_cost():
    """A whole text costs what its likeliest reading as one place does, or is none."""
    assert place_cost("靖江市") == 0
    assert place_cost("春意") is None


def test_every_division_is_found_by_its_own_name():
    """No division of the table is lost."""
    assert all(code in areas_of(name) for code, name in divisions())


def test_a_chain_of_places_may_be_of_any_length():
    """However often China is repeated, it is read to the end."""
    longest = max(regions_at_start("中国" * 5_000 + "江苏省"), key=lambda region: region.end)

    assert (10_003, ("320000",)) == (longest.end, longest.codes)


def test_not_every_text_is_remembered():
    """What regions were asked for by is kept for a while, however many there are."""
    assert areas_of.cache_info().maxsize is not None
