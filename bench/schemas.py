"""How many JSON Schemas load, and how often what they accept agrees with the verdict given beside them.

Reads json_schema_tests.jsonl and schemas_in_the_wild.jsonl under DIR/json_robustness and prints both shares and the rest as JSON.
Only schemas that describe an object or a list count. Run: python bench/schemas.py --data DIR
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vextract.errors import SchemaError
from vextract.schema import Schema, load_schema

_OF_OBJECTS = {"properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties"}
_OF_LISTS = {"items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"}


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def _compound(schema: object) -> bool:
    """It describes an object or a list: by its type, or without one by its keywords."""
    if not isinstance(schema, dict):
        return False
    if "type" in schema:
        return bool({"object", "array"} & {*([schema["type"]] if isinstance(schema["type"], str) else schema["type"])})
    return bool((_OF_OBJECTS | _OF_LISTS) & set(schema)) or "$ref" in schema


def _load(schema: object, folder: Path, number: int) -> Schema:
    path = folder / f"schema{number}.json"
    path.write_text(json.dumps(schema), "utf-8")
    return load_schema(str(path))


def measure(data: Path) -> dict[str, object]:
    """Both shares and what is missing from them."""
    tests = list(_cases(data / "json_schema_tests.jsonl"))
    wild = list(_cases(data / "schemas_in_the_wild.jsonl"))
    distinct = {json.dumps(case["schema"]): case for case in (*tests, *wild)}
    loaded: dict[str, Schema] = {}
    refused, slowest, compound = [], 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for text, case in distinct.items():
            name, begin = case.get("name") or f"{case['file']}: {case['group']}", time.perf_counter()
            compound += (counts := _compound(case["schema"]))
            try:
                loaded[text] = _load(case["schema"], Path(folder), len(loaded))
                loaded[text].fields  # noqa: B018  it is part of loading
            except SchemaError as error:
                refused.append({"schema": name, "counts": counts, "error": error.message})
            slowest = max(slowest, time.perf_counter() - begin)
    judged = [case for case in tests if json.dumps(case["schema"]) in loaded]
    wrong = [
        case for case in judged if (not loaded[json.dumps(case["schema"])].validate(case["data"])[1]) != case["valid"]
    ]
    missing = sum(bool(entry["counts"]) for entry in refused)
    return {
        "objects_or_lists": compound,
        "loaded_share": round(1 - missing / compound, 4),
        "slowest_s": round(slowest, 3),
        "judged": len(judged),
        "agreeing_share": round(1 - len(wrong) / len(judged), 4),
        "refused": refused,
        "disagreeing": [{key: case[key] for key in ("file", "group", "test", "valid")} for case in wrong],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="where json_robustness/ is")
    options = parser.parse_args()
    print(json.dumps(measure(options.data / "json_robustness"), indent=2, ensure_ascii=False))
