"""Pydantic classes that stand for a JSON Schema: its shape as typed fields, while the library jsonschema decides what is accepted.

The shape serves attribute access, editors and tables and never refuses anything. What was accepted comes back from `model_dump` as
it came: no default filled in, no key lost, no number or date converted.
"""

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, RootModel, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError
from pydantic_core import core_schema as core

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

__all__ = ["Build", "JsonModel", "JsonRoot"]

Build = Callable[[Any], Any]
"""Gives what an attribute holds for a JSON value that was accepted."""


class _JsonSchemaMixin:
    """What objects and other roots have in common."""

    json_schema: ClassVar[Mapping[str, Any]] = {}
    json_validator: ClassVar["Validator | None"] = None

    @classmethod
    def _accept(cls, data: object) -> object:
        """The data if the schema allows it; otherwise all that is wrong, each with its place."""
        errors = list(cls._errors(data))
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors, input_type="python")
        return data

    @classmethod
    def _errors(cls, data: object) -> list[InitErrorDetails]:
        from jsonschema.exceptions import best_match

        assert cls.json_validator is not None
        try:
            # Of alternatives that all fail, what is wrong with the nearest one says more than that all fail.
            found = [best_match([error]) or error for error in cls.json_validator.iter_errors(data)]
        except RecursionError:
            return [_error("the data is nested too deeply", (), None)]
        return [_error(error.message, tuple(error.absolute_path), error.instance) for error in found]

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler, /) -> dict[str, Any]:
        if "'$ref'" not in repr(cls.json_schema):
            return copy.deepcopy(dict(cls.json_schema))
        # Inside another model's JSON Schema the references of this one would lead nowhere.
        return {key: cls.json_schema[key] for key in ("title", "description", "type") if key in cls.json_schema}

    @classmethod
    def model_json_schema(cls, *_args: Any, **_options: Any) -> dict[str, Any]:
        """The JSON Schema as it was given."""
        return copy.deepcopy(dict(cls.json_schema))


def _error(message: str, location: tuple[str | int, ...], value: object) -> InitErrorDetails:
    error = PydanticCustomError("json_schema", "{message}", {"message": message})
    return InitErrorDetails(type=error, loc=location, input=value)


class JsonModel(_JsonSchemaMixin, BaseModel):
    """An object that a JSON Schema describes. Keys that no field has are kept as extra attributes."""

    model_config = ConfigDict(extra="allow", protected_namespaces=(), defer_build=True)
    builders: ClassVar[Mapping[str, Build]] = {}

    @classmethod
    def build(cls, data: dict[str, Any]) -> Self:
        """An instance of data that was accepted already as part of a larger whole."""
        attributes = {name if field.alias is None else field.alias: name for name, field in cls.model_fields.items()}
        self = cls.__new__(cls)
        given = {attributes[key]: cls.builders[attributes[key]](data[key]) for key in data if key in attributes}
        missing = {name: None for name in cls.model_fields if name not in given}
        object.__setattr__(self, "__dict__", given | missing)
        object.__setattr__(self, "__pydantic_extra__", {key: data[key] for key in data if key not in attributes})
        object.__setattr__(self, "__pydantic_fields_set__", set(given))
        object.__setattr__(self, "__pydantic_private__", None)
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler, /) -> CoreSchema:
        fields = {
            name: cls._field(name, name if field.alias is None else field.alias)
            for name, field in cls.model_fields.items()
        }
        members = core.model_fields_schema(fields, extras_schema=core.any_schema(), extra_behavior="allow")
        return core.model_schema(
            cls,
            core.no_info_before_validator_function(cls._accept, members),
            serialization=core.plain_serializer_function_ser_schema(_as_it_came),
        )

    @classmethod
    def _field(cls, name: str, key: str) -> core.ModelField:
        # The builders of a class that contains itself are not known before the class is.
        value = core.no_info_plain_validator_function(lambda value: cls.builders[name](value))  # noqa: PLW0108  see above
        return core.model_field(core.with_default_schema(value, default=None), validation_alias=key)


def _as_it_came(model: JsonModel) -> dict[str, Any]:
    aliases = {name: name if field.alias is None else field.alias for name, field in type(model).model_fields.items()}
    given = {aliases[name]: model.__dict__[name] for name in model.__dict__ if name in model.model_fields_set}
    return given | (model.__pydantic_extra__ or {})


class JsonRoot(_JsonSchemaMixin, RootModel[Any]):
    """A list, a map or whatever else a JSON Schema describes that is not an object of named fields; `root` holds it."""

    model_config = ConfigDict(protected_namespaces=(), defer_build=True)
    builder: ClassVar[Build]

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler, /) -> CoreSchema:
        value = core.no_info_plain_validator_function(lambda data: cls.builder(cls._accept(data)))
        return core.model_schema(
            cls,
            value,
            root_model=True,
            serialization=core.plain_serializer_function_ser_schema(lambda model: model.root),
        )
