#!/usr/bin/env bash
# Prepares Gradescope's image, once: Python, torch for the CPU, and Specimen from the checkout that lies beside this script.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
checkout="${SPECIMEN_CHECKOUT:-$root/source/specimen}"
torch_index="${SPECIMEN_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}"

[ -f "$checkout/pyproject.toml" ] || { echo "setup.sh: $checkout is no checkout of Specimen" >&2; exit 1; }

newest_python() { # one that Specimen runs on, with what makes an environment
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
      command -v "$name"
      return
    fi
  done
}

python="$(newest_python)"
if [ -z "$python" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  apt-get install -y --no-install-recommends software-properties-common
  add-apt-repository -y ppa:deadsnakes/ppa # Ubuntu 22.04 has 3.10
  apt-get install -y --no-install-recommends python3.12 python3.12-venv
  python="$(newest_python)"
fi
[ -n "$python" ] || { echo "setup.sh: Specimen needs Python 3.11 or later" >&2; exit 1; }
echo "setup.sh: Python is $python"

"$python" -m venv "$root/specimen"
"$root/specimen/bin/pip" install --no-cache-dir torch torchvision --index-url "$torch_index"
"$root/specimen/bin/pip" install --no-cache-dir --editable "$checkout"
"$root/specimen/bin/specimen" questions > /dev/null
echo "setup.sh: done"
