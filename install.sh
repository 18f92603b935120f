#!/bin/sh
# Sets up vextract in ./.venv on Debian or Ubuntu: system packages, a virtual environment, the project with its test tools.
set -eu
cd "$(dirname "$0")"

sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
$sudo apt-get install -y -q --no-install-recommends \
    python3-venv tesseract-ocr tesseract-ocr-eng tesseract-ocr-deu tesseract-ocr-osd poppler-utils fontconfig fonts-dejavu-core \
    jq make parallel
# For the tests of review pages alone; Ubuntu has it as a snap only.
$sudo apt-get install -y -q --no-install-recommends chromium ||
    echo "install.sh: chromium cannot be installed; the tests of review pages are skipped" >&2

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "install.sh: Python 3.11 or newer is needed, this is $(python3 --version)" >&2
    exit 1
}
python3 -m venv .venv
.venv/bin/python -m pip install -q -c constraints.txt -e '.[dev,heic,rapidocr,models,video]'
echo "Installed. Run .venv/bin/vextract, or put it on your PATH: . .venv/bin/activate" >&2
