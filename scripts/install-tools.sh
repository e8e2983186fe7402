#!/usr/bin/env bash
#
# Makes sure that commands exist which the tests run but Rust does not provide: installs their
# Debian packages if it may, and otherwise says which to install. A test that skips silently because
# a tool is missing is worse than none.
#
# Usage: scripts/install-tools.sh COMMAND=PACKAGE...
set -euo pipefail

missing=()
for tool in "$@"; do
    command -v "${tool%%=*}" >/dev/null || missing+=("${tool#*=}")
done
if ((${#missing[@]} == 0)); then
    exit 0
fi

if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    echo "missing tools; please install these packages (Debian's names): ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}" >&2
# Some are servers, which Debian would start at once: this prevents it (policy-rc.d(8)).
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -qq --yes --no-install-recommends "${missing[@]}" >&2
