"""The nutrition facts on a package of food, per 100 g and per serving."""

from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel, Field

from vextract.schema.amounts import Amount, close, shown
from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed

_KJ_PER_KCAL = Decimal("4.184")
_TOLERANCE = Decimal("0.2")


class Nutrients(BaseModel):
    """What an amount of the food contains; weights in grams. What is printed as "< 0.5 g" is 0.5."""

    energy_kj: Amount | None = printed(
        "Energy (kJ)",
        "Energy in kilojoules.",
        labels="Energy (kJ); Energy; Brennwert; Energie; Énergie; Valeur énergétique; kJ",
    )
    energy_kcal: Amount | None = printed(
        "Energy (kcal)",
        "Energy in kilocalories.",
        labels="Calories; Energy (kcal); Energy; Kalorien; Brennwert; Energie; Énergie; Valeur énergétique; kcal",
        not_labels="Calories from fat",
    )
    fat_g: Amount | None = printed(
        "Fat",
        "Fat in grams.",
        labels="Total fat; Fat; Fett; Gesamtfett; Matières grasses; Lipides; Graisses",
        not_labels="Saturated fat; Trans fat; Calories from fat; gesättigte Fettsäuren; acides gras saturés",
    )
    saturated_fat_g: Amount | None = printed(
        "Saturated fat",
        "Saturated fatty acids in grams.",
        labels="of which saturates; Saturated fat; Saturates; Sat. fat; davon gesättigte Fettsäuren; "
        "gesättigte Fettsäuren; dont acides gras saturés; acides gras saturés",
    )
    carbohydrate_g: Amount | None = printed(
        "Carbohydrate",
        "Carbohydrate in grams.",
        labels="Total carbohydrate; Carbohydrate; Carbohydrates; Total carb.; Carbs; Kohlenhydrate; Glucides; "
        "Hydrates de carbone",
    )
    sugars_g: Amount | None = printed(
        "Sugars",
        "Sugars in grams.",
        labels="of which sugars; Total sugars; Sugars; davon Zucker; Zucker; dont sucres; Sucres",
        not_labels="Added sugars; Includes added sugars; Zugesetzter Zucker; Sucres ajoutés",
    )
    fibre_g: Amount | None = printed(
        "Fibre",
        "Dietary fibre in grams.",
        labels="Dietary fiber; Dietary fibre; Fibre; Fiber; Ballaststoffe; Fibres alimentaires; Fibres",
    )
    protein_g: Amount | None = printed(
        "Protein", "Protein in grams.", labels="Protein; Proteins; Eiweiß; Eiweiss; Protéines"
    )
    salt_g: Amount | None = printed("Salt", "Salt in grams.", labels="Salt; Salt equivalent; Salz; Sel")
    sodium_mg: Amount | None = printed("Sodium", "Sodium in milligrams.", labels="Sodium; Natrium")


class Nutrition(Checked):
    """The nutrition facts of one food."""

    product: str | None = printed("Product", "The name of the food.")
    brand: str | None = printed("Brand", "The brand.")
    net_weight: str | None = printed(
        "Net weight",
        "What the package holds, as printed: 500 g, 1 l.",
        labels="Net weight; Net wt.; Net contents; Nettogewicht; Füllmenge; Inhalt; Nettofüllmenge; Poids net; "
        "Contenance",
    )
    serving_size: str | None = printed(
        "Serving size",
        "How much a serving is, as printed: 30 g, 2 biscuits.",
        labels="Serving size; Portion size; Per serving; Portionsgröße; Portion; Pro Portion; Taille de la portion; "
        "Par portion",
        not_labels="Servings per container; Servings per pack; Portionen pro Packung; Portions par emballage",
    )
    servings: Amount | None = printed(
        "Servings",
        "How many servings the package holds.",
        labels="Servings per container; Servings per pack; Servings per package; Servings; Portionen pro Packung; "
        "Portionen; Portions par emballage; Nombre de portions",
    )
    per_100: Nutrients | None = Field(
        default=None, title="Per 100 g or 100 ml", description="What 100 g or 100 ml contain."
    )
    per_serving: Nutrients | None = Field(default=None, title="Per serving", description="What one serving contains.")
    ingredients: str | None = printed(
        "Ingredients", "The list of ingredients, word for word.", labels="Ingredients; Zutaten; Ingrédients"
    )
    allergens: list[str] = Field(
        default_factory=list,
        title="Allergens",
        description="What the list marks, or says that the food contains or may contain.",
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Weights and energies that cannot be: more than a hundred grams in a hundred, parts beyond their whole."""
        if self.per_100 is not None:
            yield from _check_weight("/per_100", self.per_100)
        for pointer, nutrients in (("/per_100", self.per_100), ("/per_serving", self.per_serving)):
            if nutrients is not None:
                yield from _check_parts(pointer, nutrients)
                yield from _check_energy(pointer, nutrients)


def _check_weight(pointer: str, food: Nutrients) -> Iterator[Inconsistency]:
    # Fibre is left out: in the United States it counts as carbohydrate.
    names = ("fat_g", "carbohydrate_g", "protein_g", "salt_g")
    known = {name: value for name in names if (value := getattr(food, name)) is not None}
    added = sum(known.values(), Decimal(0))
    if added > Decimal("100.5"):
        yield Inconsistency(
            f"100 g contain more than 100 g: {shown(added)} g", tuple(f"{pointer}/{name}" for name in known)
        )


def _check_parts(pointer: str, food: Nutrients) -> Iterator[Inconsistency]:
    for part_name, whole_name in (("saturated_fat_g", "fat_g"), ("sugars_g", "carbohydrate_g")):
        part, whole = getattr(food, part_name), getattr(food, whole_name)
        if part is not None and whole is not None and part > whole + Decimal("0.5"):
            names = [name.removesuffix("_g").replace("_", " ") for name in (part_name, whole_name)]
            yield Inconsistency(
                f"more {names[0]} than {names[1]}: {shown(part)} g, {shown(whole)} g",
                (f"{pointer}/{part_name}", f"{pointer}/{whole_name}"),
            )


def _check_energy(pointer: str, food: Nutrients) -> Iterator[Inconsistency]:
    kj, kcal = food.energy_kj, food.energy_kcal
    if kj is not None and kcal is not None and not close(kj, kcal * _KJ_PER_KCAL, kj * _TOLERANCE / 4 + 5):
        yield Inconsistency(
            f"kilojoules and kilocalories do not agree: {shown(kj)} kJ, {shown(kcal)} kcal",
            (f"{pointer}/energy_kj", f"{pointer}/energy_kcal"),
        )
    energy = kcal if kcal is not None else kj and kj / _KJ_PER_KCAL
    fat, carbohydrate, protein = food.fat_g, food.carbohydrate_g, food.protein_g
    if energy is None or fat is None or carbohydrate is None or protein is None:
        return
    # Source: Regulation (EU) No 1169/2011, annex XIV.
    low = fat * 9 + carbohydrate * 4 + protein * 4
    # Fibre brings energy in Europe, takes some away in the United States; sweeteners and alcohol are not known.
    fibre = (food.fibre_g or Decimal(0)) * 4
    if not low * (1 - _TOLERANCE) - fibre - 10 <= energy <= low * (1 + _TOLERANCE) + fibre + 10:
        yield Inconsistency(
            f"the energy is not that of fat, carbohydrate and protein: about {low:.0f} kcal, printed {energy:.0f} kcal",
            tuple(f"{pointer}/{name}" for name in ("energy_kcal", "fat_g", "carbohydrate_g", "protein_g")),
        )
