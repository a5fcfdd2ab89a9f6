"""Random schedules: whatever people do, and whoever looks when, nothing tells the backend from memory."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crmcore.app.outcome import Request
from crmcore.app.policy import Policy
from crmcore.testing.backend.base import Backend, Fixtures, fresh_space, in_memory
from crmcore.testing.backend.twins import Twins, gapless
from crmcore.testing.playing import play, seen
from crmcore.testing.schedules import START, Step
from crmcore.testing.strategies import policies, schedules

STEPS = 30
LATER = timedelta(days=400)


class Schedules(Fixtures):
    """Properties: each draws policies and schedules, and plays them in a space that nobody has used."""

    def test_lifecycle_agrees_with_memory(self, backend: Backend) -> None:
        """Commands, sweeps and questions in any order have the same answers as in memory, before and after closing."""

        @self.effort()
        @given(
            policy=policies(),
            steps=schedules(looks_too=True, max_size=STEPS),
            hands=st.integers(1, 2),
            reopen_before=st.none() | st.integers(0, STEPS - 1),
        )
        def agree(policy: Policy, steps: list[Step], hands: int, reopen_before: int | None) -> None:
            twins = Twins(backend, policy, hands=hands)
            twins.play(steps, reopen_before)
            twins.are_alike()
            twins.are_alike(twins.now + LATER)

        agree()

    def test_lifecycle_outlives_a_change_of_policy(self, backend: Backend) -> None:
        """Two policies, one after the other on the same data: falls keep the dates and stamps of their own (P-22)."""

        @self.effort()
        @given(policies(), policies(), schedules(max_size=STEPS // 2), schedules(looks_too=True, max_size=STEPS // 2))
        def agree(before: Policy, after: Policy, steps: list[Step], more: list[Step]) -> None:
            twins = Twins(backend, before)
            twins.play(steps)
            twins.change(after)
            twins.play(more)
            twins.are_alike(twins.now + LATER)

        agree()

    def test_lifecycle_in_batches(self, backend: Backend) -> None:
        """Commands in one transaction are answered as one after the other, the refused ones among them."""

        @self.effort()
        @given(policies(), schedules(max_size=STEPS), st.sampled_from([2, 7, 500]))
        def agree(policy: Policy, steps: list[Step], size: int) -> None:
            memory, other = in_memory(policy), backend.crm(policy, space=fresh_space())
            played = list(play(memory, steps))
            requests: list[Request] = [one.request for one in played]
            end = requests[-1].at or START

            assert [one.answer for one in played] == list(other.answer_all(requests, size=size))
            expected, actual = seen(memory, end), seen(other, end)
            for question, answer in expected.items():
                assert answer == actual[question], f"{question}: not what memory says"
            assert gapless(other)

        agree()
