"""Pydantic models of all kinds of shapes, to be lowered."""

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, RootModel


class Color(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Grade(enum.IntEnum):
    ONE = 1
    TWO = 2


class Dates(BaseModel):
    day: dt.date
    moment: dt.datetime
    time: dt.time
    born: dt.date | None = None


class Identified(BaseModel):
    key: uuid.UUID
    also: list[uuid.UUID] = Field(default=[], max_length=2)


class Amounts(BaseModel):
    plain: Decimal
    perhaps: Decimal | None = None
    positive: Decimal = Field(gt=0)
    share: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    many: list[Decimal] = []


class Maps(BaseModel):
    counts: dict[str, int]
    by_color: dict[Color, bool]
    by_grade: dict[Grade, str]
    nested: dict[str, dict[str, bool]]
    by_day: dict[dt.date, float]
    by_code: dict[Annotated[str, Field(pattern="^[A-Z]{2}$")], bool] = {}
    some: dict[str, int] = Field(default={}, min_length=1, max_length=2)
    anything: dict[str, Any] = {}
    wide: dict = {}  # type: ignore[type-arg]


class Tuples(BaseModel):
    box: tuple[int, int, int, int]
    mixed: tuple[str, int, Color]
    deep: list[tuple[str, Optional[int]]]
    same: tuple[bool, ...] = ()
    empty: tuple[()] = ()


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=1, le=9)
    toys: dict[str, int] = {}


class Dog(BaseModel):
    kind: Literal["dog"]
    barks: bool
    owner: Optional["Person"] = None


class Person(BaseModel):
    name: str
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = []


class Node(BaseModel):
    label: Literal["a", "b"]
    children: list["Node"]


class Chain(BaseModel):
    value: int = Field(ge=0, le=9)
    next: Optional["Chain"] = None
    others: dict[str, "Chain"] = {}


class Even(BaseModel):
    odd: Optional["Odd"] = None


class Odd(BaseModel):
    even: Even
    note: str = ""


class Unions(BaseModel):
    a: int | bool | None
    b: bool | Color
    c: list[int] | dict[str, int]
    d: Cat | Dog | list[Cat] | str
    e: int | str | None = 5


class Numbers(BaseModel):
    share: float = Field(ge=0, le=1)
    steps: int = Field(multiple_of=5, ge=0, le=100)
    open: float = Field(gt=0, lt=10)
    between: int = Field(gt=0, lt=10)
    any: float = 0
    whole: int = -1
    large: int = Field(ge=10**17)


class Sets(BaseModel):
    colors: set[Color]
    numbers: frozenset[int] = Field(default=frozenset(), min_length=2)


class Texts(BaseModel):
    short: str = Field(min_length=2, max_length=4)
    code: str = Field(pattern=r"^[A-Z]{2}\d{3}$")
    word: str = Field(pattern=r"^\w+(?:-\w+)*$", max_length=12)
    has: str = Field(default="a1", pattern="[0-9]")
    both: str = Field(default="aaa", pattern="^a+$", min_length=3)


class Whatever(BaseModel):
    needed: Any
    free: Any = None
    objects: list[object] = []


class Lists(BaseModel):
    rows: list[list[bool]] = Field(min_length=2, max_length=3)
    first: list[str] = Field(min_length=1)
    cells: list[list[dict[str, list[int]]]] = []


class Address(BaseModel):
    """Where something is."""

    street: str
    zip: str | None = Field(default=None, max_length=5)


class Shared(BaseModel):
    home: Address
    work: Address | None = None
    others: list[Address] = Field(default=[], max_length=2)
    moved: "Shared | None" = None


class Addresses(RootModel[list[Address]]):
    pass


class Flags(RootModel[dict[str, bool]]):
    pass


class Either(RootModel[Cat | Dog]):
    pass


class Count(RootModel[int]):
    pass


class Aliased(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str = Field(alias="from")
    ref: int = Field(alias="$ref")
    constant: bool = Field(default=False, alias="const")
    members: dict[str, int] = Field(alias="properties")
    type: Literal["object"]
    required: list[str] = []
    any_of: Address | None = Field(default=None, alias="anyOf")
    value: int | None = None
    defs: str = Field(default="", alias="$defs")


class Constants(BaseModel):
    version: Literal[1] = 1
    on: Literal[True]
    word: Literal["a", "b", None]  # noqa: PYI061 - null among the values, as JSON Schema files have it
    mixed: Literal[1, "x", False]
    grade: Grade
    red: Literal[Color.RED] = Color.RED


class Optionals(BaseModel):
    a: int = 1
    b: str | None = None
    c: Address | None = None
    d: "Optionals | None" = None
    e: list[Address] | None = None
    f: dict[str, Address | None] | None = None
    g: bool | None


class Empty(BaseModel):
    inside: "Nothing"
    more: dict[str, "Nothing"] = {}


class Nothing(BaseModel):
    pass


class Extra(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]
    a: str


class Wide(BaseModel):
    """More optional keys than some providers take."""

    f01: int | None = None
    f02: str = "x"
    f03: dt.date | None = None
    f04: list[int] | None = None
    f05: Address | None = None
    f06: Color = Color.RED
    f07: Decimal | None = None
    f08: int | str | None = None
    f09: dict[str, int] | None = None
    f10: bool | None = None
    f11: bool | None = None
    f12: bool | None = None
    f13: bool | None = None
    f14: bool | None = None
    f15: bool | None = None
    f16: bool | None = None
    f17: bool | None
    f18: bool | None = None
    rows: list[Optionals] = []


MODELS: tuple[type[BaseModel], ...] = (
    *(Dates, Identified, Amounts, Maps, Tuples, Person, Node, Chain, Even, Unions, Numbers, Sets, Texts, Whatever),
    *(Lists, Shared, Addresses, Flags, Either, Count, Aliased, Constants, Optionals, Empty, Extra, Wide),
)
