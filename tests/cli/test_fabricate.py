"""Fabricated data for the demonstration."""

import re
from typing import get_type_hints

import pytest

from crmcore.cli.fabricate import CREDIT_ALPHABET, MOST, CompanyRow, ContactRow, companies, credit_code, team
from crmcore.customers.industries import INDUSTRIES
from crmcore.errors import Invalid
from crmcore.matching import check_full_name, normalise


def test_the_same_seed_gives_the_same_companies():
    """Data is repeatable, and another seed gives other data."""
    assert companies(50, seed=7) == companies(50, seed=7)
    assert companies(50, seed=7) != companies(50, seed=8)


def test_companies_are_distinct():
    """No two companies share a name, an internet domain or a credit code."""
    made = companies(2000)

    assert len(made) == len({normalise(company.row["name"]) for company in made})
    assert len(made) == len({company.row["email"].split("@")[1] for company in made})
    assert len(made) == len({company.credit_code for company in made})


@pytest.mark.rule("D-03")
def test_names_are_full_names():
    """Each name has region, brand, trade and form."""
    assert {None} == {check_full_name(company.row["name"]) for company in companies(500)}


def test_rows_are_complete():
    """Each row has every field, filled, and an industry from the list."""
    codes = {industry.code for industry in INDUSTRIES}
    for company in companies(200):
        assert get_type_hints(CompanyRow).keys() == company.row.keys()
        assert all(company.row.values())
        assert company.row["industry"] in codes
        assert get_type_hints(ContactRow).keys() == company.row["contacts"][0].keys()


def test_contact_data_is_well_formed_and_fictional():
    """Phones have the Chinese form and lie in blocks of fives and zeros; domains are reserved for examples."""
    for company in companies(300):
        row, (contact,) = company.row, company.row["contacts"]

        assert re.fullmatch(r"0\d{2,3}555\d{4,5}", row["phone"])
        assert re.fullmatch(r"1[3589]00000\d{4}", contact["mobile"])
        for url in (row["email"], contact["email"], row["website"]):
            assert re.search(r"[@.]c\d{5}\.example\.(com|org)$", url)


def test_credit_codes_have_right_check_characters():
    """Both check characters fit, worked out here from the standards' own sums."""
    for company in companies(200):
        code = company.credit_code
        values = [CREDIT_ALPHABET.index(character) for character in code]
        digits = zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
        organisation = sum(int(digit) * weight for digit, weight in digits)

        assert len(code) == 18
        assert (sum(value * 3**place for place, value in enumerate(values[:17])) + values[17]) % 31 == 0
        assert (organisation + (10 if code[16] == "X" else int(code[16]))) % 11 == 0
        assert code.startswith("FAB")


def test_both_sorts_of_check_character_occur():
    """Among many codes the organisation's check character takes all its eleven values."""
    assert set("0123456789X") == {credit_code(number)[16] for number in range(100)}


@pytest.mark.parametrize("n", [-1, MOST + 1])
def test_impossible_numbers_are_refused(n):
    """There are no negative numbers of companies, and no more than there are names."""
    with pytest.raises(Invalid) as error:
        companies(n)

    assert [("n", "out-of-range")] == [(fault.path, fault.code) for fault in error.value.faults]


def test_none_and_all_can_be_made():
    """The bounds themselves are allowed."""
    assert [] == companies(0)
    assert MOST == len({company.row["name"] for company in companies(MOST)})


def test_repr_shows_no_contact_data():
    """Neither companies nor people show names or numbers in their repr."""
    company, person = companies(1)[0], team()[0]

    assert company.row["name"] not in repr(company)
    assert company.row["contacts"][0]["mobile"] not in repr(company)
    assert person.name not in repr(person)


def test_the_team_covers_the_roles():
    """Ids are distinct, everyone has a team, and each role of the sales process is filled."""
    people = team()
    roles = set().union(*(person.roles for person in people))

    assert len(people) == len({person.id for person in people})
    assert all(person.teams for person in people)
    assert {"pre-sales", "after-sales", "reviewer", "manager", "administrator"} <= roles
