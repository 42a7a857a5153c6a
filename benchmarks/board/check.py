"""Hold entries of the board against its rules, and print its table.

    python benchmarks/board/check.py NAME --source FOLDER

checks one entry; without a name, all. Exit code 1 where a rule is broken.
"""

import argparse
import sys

from entry import ENTRIES, EntryError, check, load, table

from translator.config import CorpusConfig
from translator.text.corpus import load_split


def main() -> int:
    parser = argparse.ArgumentParser(description="Check entries of the board.")
    parser.add_argument("name", nargs="?", help="folder of an entry; by default all")
    parser.add_argument("--source", required=True, help="Multi30k, as for training")
    options = parser.parse_args()
    folders = [ENTRIES / options.name] if options.name else sorted(ENTRIES.glob("*/"))
    references = [tgt for _, tgt in load_split(CorpusConfig(source=options.source), "validation")]
    entries, is_good = [], True
    for folder in folders:
        try:
            entry = load(folder)
            check(entry, references)
            each = ", ".join(f"{minutes:.2f}" for minutes in entry.minutes)
            print(f"{folder.name}: fine; minutes of each seed: {each}")
            entries.append(entry)
        except EntryError as error:
            is_good = False
            print(f"{folder.name}: {error}")
    if entries:
        print(f"\n{table(entries)}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
