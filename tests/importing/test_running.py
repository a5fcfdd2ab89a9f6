"""Imports: what becomes of rows, who is there already, running again, and running dry."""

from datetime import UTC, datetime

import pytest

from crmcore import CRM, Actor, hookimpl
from crmcore.customers import ChangeProfile, Erase, Merge
from crmcore.errors import Invalid, NotFound, Unavailable
from crmcore.importing import FileMapping, Tally, open_import, report_file
from tests.importing.files import HEAD, NAMES, REST, WHO, codes, put_csv, row, run, statuses

AT = datetime(2026, 3, 1, 1, tzinfo=UTC)
LI = Actor("li", roles={"pre-sales"})
BOSS = Actor("boss", roles={"manager"})


@pytest.fixture(params=["memory://", "sqlite"])
def crm(request, tmp_path):
    """An empty CRM, in memory and in a file."""
    url = request.param if request.param != "sqlite" else f"sqlite:///{tmp_path / 'x.db'}"
    with CRM.open(url) as opened:
        yield opened


@pytest.mark.rule("D-12", "D-06")
def test_the_contacts_of_a_row_come_with_it(crm, tmp_path):
    """Several of them, the first is the main one; run again, they are there once."""
    head = (*HEAD, "联系人1", "手机1", "联系人2", "手机2", "联系人3")
    path = put_csv(tmp_path, row(NAMES[0], "王一凡", "13800000001", "李子衿", "13800000002", ""), head=head)
    run(crm, path)
    run(crm, path)
    (customer,) = crm.customers.all()

    assert [("王一凡", "13800000001", True), ("李子衿", "13800000002", False)] == [
        (one.details.name, one.details.mobile, one.details.main) for one in customer.contacts
    ]


@pytest.mark.rule("D-12", "D-09")
def test_custom_fields_of_contacts_are_read_in_their_types(tmp_path):
    """Each contact's own; what is none of the type is told with its column, and so is one that must be there."""
    declared = [{"name": "birthday", "type": "date", "required": True}, {"name": "level", "type": "integer"}]
    head = (*HEAD, "联系人", "联系人birthday", "联系人2", "联系人2 birthday", "联系人2 level")
    rows = [
        row(NAMES[0], "王一凡", "1990/2/3", "李子衿", "1991-04-05", "7"),
        row(NAMES[1], "王一凡", "3/2/1990", "", "", "x"),
        row(NAMES[2], "王一凡", "", "", "", ""),
    ]
    with CRM.open(overrides={"customers.contact_fields": declared}) as crm:
        mapping = FileMapping(defaults={"contact2.fields.level": 3, "contact3.fields.level": 4})
        results = run(crm, put_csv(tmp_path, *rows, head=head), mapping=mapping)
        (customer,) = crm.customers.all()

    assert [{"birthday": "1990-02-03"}, {"birthday": "1991-04-05", "level": 7}] == [
        one.details.fields for one in customer.contacts
    ]
    assert [
        (3, "contact.fields.birthday", "wrong-type"),
        (3, "contact2.fields.level", "wrong-type"),
        (4, "contact.fields.birthday", "custom-field"),
    ] == codes(results)
    assert ["联系人birthday", "联系人2 level", "联系人birthday"] == [
        problem.column for result in results for problem in result.problems
    ]


@pytest.mark.rule("D-12")
def test_faults_of_contacts_name_their_columns(crm, tmp_path):
    """Also where the first contact is not given, and the command counts the second as its first."""
    head = (*HEAD, "联系人1", "联系人2", "手机2")
    results = run(crm, put_csv(tmp_path, row(NAMES[0], "", "王", "x" * 201), row(NAMES[1], "", "", "1"), head=head))

    assert [(2, "contact2.mobile", "too-long"), (3, "contact.name", "name-required")] == codes(results)
    assert "手机2" == results[0].problems[0].column


@pytest.mark.rule("D-12")
def test_all_that_is_wrong_with_the_cells_of_a_row_is_told_at_once(crm, tmp_path):
    """Nobody mends a row fault by fault."""
    (result,) = run(crm, put_csv(tmp_path, (NAMES[0], *REST[:2], "1.3E+10", "空调", "9E+17"), head=(*HEAD, "编号")))

    assert [(2, "phone", "digits-lost"), (2, "id", "digits-lost")] == codes([result])


@pytest.mark.rule("D-12", "P-02")
def test_a_later_row_for_the_same_customer_is_told_with_the_earlier_line(crm, tmp_path):
    """By name however it is written, its own id or not; the same is told when the file is run again."""
    rows = [
        row("澜沅", "K0"),
        row(NAMES[0], "K1"),
        row(NAMES[0].replace("有限", " 有限"), ""),
        row(NAMES[0], "K1"),
        row(NAMES[0], "K9"),
    ]
    path = put_csv(tmp_path, *rows, head=(*HEAD, "编号"))
    first, again = run(crm, path), run(crm, path)
    texts = {problem.message("zh") for result in first for problem in result.problems if problem.code == "repeated"}

    assert ["failed", "registered", "repeated", "repeated", "repeated"] == statuses(first)
    assert ["failed", "already", "repeated", "repeated", "repeated"] == statuses(again)
    assert codes(first) == codes(again)
    assert {"与本文件第 3 行是同一客户"} == texts
    assert ["K1"] * 4 == [result.customer for result in first[1:]]


def numbered(folder, *names, start=1, more=(), head=(), name="customers.csv"):
    """A file that numbers its customers itself."""
    rows = [row(one, start + place, *more) for place, one in enumerate(names)]
    return put_csv(folder, *rows, head=(*HEAD, "编号", *head), name=name)


@pytest.mark.rule("D-12", "D-01")
@pytest.mark.parametrize("dry", [True, False])
def test_two_files_that_both_count_from_1_lose_no_customer(crm, tmp_path, dry):
    """A row whose id is another customer's is told and reported, and imported once it has another id or none."""
    run(crm, numbered(tmp_path, *NAMES[:2]))
    path, report = numbered(tmp_path, *NAMES[2:], name="branch.csv"), tmp_path / "report.csv"
    with open_import(crm, path, actor=WHO, dry_run=dry) as job, report_file(report, job.columns) as add:
        results = [result for result in job if add(result) is None]
    report.write_bytes(report.read_bytes().replace('"空调","2"'.encode(), '"空调",""'.encode()))
    mended = run(crm, report)

    assert (["failed", "failed"], [None, None]) == (statuses(results), [one.customer for one in results])
    assert [(2, "id", "id-of-another"), (3, "id", "id-of-another")] == codes(results)
    assert (False, Tally(2, failed=2)) == (job.tally.clean, job.tally)
    assert ["failed", "registered"] == statuses(mended)
    assert {*NAMES[:2], NAMES[3]} == {customer.profile.name for customer in crm.customers.all()}


@pytest.mark.rule("D-12", "D-01")
def test_an_id_of_another_is_told_in_both_languages_without_what_was_typed(crm, tmp_path):
    """What is wrong and what to do; neither name stands in it."""
    run(crm, numbered(tmp_path, NAMES[0]))
    (problem,) = run(crm, numbered(tmp_path, NAMES[1]))[0].problems
    texts = problem.message(), problem.message("zh")

    assert ("D-01", "编号") == (problem.rule, problem.column)
    assert ("give the row an id of its own, or none" in texts[0], "请为该行另编编号或留空" in texts[1]) == (True, True)
    assert not any(name in text for name in NAMES for text in texts)


@pytest.mark.rule("D-12", "D-01")
@pytest.mark.parametrize("dry", [True, False])
def test_an_id_that_stands_twice_in_a_file_is_told_with_the_earlier_line(crm, tmp_path, dry):
    """Of two customers under one id the first is registered."""
    results = run(crm, put_csv(tmp_path, row(NAMES[0], "K1"), row(NAMES[1], "K1"), head=(*HEAD, "编号")), dry_run=dry)

    assert ["registered", "failed"] == statuses(results)
    assert [(3, "id", "id-of-another"), (3, "name", "alike")] == codes(results)
    assert "that customer is on line 2 of this file" == results[1].problems[1].message()


@pytest.mark.rule("D-12", "D-01")
def test_a_renamed_customer_is_found_by_its_id_under_every_name_it_had(crm, tmp_path):
    """Also in a rehearsal, and however the name is written; a name that it never had is another's."""
    files = [numbered(tmp_path, name, name=f"{place}.csv") for place, name in enumerate(NAMES)]
    run(crm, files[0], at=AT)
    for name in NAMES[1:3]:
        crm.handle(ChangeProfile("1", name=name), actor=WHO, at=AT)
    spaced = numbered(tmp_path, NAMES[1].replace("有限", " 有限"), name="spaced.csv")

    for dry in (True, False):
        found = [run(crm, path, dry_run=dry) for path in (*files, spaced)]

        assert [["already"]] * 3 + [["failed"], ["already"]] == list(map(statuses, found))


@pytest.mark.rule("D-12", "D-01")
def test_an_id_of_another_is_no_news_where_a_code_agrees(crm, tmp_path):
    """By credit code or tax id, whatever the names; with another code it stays another's."""
    code, other, head = "91350100M000100Y43", "91320000M000100Y4X", ("信用代码", "税号")
    run(crm, numbered(tmp_path, NAMES[0], more=(code, ""), head=head))
    rows = [(code.lower(), ""), ("", code), (other, ""), ("", "")]
    found = [run(crm, numbered(tmp_path, NAMES[1], more=more, head=head, name="b.csv")) for more in rows]

    assert [["already"], ["already"], ["failed"], ["failed"]] == list(map(statuses, found))


@pytest.mark.rule("D-12", "D-01", "M-06")
def test_a_merged_customer_is_found_by_its_id_under_each_name_of_those_it_is_one_with(crm, tmp_path):
    """Its own, that of who survives, and those of others merged into that one; either id leads there."""
    run(crm, numbered(tmp_path, *NAMES[:3]), at=AT)
    for id, into in (("3", "2"), ("2", "1")):
        crm.handle(Merge(id, into=into, reason="twice"), actor=BOSS, at=AT)
    found = [
        run(crm, numbered(tmp_path, name, start=start, name="again.csv"))
        for start in (1, 2, 3)
        for name in (NAMES[start - 1], NAMES[0], NAMES[1], NAMES[2])
    ]

    assert [["already"]] * 12 == list(map(statuses, found))
    assert ["failed"] == statuses(run(crm, numbered(tmp_path, NAMES[3], start=2, name="other.csv")))


@pytest.mark.rule("D-12", "D-01", "A-03")
def test_an_erased_individual_is_there_already_by_its_id(crm, tmp_path):
    """Nothing is left to compare, and nobody who was erased comes back by an old file."""
    path = numbered(tmp_path, "王一凡", more=("个人",), head=("客户类型",))
    run(crm, path, at=AT)
    crm.handle(Erase("1", reason="asked"), actor=BOSS, at=AT)

    assert ["already"] == statuses(run(crm, path))


@pytest.mark.rule("D-12", "D-01")
def test_an_individual_with_an_id_is_the_same_by_name(crm, tmp_path):
    """Phones change; another name is somebody else."""
    head = (*HEAD, "编号", "客户类型")
    run(crm, put_csv(tmp_path, row("王一凡", "1", "个人"), head=head))
    rows = [("王 一凡", *REST[:2], "13800000009", "空调", "1", "个人"), row("李子衿", "1", "个人")]

    assert ["already", "failed"] == statuses(run(crm, put_csv(tmp_path, *rows, head=head)))


#: Taken for the first of NAMES by all parts but the form.
ALIKE = NAMES[0].replace("有限", "股份有限")


@pytest.mark.rule("D-12", "P-02")
def test_a_row_only_taken_for_somebody_is_told(crm, tmp_path):
    """By a name much like one on record, each time the file is run; rows that were imported stay quiet."""
    run(crm, put_csv(tmp_path, row(NAMES[0]), name="before.csv"))
    path = put_csv(tmp_path, row(ALIKE), row(ALIKE.replace("股份", "集团")), row(NAMES[0]), row(NAMES[1]))
    with open_import(crm, path, actor=WHO) as job:
        first = list(job)

    assert ["alike", "alike", "already", "registered"] == statuses(first)
    assert [(line, "name", "same-customer-in-pool") for line in (2, 3)] == codes(first)
    assert (crm.customers.all()[0].id,) * 2 == (first[0].customer, first[1].customer)
    assert (2, False) == (job.tally.alike, job.tally.clean)
    assert ["alike", "alike", "already", "already"] == statuses(run(crm, path))


@pytest.mark.rule("D-12", "P-02")
def test_a_row_taken_for_an_earlier_one_is_told_with_its_line(crm, tmp_path):
    """Beside why it is taken for that one."""
    first = run(crm, path := put_csv(tmp_path, row(NAMES[0]), row(ALIKE)))

    assert [(3, "name", "same-customer-in-pool"), (3, "name", "alike")] == codes(first)
    assert ("that customer is on line 2 of this file", "该客户即本文件第 2 行") == tuple(
        first[1].problems[1].message(lang) for lang in ("en", "zh")
    )
    assert (["already", "alike"], codes(first)) == (statuses(again := run(crm, path)), codes(again))


@pytest.mark.rule("D-12", "L-02")
def test_a_row_with_the_phone_of_somebody_is_told(tmp_path):
    """Two firms may share one; neither is the other for that."""
    with CRM.open(overrides={"matching.same_phone": "open-existing"}) as crm:
        run(crm, put_csv(tmp_path, row(NAMES[0]), name="before.csv"))
        results = run(crm, put_csv(tmp_path, row(NAMES[1])))

    assert (["alike"], [(2, "phone", "open-existing")]) == (statuses(results), codes(results))


@pytest.mark.rule("D-12", "P-02")
def test_who_has_the_same_code_is_there_already(crm, tmp_path):
    """A credit code or tax id is one customer's only, whatever it is called now."""
    head, code, tax = (*HEAD, "信用代码", "税号"), "91350100M000100Y43", "320000000000001"
    rows = row(NAMES[0], code, ""), row(NAMES[1], "", tax)
    run(crm, put_csv(tmp_path, *rows, head=head, name="before.csv"))
    results = run(crm, put_csv(tmp_path, row(NAMES[2], code, ""), row(NAMES[3], "", tax), head=head))

    assert ["already", "already"] == statuses(results)


@pytest.mark.rule("D-12", "P-02")
def test_a_row_with_faults_that_is_taken_for_somebody_is_not_imported(crm, tmp_path):
    """All that is wrong with it is told, who it is alike included."""
    run(crm, put_csv(tmp_path, row(NAMES[0]), name="before.csv"))
    (result,) = run(crm, put_csv(tmp_path, (ALIKE, "", *REST[1:])))

    assert ("failed", ["required", "same-customer-in-pool"]) == (result.status, [one.code for one in result.problems])


@pytest.mark.rule("D-12", "P-02")
def test_a_row_that_fails_is_no_earlier_row(crm, tmp_path):
    """The name was not registered by it, so the one below is the first."""
    results = run(crm, put_csv(tmp_path, (NAMES[0], "", *REST[1:]), row(NAMES[0])))

    assert ["failed", "registered"] == statuses(results)


@pytest.mark.rule("D-12")
def test_a_file_run_again_finds_its_customers_whatever_became_of_them(crm, tmp_path):
    """Renamed since, a customer is still the one that the row brought."""
    path = put_csv(tmp_path, row(NAMES[0]))
    (first,) = run(crm, path, into="potential", actor=LI, at=AT)
    assert first.customer is not None
    crm.handle(ChangeProfile(first.customer, name=NAMES[1]), actor=LI, at=AT)

    assert [("already", first.customer)] == [(one.status, one.customer) for one in run(crm, path)]


@pytest.mark.rule("D-12")
def test_ids_follow_from_the_content_of_the_file(tmp_path):
    """Two runs into two storages give the same ids, in the order of the lines; another file gives others."""
    path = put_csv(tmp_path, *map(row, NAMES))
    ids = []
    for given in (path, path, put_csv(tmp_path, *map(row, NAMES), row("甲乙有限公司"), name="other.csv")):
        with CRM.open() as crm:
            ids.append([str(result.customer) for result in run(crm, given)][:4])

    assert ids[0] == ids[1] == sorted(ids[0])
    assert not set(ids[0]) & set(ids[2])


@pytest.mark.rule("D-12")
def test_an_import_goes_where_and_in_whose_name_it_is_told(crm, tmp_path):
    """Into potential it is the actor's; who may not register is told so, and not that the customer is there."""
    path = put_csv(tmp_path, row(NAMES[0]))
    refused = run(crm, path, into="potential")
    run(crm, path, into="potential", actor=LI, at=AT)

    assert ["not-permitted"] == [code for _, _, code in codes(refused)]
    assert ["failed"] == statuses(run(crm, path, into="potential"))
    assert ["li"] == [customer.owner for customer in crm.customers.all(at=AT)]


@pytest.mark.rule("D-12")
def test_defaults_and_other_words_for_values(crm, tmp_path):
    """A default fills what a row says nothing of; a contact's only where there is one."""
    mapping = FileMapping(
        defaults={"source": "展会", "contact.position": "经理", "industry": "C"},
        values={"kind": {"国企": "enterprise"}, "size": {"中": 100}},
    )
    head = ("客户名称", "地址", "电话", "简介", "客户类型", "规模", "联系人", "来源")
    rows = [
        (NAMES[0], "路1号", "1", "空调", "国企", "中", "王一凡", "网络"),
        (NAMES[1], "路1号", "1", "空调", "", "", "", ""),
    ]
    run(crm, put_csv(tmp_path, *rows, head=head), mapping=mapping)
    first, second = crm.customers.all()

    assert ("网络", "manufacturing", "100") == (first.profile.source, first.profile.industry, first.profile.size)
    assert ("展会", ()) == (second.profile.source, second.contacts)
    assert ["经理"] == [contact.details.position for contact in first.contacts]


def test_a_default_that_cannot_be_is_told_before_anything_is_stored(crm, tmp_path):
    """As the fault of its field."""
    mapping = FileMapping(defaults={"phone": True})
    with pytest.raises(Invalid) as caught:
        run(crm, put_csv(tmp_path, row(NAMES[0])), mapping=mapping)

    assert ["phone"] == [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_value(crm, tmp_path, number):
    """In a mapping that a program made: the fault of its field, whatever the type of that."""
    declared = [{"name": name, "type": name} for name in ("text", "integer", "decimal", "boolean", "date")]
    rules = CRM(crm.store, CRM.open(overrides={"customers.custom_fields": declared}).policy)
    for name in ("source", "fax", *(f"fields.{one['name']}" for one in declared)):
        with pytest.raises(Invalid) as caught:
            run(rules, put_csv(tmp_path, row(NAMES[0])), mapping=FileMapping(defaults={name: number}))

        assert [name] == [fault.path for fault in caught.value.faults]


def test_an_error_of_one_row_only(crm, tmp_path):
    """A deadline beyond the calendar is the error of its row, and neither of its batch nor of a rehearsal."""
    rules = CRM(crm.store, CRM.open(overrides={"customers.protection.potential_days": 3000}).policy)
    path, late = put_csv(tmp_path, row(NAMES[0]), row(NAMES[0])), datetime(9998, 12, 31, tzinfo=UTC)
    how = {"into": "potential", "actor": LI, "at": late}

    for dry in (True, False):
        assert [(2, None, "out-of-range"), (3, None, "out-of-range")] == [
            (line, None, code) for line, _, code in codes(run(rules, path, dry_run=dry, **how))
        ]


def test_progress_is_told_up_to_the_size_of_the_file(crm, tmp_path):
    """In bytes, never running back."""
    path = put_csv(tmp_path, *map(row, NAMES))
    told: list[int] = []
    run(crm, path, progress=told.append)

    assert sorted(told) == told
    assert path.stat().st_size == told[-1]


def test_the_tally_counts(crm, tmp_path):
    """Each row once; it is clean when every row is on record and none was there twice."""
    with open_import(crm, put_csv(tmp_path, *map(row, NAMES)), actor=WHO) as job:
        list(job)

    assert (Tally(4, 4), True, 5) == (job.tally, job.tally.clean, job.line)
    assert not Tally(repeated=1).clean
    assert not Tally(alike=1).clean


def test_results_do_not_show_what_was_typed(crm, tmp_path):
    """Neither cells nor names stand in a representation."""
    (result,) = run(crm, put_csv(tmp_path, row("澜沅")))

    assert "澜沅" not in repr(result)


# ------------------------------------------------------------------------------------------------------------ dry runs


LIMITED = {"customers.limits.potential": 2}


@pytest.mark.rule("D-12")
def test_a_dry_run_tells_what_the_run_will_do(tmp_path):
    """Row by row, those before counting for those after: repeated rows, and a limit that is reached on the way."""
    path = put_csv(tmp_path, row(NAMES[0]), row("澜沅"), row(NAMES[0]), *map(row, NAMES[1:]), "x")
    how = {"into": "potential", "actor": LI, "at": AT}
    with CRM.open(f"sqlite:///{tmp_path / 'x.db'}", overrides=LIMITED) as crm:
        dry = run(crm, path, dry_run=True, **how)
        stored = crm.customers.all(), list(crm.events())
        wet = run(crm, path, **how)

    assert ([], []) == stored
    assert dry == wet
    assert ["registered", "failed", "repeated", "registered", "failed", "failed", "failed"] == statuses(wet)


@pytest.mark.rule("D-12")
def test_a_dry_run_that_is_left_early_stores_nothing(crm, tmp_path):
    """Whoever stops reading, or fails meanwhile, has changed nothing either."""
    path = put_csv(tmp_path, *map(row, NAMES))
    with open_import(crm, path, actor=WHO, dry_run=True) as job:
        next(iter(job))
    with pytest.raises(KeyError), open_import(crm, path, actor=WHO, dry_run=True) as job:
        raise KeyError(next(iter(job)).line)

    assert [] == crm.customers.all()


class Objector:
    """A plugin that cannot make out whose a customer is."""

    @hookimpl
    def crmcore_before_commit(self, uow, changes):
        """Say so."""
        raise NotFound("region", "x")


@pytest.mark.parametrize("dry", [True, False])
def test_an_error_of_a_plugin_is_told_of_its_rows(tmp_path, dry):
    """Each row is tried by itself then, and none is stored."""
    with CRM.open(plugins=[Objector()]) as crm:
        results = run(crm, put_csv(tmp_path, row(NAMES[0]), row(NAMES[1])), dry_run=dry)

        assert [(2, None, "not-found"), (3, None, "not-found")] == codes(results)
        assert [] == crm.customers.all()


class Breaker:
    """A plugin whose own storage has failed."""

    @hookimpl
    def crmcore_before_commit(self, uow, changes):
        """Say so."""
        raise Unavailable("elsewhere", "it is gone")


@pytest.mark.parametrize("dry", [True, False])
def test_when_a_storage_fails_the_import_stops_at_its_line(tmp_path, dry):
    """Nothing of the transaction is stored, and the line is where to go on from."""
    with CRM.open(plugins=[Breaker()]) as crm:
        path = put_csv(tmp_path, "x", row(NAMES[0]))
        with open_import(crm, path, actor=WHO, dry_run=dry) as job, pytest.raises(Unavailable):
            list(job)

        assert (3, Tally(1, failed=1)) == (job.line, job.tally)
        assert [] == crm.customers.all()


class Meddler:
    """A plugin that looks at what is about to be stored."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.told: list[object] = []

    @hookimpl
    def crmcore_before_commit(self, uow, changes):
        """Note what comes."""
        self.seen += [change.type for change in changes]

    @hookimpl
    def crmcore_after_commit(self, events):
        """Note what was stored."""
        self.told += events


def test_plugins_see_a_dry_run_but_are_told_of_nothing(tmp_path):
    """What may object is asked as ever; what observes hears nothing, for nothing has happened."""
    meddler = Meddler()
    with CRM.open(plugins=[meddler]) as crm:
        run(crm, put_csv(tmp_path, row(NAMES[0])), dry_run=True)

    assert (["registered"], []) == (meddler.seen, meddler.told)


@pytest.mark.rule("D-12", "L-04", "P-02")
def test_somebody_an_importer_may_not_know_of_is_not_named(tmp_path):
    """The row is not stored, and nobody is named: somebody else is to look."""
    agent = Actor("a1", roles={"agent"})
    rights = {"customers.rights": {"register-into-pool": ["agent"]}}
    with CRM.open(overrides=rights) as crm:
        path = put_csv(tmp_path, row(NAMES[0]))
        first, own = (run(crm, path, actor=who) for who in (agent, agent))
        others = put_csv(tmp_path, row(NAMES[0]), row(NAMES[0]), name="y.csv")
        results = run(crm, others, actor=Actor("a2", roles={"agent"}))

    assert (["registered"], ["already"]) == (statuses(first), statuses(own))
    assert [("alike", None)] * 2 == [(one.status, one.customer) for one in results]
    assert [(2, "name", "on-record"), (3, "name", "on-record")] == codes(results)
