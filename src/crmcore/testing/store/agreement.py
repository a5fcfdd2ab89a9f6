"""The test that lets the state machine run."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from crmcore.storage.interface import Store
from crmcore.testing.store.base import Fixtures, Open
from crmcore.testing.store.machine import AgreementMachine, Handle
from crmcore.testing.store.rules import proves

#: How many steps an example has.
STEPS = 30


def profile(examples: int | None) -> settings:
    """The settings of the Hypothesis profile in use; without shrinking if CRM_KIT_SHRINK=0 stands in the environment.

    On a server, shrinking takes minutes: each attempt is as slow as the example that failed.
    """
    base = settings()
    skipped = (Phase.shrink, Phase.explain) if os.environ.get("CRM_KIT_SHRINK") == "0" else ()
    return settings(
        base,
        max_examples=base.max_examples if examples is None else examples,
        stateful_step_count=STEPS,
        phases=[phase for phase in base.phases if phase not in skipped],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        deadline=None,
        report_multiple_bugs=False,
    )


class Agreement(Fixtures):
    """Whatever is done to it, the store does what a naive model does."""

    @proves("whole", "version", "unique", "query")
    def test_agrees_with_the_model(self, store: Store, open_store: Open) -> None:
        """Random units of batches, guards, events and failures, in two spaces, queried, paged and opened again."""
        store.close()

        class Machine(AgreementMachine):
            """The machine on this store."""

            handle = Handle(open_store)

        run_state_machine_as_test(Machine, settings=profile(self.examples))
