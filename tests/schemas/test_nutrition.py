"""Nutrition facts that can and cannot be."""

from typing import Any

import pytest

from tests.schemas.ready import messages

BISCUIT: dict[str, Any] = {
    "energy_kj": 2046, "energy_kcal": 488, "fat_g": 21, "saturated_fat_g": 10, "carbohydrate_g": 66, "sugars_g": 24,
    "protein_g": "7.1", "salt_g": "0.5", "fibre_g": "2.4",
}  # fmt: skip


@pytest.mark.parametrize(
    "food",
    [
        BISCUIT,
        {"energy_kcal": 0, "fat_g": 0, "carbohydrate_g": 0, "protein_g": 0},
        {"energy_kcal": 900, "energy_kj": 3700, "fat_g": 100, "carbohydrate_g": 0, "protein_g": 0},
        {"energy_kcal": 200, "fat_g": 8, "carbohydrate_g": 45, "fibre_g": 40, "protein_g": 14},
    ],
)
def test_sound(food: dict[str, Any]) -> None:
    """Biscuits, water, oil and bran raise no alarm."""
    assert messages("nutrition", {"per_100": food}) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"energy_kj": 488, "energy_kcal": None}, "the energy is not that of"),
        ({"energy_kj": 1046}, "1046 kJ, 488 kcal"),
        ({"saturated_fat_g": 22}, "more saturated fat than fat"),
        ({"sugars_g": 70}, "more sugars than carbohydrate"),
        ({"salt_g": 50}, "100 g contain more than 100 g: 144.10 g"),
    ],
)
def test_contradictions(change: dict[str, Any], said: str) -> None:
    """What cannot be is told once, with its figures."""
    found = messages("nutrition", {"per_100": {**BISCUIT, **change}})
    assert len(found) == 1
    assert said in found[0]


def test_a_serving_may_weigh_more() -> None:
    """A serving is no hundred grams: its weights may add up to more."""
    double = {name: float(value) * 2 for name, value in BISCUIT.items()}
    assert messages("nutrition", {"per_serving": double}) == []
