"""The states of register, as bytes until one is asked for.

A restart must not wait until a hundred thousand states are decoded of which a day's changes touch a
few thousand, and decoded they take ten times the memory. So what was read from `facets`, and what
was written to it, is kept as it stands there, and only the states used last are objects.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, MutableMapping

from hub.contracts.codec import FRAME_BYTES, Codec
from hub.errors import ContractError, RejectedRecordError
from hub.model.facets import FacetState

MOST_DECODED = 2_000
LABELLED_AT_ONCE = 500
"""So many states are looked at for a count between two batches: some fifty milliseconds."""

Label = str | None
LabelOf = Callable[[FacetState], Label]
"""Says as what a state is counted; None for what is not."""


class KeptStates(MutableMapping[str, FacetState]):
    """The state of every intervention by its id; used by one thread at a time.

    A state that is set counts as not yet written: it stays an object until `written` tells its
    bytes, or until it is set back to what it was.
    """

    def __init__(
        self, codec: Codec, *, label_of: LabelOf, most_decoded: int = MOST_DECODED
    ) -> None:
        self._codec = codec
        self._label_of = label_of
        self._most_decoded = most_decoded
        self._bytes: dict[str, bytes] = {}
        self._decoded: OrderedDict[str, FacetState] = OrderedDict()
        self._unwritten: dict[str, FacetState] = {}
        self._labels: dict[str, Label] = {}
        self._unlabelled: dict[str, None] = {}
        self._tally: Counter[str] = Counter()
        self._frames: set[bytes] = set()

    def load(self, intervention: str, value: bytes) -> None:
        """Take over what `facets` holds of an intervention.

        :raises ContractError: if the first state of a schema cannot be read
        """
        self._bytes[intervention] = value
        self._unlabelled[intervention] = None
        frame = value[:FRAME_BYTES]
        if frame not in self._frames:
            self._read(intervention)
            self._frames.add(frame)

    def written(self, intervention: str, value: bytes) -> None:
        """Keep the bytes under which the state that was set is written."""
        self._bytes[intervention] = value
        state = self._unwritten.pop(intervention)
        self._remember(intervention, state)
        self._label(intervention, state)

    def tally(self, *, at_most: int = LABELLED_AT_ONCE) -> Counter[str] | None:
        """Return how many states have each label; None while there are more to be looked at.

        The first calls after a restore look at so many states each.
        """
        for _ in range(min(at_most, len(self._unlabelled))):
            intervention = next(iter(self._unlabelled))
            self._label(intervention, self._read(intervention))
        return None if self._unlabelled else +self._tally

    def __getitem__(self, intervention: str) -> FacetState:
        """Return a state.

        :raises ContractError: if what register wrote cannot be read
        """
        state = self._unwritten.get(intervention)
        if state is not None:
            return state
        state = self._decoded.get(intervention)
        if state is None:
            state = self._read(intervention)
            self._remember(intervention, state)
        else:
            self._decoded.move_to_end(intervention)
        return state

    def __setitem__(self, intervention: str, state: FacetState) -> None:
        """Put a state in the place of the one before."""
        if self._decoded.get(intervention) is state:
            self._unwritten.pop(intervention, None)
        else:
            self._unwritten[intervention] = state

    def __delitem__(self, intervention: str) -> None:
        """Forget a state."""
        if intervention not in self:
            raise KeyError(intervention)
        self._unwritten.pop(intervention, None)
        self._decoded.pop(intervention, None)
        self._bytes.pop(intervention, None)
        self._unlabelled.pop(intervention, None)
        self._count(intervention, None)

    def __contains__(self, intervention: object) -> bool:
        """Tell whether an intervention is known, without reading its state."""
        return intervention in self._bytes or intervention in self._unwritten

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of all interventions."""
        yield from self._bytes
        yield from (key for key in self._unwritten if key not in self._bytes)

    def __len__(self) -> int:
        """Return how many interventions are known."""
        return len(self._bytes) + sum(key not in self._bytes for key in self._unwritten)

    def _read(self, intervention: str) -> FacetState:
        value = self._bytes[intervention]
        try:
            return self._codec.decode_facet_state(value)
        except RejectedRecordError as error:
            raise ContractError(
                f"facets, {intervention}: {error}; register wrote it, so a newer version may have:"
                " start that version"
            ) from error

    def _remember(self, intervention: str, state: FacetState) -> None:
        self._decoded[intervention] = state
        self._decoded.move_to_end(intervention)
        if len(self._decoded) > self._most_decoded:
            self._decoded.popitem(last=False)

    def _label(self, intervention: str, state: FacetState) -> None:
        self._unlabelled.pop(intervention, None)
        self._count(intervention, self._label_of(state))

    def _count(self, intervention: str, label: Label) -> None:
        before = self._labels.pop(intervention, None)
        if before is not None:
            self._tally[before] -= 1
        if label is not None:
            self._labels[intervention] = label
            self._tally[label] += 1
