"""A model's answer in a lowered shape, raised to the shape of the user's schema.

Each part of a lowered schema has a step that undoes its lowering. A step leaves what is not of the shape that it expects as it is:
whether the whole fits is for the validator to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["SAME", "Items", "Members", "Named", "Option", "Options", "Pairs", "Perhaps", "Places", "Step", "Unwrapped"]


class Step(Protocol):
    """Undoes the lowering of one value."""

    def __call__(self, value: object) -> object:
        """The value in the user's shape."""
        ...


@dataclass(frozen=True, slots=True)
class _Same:
    """The value as it is."""

    def __call__(self, value: object) -> object:
        """Undoes it."""
        return value


SAME: Step = _Same()
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The one value of an object that was put around the whole."""

    key: str
    step: Step

    def __call__(self, value: object) -> object:
        """Undoes it."""
        return self.step(value[self.key] if isinstance(value, dict) and self.key in value else value)


@dataclass(frozen=True, slots=True)
class Members:
    """An object.

    Attributes:
        steps: for its named keys.
        others: for all other keys.
        optional: keys that may be absent and are not null in the user's schema: there null stands for absent.
    """

    steps: Mapping[str, Step]
    others: Step = SAME
    optional: frozenset[str] = frozenset()

    def __call__(self, value: object) -> object:
        """Undoes it."""
        if not isinstance(value, dict):
            return value
        said = {key: part for key, part in value.items() if part is not None or key not in self.optional}
        raised = {key: self.steps.get(key, self.others)(part) for key, part in said.items()}
        return {key: part for key, part in raised.items() if part is not _ABSENT}


@dataclass(frozen=True, slots=True)
class Perhaps:
    """The value of a key, written as a list of it; an empty list, or null, stands for none."""

    step: Step
    optional: bool

    def __call__(self, value: object) -> object:
        """Undoes it; what is absent is no longer a key of the object."""
        value = (value[0] if value else None) if isinstance(value, list) else value
        if value is None:
            return _ABSENT if self.optional else None
        return self.step(value)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    step: Step

    def __call__(self, value: object) -> object:
        """Undoes it."""
        return [self.step(part) for part in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Places:
    """A list with a meaning for each place; `keys` name the places where it was written as an object, and are empty elsewhere."""

    steps: tuple[Step, ...]
    keys: tuple[str, ...] = ()

    def __call__(self, value: object) -> object:
        """Undoes it."""
        if self.keys and isinstance(value, dict) and value.keys() == set(self.keys):
            value = [value[key] for key in self.keys]
        if not isinstance(value, list):
            return value
        return [step(part) for step, part in zip(self.steps, value, strict=False)] + value[len(self.steps) :]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A map that was written as a list of objects of a key and a value; of two alike keys the later counts."""

    step: Step

    def __call__(self, value: object) -> object:
        """Undoes it."""
        if not isinstance(value, list) or not all(
            isinstance(part, dict) and {"key", "value"} <= set(part) for part in value
        ):
            return value
        return {str(part["key"]): self.step(part["value"]) for part in value}


@dataclass(frozen=True, slots=True)
class Named:
    """Something that contains itself: its step is found by name when a value is there."""

    name: str
    steps: Mapping[str, Step] = field(repr=False)

    def __call__(self, value: object) -> object:
        """Undoes it."""
        return self.steps[self.name](value)


@dataclass(frozen=True, slots=True)
class Option:
    """One alternative: its lowered schema, and the step for values that fit it."""

    json_schema: Mapping[str, Any]
    step: Step


@dataclass(frozen=True, slots=True)
class Options:
    """Alternatives: the first that the value fits, else the first that looks like it."""

    options: tuple[Option, ...]
    definitions: Mapping[str, Any] = field(repr=False)

    def __call__(self, value: object) -> object:
        """Undoes it."""
        if not isinstance(value, (dict, list)):
            return value
        likely = [option for option in self.options if self._looks_like(option.json_schema, value)]
        fitting = (option for option in likely if len(likely) == 1 or self._fits(option.json_schema, value))
        chosen = next(fitting, likely[0] if likely else None)
        return chosen.step(value) if chosen else value

    def _fits(self, schema: Mapping[str, Any], value: object) -> bool:
        from jsonschema import Draft202012Validator
        from jsonschema.validators import extend

        # Not multipleOf, which is judged by a division of floats: 99.99 would be no multiple of 1e-9.
        lenient = extend(Draft202012Validator, {"multipleOf": lambda *_: None})
        return bool(lenient({**schema, "$defs": self.definitions}).is_valid(value))

    def _looks_like(self, schema: Mapping[str, Any], value: object) -> bool:
        """Whether the value is of the schema's type, and what the schema says of its constant keys is so."""
        if "$ref" in schema:
            return self._looks_like(self.definitions[str(schema["$ref"]).rpartition("/")[2]], value)
        if "anyOf" in schema:
            return any(self._looks_like(option, value) for option in schema["anyOf"])
        if not isinstance(value, dict):
            return schema.get("type") == "array"
        members: Mapping[str, Any] = schema.get("properties", {})
        constants = {key: [part["const"]] if "const" in part else part.get("enum") for key, part in members.items()}
        return schema.get("type") == "object" and all(
            key not in value or value[key] in allowed for key, allowed in constants.items() if allowed
        )
