"""A recipe: ingredients with their amounts, the steps, and how long it takes."""

from pydantic import BaseModel, Field

from vextract.schema.amounts import Amount
from vextract.schema.hints import printed


class Ingredient(BaseModel):
    """One ingredient."""

    name: str | None = printed("Name", "What it is, without amount and unit.")
    quantity: Amount | None = printed("Quantity", "How much: 0.5 for ½; the lower bound of a range.")
    unit: str | None = printed("Unit", "The unit as printed: g, cup, tbsp, EL, c. à s.")
    preparation: str | None = printed("Preparation", "How it is prepared: chopped, at room temperature.")
    group: str | None = printed("Group", "The heading it stands under: for the dough, Für den Teig, Pour la pâte.")


class Recipe(BaseModel):
    """A recipe."""

    title: str | None = printed("Title", "The name of the dish.")
    author: str | None = printed(
        "Author", "Whose recipe it is.", labels="Recipe by; By; Author; Rezept von; Von; Recette de; Par"
    )
    servings: Amount | None = printed(
        "Servings",
        "For how many people or pieces.",
        labels="Serves; Servings; Makes; Yield; Portionen; Für Personen; Ergibt; Zutaten für; Nombre de personnes; "
        "Pour; Portions",
    )
    preparation_minutes: Amount | None = printed(
        "Preparation time",
        "The work, in minutes.",
        labels="Prep time; Preparation time; Prep; Hands-on time; Zubereitungszeit; Arbeitszeit; Vorbereitung; "
        "Temps de préparation; Préparation",
    )
    cooking_minutes: Amount | None = printed(
        "Cooking time",
        "The time in the pot or oven, in minutes.",
        labels="Cook time; Cooking time; Baking time; Cook; Kochzeit; Backzeit; Garzeit; Temps de cuisson; Cuisson",
    )
    total_minutes: Amount | None = printed(
        "Total time",
        "All in all, with rests, in minutes.",
        labels="Total time; Ready in; Total; Gesamtzeit; Fertig in; Temps total; Prêt en",
    )
    ingredients: list[Ingredient] = Field(
        default_factory=list,
        title="Ingredients",
        description="The ingredients, in order.",
        json_schema_extra={"labels": ["Ingredients", "Zutaten", "Ingrédients"]},
    )
    steps: list[str] = Field(
        default_factory=list,
        title="Steps",
        description="What to do, one step each, word for word, without numbers.",
        json_schema_extra={
            "labels": ["Method", "Directions", "Instructions", "Zubereitung", "Anleitung", "Préparation"]
        },
    )
    notes: str | None = printed(
        "Notes", "Tips and variations.", labels="Notes; Tip; Tips; Tipp; Hinweis; Astuce; Conseil"
    )
