"""`python -m vextract` is the same as `vextract`."""

from vextract.cli import main

if __name__ == "__main__":
    main()
