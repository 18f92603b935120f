"""Several answers to the same question in one: of each value what most of them say, and how many that are. Pure.

Values are the same if evaluation would say so: a date in two forms, an amount, a text in other letters. Rows of lists are put
beside one another first, whatever their order.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vextract.evaluation.align import align
from vextract.evaluation.compare import kind_of, same, shape_of
from vextract.evaluation.flatten import compare_trees
from vextract.grounding import ground
from vextract.pointers import join, within
from vextract.profiles import ModelProfile
from vextract.schema import FieldSpec
from vextract.tasks import Answer, Ballot, Question, Reply
from vextract.tasks.extract import read, validate

__all__ = ["Tally", "Vote", "tally", "voted"]

# Two rows are the same one if they share so much of what they say.
_ALIKE = 0.5
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Tally:
    """What a vote comes to.

    Attributes:
        data: of each value what most answers say.
        agreement: of each value's pointer the share of the answers that say so, 0..1.
    """

    data: object
    agreement: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Vote:
    """How often the same is asked, and how models choose their words then.

    Attributes:
        count: how often.
        temperature: of models that are asked more than once; None: as for all questions.
        seed: of the first time; others follow.
    """

    count: int
    temperature: float | None = None
    seed: int = 0

    def ballot(self, number: int, members: int, profile: ModelProfile) -> Ballot:
        """How a model is asked that time, counted from 0, where `members` take turns; as always if it is asked but once."""
        if number < members and self.count <= members:
            return Ballot(number)
        # Models that take no temperature at all would refuse this one.
        temperature = None if profile.temperature is None else self.temperature
        return Ballot(number, temperature, self.seed + number)


def voted(question: Question, replies: Sequence[Reply]) -> Answer:
    """What the replies of several times come to, validated, each value with its place and how many of the answers say so.

    One answer alone agrees with nobody: then nothing is said of agreement.
    """
    assert question.schema is not None, "jobs for extract have a schema"
    numbers = sorted({reply.ballot for reply in replies})
    if len(numbers) < 2:
        return read(question, replies)
    asked = replace(question, look=None)
    answers = [read(asked, [reply for reply in replies if reply.ballot == number]) for number in numbers]
    grounded = [{each.pointer for each in answer.evidence if each.match != "none"} for answer in answers]
    result = tally([answer.data for answer in answers], question.schema.fields, grounded)
    found = ground(result.data, question.pages, look=question.look) if question.ground else ()
    evidence = tuple(replace(each, agreement=result.agreement.get(each.pointer)) for each in found)
    return Answer(result.data, evidence, validate(question.schema, result.data))


def tally(answers: Sequence[object], spec: FieldSpec | None = None, grounded: Sequence[Collection[str]] = ()) -> Tally:
    """The answers in one.

    Of values that equally many answers give, the one that is on the page is taken, then the first. A row of a list is taken if more
    than half of the answers have it; if exactly half have it, by the same rule.

    Args:
        answers: JSON-like data of one shape, one or more.
        spec: how the schema describes the whole.
        grounded: for each answer the pointers of its values that are on the page; nothing is known of them by default.
    """
    counting = _Counting(len(answers), grounded or [()] * len(answers))
    data = counting.decided([_Said(n, "", answer) for n, answer in enumerate(answers)], "", spec)
    return Tally(data, counting.agreement)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one answer says: its number, and where in it that stands."""

    by: int
    at: str
    value: object


@dataclass(slots=True)
class _Counting:
    count: int
    grounded: Sequence[Collection[str]]
    agreement: dict[str, float] = field(default_factory=dict)

    def decided(self, said: Sequence[_Said], pointer: str, spec: FieldSpec | None) -> object:
        """What most say is there; _ABSENT if that is nothing at all."""
        group = self._most(_groups(said, spec))
        shape = _shape(group[0].value)
        if shape == "object":
            return self._object(group, pointer, spec)
        if shape == "list":
            return self._list(group, pointer, spec)
        if shape == "scalar":
            self.agreement[pointer] = len(group) / self.count
            forms = Counter(_form(each.value) for each in group)
            return self._most([[s for s in group if _form(s.value) == form] for form in forms])[0].value
        return group[0].value

    def _object(self, group: Sequence[_Said], pointer: str, spec: FieldSpec | None) -> dict[str, object]:
        data = {}
        for key in dict.fromkeys(key for each in group for key in _members(each.value)):
            inside = [_Said(s.by, s.at + join((key,)), _members(s.value).get(key, _ABSENT)) for s in group]
            value = self.decided(inside, pointer + join((key,)), _member_spec(spec, key))
            if value is not _ABSENT:
                data[key] = value
        return data

    def _list(self, group: Sequence[_Said], pointer: str, spec: FieldSpec | None) -> list[object]:
        item = spec.item if spec and spec.kind == "list" else None
        kept = [row for row in _rows(group, item) if self._wanted(row)]
        return [self.decided(row, f"{pointer}/{n}", item) for n, row in enumerate(kept)]

    def _wanted(self, row: Sequence[_Said]) -> bool:
        if 2 * len(row) != self.count:
            return 2 * len(row) > self.count
        return self._on_page(row) or any(each.by == 0 for each in row)

    def _most(self, groups: Sequence[Sequence[_Said]]) -> Sequence[_Said]:
        """The largest group; of several the first that has something on the page, or else the first."""
        most = max(len(group) for group in groups)
        largest = [group for group in groups if len(group) == most]
        return (
            next((group for group in largest if self._on_page(group)), largest[0]) if len(largest) > 1 else largest[0]
        )

    def _on_page(self, said: Sequence[_Said]) -> bool:
        return any(within(pointer, each.at) for each in said for pointer in self.grounded[each.by])


def _groups(said: Sequence[_Said], spec: FieldSpec | None) -> list[list[_Said]]:
    """Those that say the same, in order; all objects are one group, so are all lists, and all that say nothing."""
    groups: list[list[_Said]] = []
    for each in said:
        group = next((group for group in groups if _same(group[0].value, each.value, spec)), None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return groups


def _same(one: object, other: object, spec: FieldSpec | None) -> bool:
    shape = _shape(one)
    return shape == _shape(other) and (shape != "scalar" or same(one, other, kind_of(one, spec)))


def _rows(group: Sequence[_Said], item: FieldSpec | None) -> list[list[_Said]]:
    """The rows of several lists, those that are the same one together, in an order that follows all lists as far as it can."""
    first, *others = [[_Said(s.by, f"{s.at}/{n}", row) for n, row in enumerate(_items(s.value))] for s in group]
    rows = [[row] for row in first]
    for other in others:
        pairs = align([row[0].value for row in rows], [row.value for row in other], lambda a, b: _likeness(a, b, item))
        partner = {
            j: rows[i]
            for i, j in pairs
            if i is not None and j is not None and _likeness(rows[i][0].value, other[j].value, item)
        }
        at = 0
        for j, row in enumerate(other):
            if j in partner:
                partner[j].append(row)
                at = next(n for n, known in enumerate(rows) if known is partner[j]) + 1
            else:
                rows.insert(at, [row])
                at += 1
    return rows


def _likeness(one: object, other: object, item: FieldSpec | None) -> float:
    """How much of what two rows say they share, 0..1; 0 if they are not the same one."""
    if _form(one) == _form(other):
        return 1.0
    told = [leaf for leaf in compare_trees(one, other, item) if leaf.outcome != "null"]
    shared = sum(1.0 if leaf.outcome == "right" else leaf.similarity or 0.0 for leaf in told)
    return shared / len(told) if told and shared >= _ALIKE * len(told) else 0.0


def _shape(value: object) -> str:
    return "null" if value is _ABSENT else shape_of(value)


def _form(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _members(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _member_spec(spec: FieldSpec | None, key: str) -> FieldSpec | None:
    if spec is None:
        return None
    return spec.item if spec.kind == "map" else spec.member(key)
