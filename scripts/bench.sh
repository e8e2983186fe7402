#!/usr/bin/env bash
#
# Compares hobnob with what is possible and with Redis, NATS and ngIRCd, with the settings that the
# README quotes: nine rounds, some eight minutes on two cores. The peers that are not installed are
# fetched with apt-get (as root). More arguments go to `hobnob-bench compare`; --out DIR says where
# the results go.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked --features bench --bins
arguments=(--rounds 9 --flood-lines 30000 --pace-duration 3 --stalled 50 --connections 9000)
if ((EUID == 0)); then
    arguments+=(--install)
fi
exec target/release/hobnob-bench compare "${arguments[@]}" "$@"
