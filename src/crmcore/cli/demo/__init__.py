"""``crmcore demo``: ninety days of a fabricated sales department, and what a CRM has to say about them.

``people`` says how each of them works, ``days`` lets the time pass, ``figures`` counts what came of it, ``screen``
shows it. A further part of the library joins in with steps in ``days``, a figure in ``figures`` and a section in
``screen``.
"""

import click

from crmcore.cli.options import Setup, storing
from crmcore.errors import Fault, Invalid


@click.command()
@storing
def demo(setup: Setup) -> None:
    """See ninety days of a sales department.

    200 fabricated Chinese companies and a team of nine: some work well, some forget. Needs no file, no server and no
    network; the same figures come out each time. With --storage sqlite:///demo.db the customers are kept, and the
    commands shown at the end can be tried on them.
    """
    from crmcore.app.ids import sequential
    from crmcore.cli.demo.days import Department
    from crmcore.cli.demo.figures import as_data, figures
    from crmcore.cli.demo.screen import show

    kept = bool(setup.storage)
    with (setup if kept else setup.in_memory()).open(new_id=sequential("C")) as crm:
        with crm.store.begin(crm.space) as uow:
            used = bool(uow.read_events(0, 1))
        if used:
            raise Invalid([Fault("storage", "not-allowed", "a storage or --space without customers in it")])
        department = Department(crm)
        department.work()
        found = figures(department)
    if setup.terminal.as_json:
        setup.terminal.json(as_data(found, setup))
    else:
        show(setup, found)
