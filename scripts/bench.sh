#!/usr/bin/env bash
#
# Compares hobnob with what is possible and with Redis, NATS and ngIRCd, with the settings that the
# README quotes: nine rounds, some nine minutes on two cores. As root on Debian it installs the
# peers that are missing, without starting them; else those that are there take part. More arguments
# go to `hobnob-bench compare`; --out DIR says where the results go.
set -euo pipefail
cd "$(dirname "$0")/.."

export PATH=$PATH:/usr/sbin
scripts/install-tools.sh cc=gcc
scripts/install-tools.sh redis-server=redis-server nats-server=nats-server ngircd=ngircd || true
cargo build --release --locked --workspace --bins
exec target/release/hobnob-bench compare --rounds 9 --flood-lines 30000 --pace-duration 2 \
    --stalled 50 --connections 9000 "$@"
