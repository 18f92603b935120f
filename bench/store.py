"""The store of answers with a million of them: time to keep one, to find one, to find none, in relation to SQLite itself.

Run: python bench/store.py [--entries 1000000] (about 5 minutes on two processors)
"""

import argparse
import hashlib
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from vextract.requests import Response
from vextract.store import Store
from vextract.store.answers import Spend
from vextract.types import Usage


def _key(number: int) -> bytes:
    return hashlib.blake2b(str(number).encode(), digest_size=20).digest()


def main() -> None:
    """Prints the figures; times are medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    text = json.dumps({"merchant": "Some shop", "total": 12.5, "lines": [{"name": "thing", "price": 1.25}] * 6})
    usage = Usage(300, 100, None, 1.2, 0.002)
    response = Response(text, "stop", "stop", usage, "req-1", "gpt-4o-2024-08-06")
    spend = Spend(1, "openai:gpt-4o", "extract", usage)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.sqlite")
        store = Store(path)
        puts = []
        for number in range(entries):
            began = time.perf_counter()
            store.answers.put(_key(number), response, spend)
            puts.append(time.perf_counter() - began)
        dice = random.Random(0)
        some = [_key(dice.randrange(entries)) for _ in range(5000)]
        hits = [_timed(store.answers.get, key) for key in some]
        misses = [_timed(store.answers.get, _key(entries + number)) for number in range(5000)]
        size = store.answers.size_bytes()
        store.close()
        plain = sqlite3.connect(path)
        query = "SELECT response FROM answers WHERE key = ?"
        dice.shuffle(some)
        bare = [_timed(lambda key: plain.execute(query, (key,)).fetchone(), key) for key in some]
        plain.close()
    print(
        json.dumps(
            {
                "entries": entries,
                "bytes_an_entry": round(size / entries),
                "put_us": round(1e6 * statistics.median(puts)),
                "hit_us": round(1e6 * statistics.median(hits)),
                "hit_p99_us": round(1e6 * statistics.quantiles(hits, n=100)[98]),
                "miss_us": round(1e6 * statistics.median(misses)),
                "hit_to_plain_sqlite": round(statistics.median(hits) / statistics.median(bare), 2),
            }
        )
    )


def _timed(call: Callable[[bytes], object], key: bytes) -> float:
    began = time.perf_counter()
    call(key)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
