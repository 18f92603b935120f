"""What holding a model to a schema costs and gives: valid share and milliseconds a token, with and without, in one run.

The models are the tiny random ones of the tests, so that the cost is that of the constraint and not hidden behind the model's own.

    python bench/constrained.py [ANSWERS]
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import jsonschema

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.models import binding, tiny
from vextract.models import connect


async def measured(provider: str, model: str, answers: int, schema: dict[str, Any] | None, **options: Any) -> str:
    """A line of the table."""
    connected = connect(binding.connection(provider, model))
    await connected.answer(binding.request(max_tokens=2, options=options))
    valid, per_token, tokens = 0, [], []
    for seed in range(answers):
        most = 400 if schema else 60
        asked = binding.request(schema=schema, temperature=1.0, seed=seed, max_tokens=most, options=options)
        answer = await connected.answer(asked)
        count, seconds = answer.usage.output_tokens or 1, answer.usage.seconds or 0.0
        valid += answer.finish == "stop" and is_valid(answer.text)
        per_token.append(1000 * seconds / count)
        tokens.append(count)
    await connected.close()
    name = f"{provider:5} {Path(model).name:12} {'bound' if schema else 'free':6}"
    return f"{name} {valid:3}/{answers} valid {median(per_token):7.2f} ms a token, {median(tokens):4.0f} tokens"


def is_valid(text: str) -> bool:
    """Whether it is JSON that the schema allows."""
    try:
        jsonschema.validate(json.loads(text), binding.SMALL)
    except (ValueError, jsonschema.ValidationError):
        return False
    return True


def main() -> None:
    """Prints the table."""
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as root:
        # SmolVLM needs one more package.
        makers = {name: make for name, make in tiny.FAMILIES.items() if name != "smolvlm"}
        cases: list[tuple[str, str, dict[str, Any]]] = []
        for name, make in makers.items():
            (Path(root) / name).mkdir()
            make(Path(root) / name)
            cases.append(("hf", str(Path(root) / name), {"threads": 1, "device": "cpu"}))
        cases.append(("gguf", str(tiny.gguf_model(Path(root))), {"n_threads": 1}))
        for provider, model, options in cases:
            for schema in (None, binding.SMALL):
                print(asyncio.run(measured(provider, model, answers, schema, **options)), flush=True)


if __name__ == "__main__":
    main()
