"""A real store that a test keeps from writing."""

from collections.abc import Sequence
from decimal import Decimal

from chat.conversation import Turn
from chat.store import ConversationStore, StoreError
from usage.ledger import Call


class FragileStore(ConversationStore):
    """A real store that cannot be written while `trouble` says something."""

    trouble: str | None = None

    def add_turns(
        self,
        user: str,
        title: str,
        begun: Sequence[tuple[Turn, Call]],
        instance: str,
        budget_usd: Decimal | None = None,
    ) -> None:
        self._check()
        super().add_turns(user, title, begun, instance, budget_usd)

    def begin_call(self, call: Call) -> None:
        self._check()
        super().begin_call(call)

    def call_was_refused(self, call: Call) -> None:
        self._check()
        super().call_was_refused(call)

    def save_progress(self, turn: Turn) -> None:
        self._check()
        super().save_progress(turn)

    def finish_turn(self, turn: Turn, *, is_recorded: bool = True) -> None:
        self._check()
        super().finish_turn(turn, is_recorded=is_recorded)

    def call_is_recorded(self, turn_id: str) -> None:
        self._check()
        super().call_is_recorded(turn_id)

    def _check(self) -> None:
        if self.trouble:
            raise StoreError(self.trouble)
