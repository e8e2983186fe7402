#!/usr/bin/env bash
#
# Counts the instructions of the hot pure parts and fails if one takes more than its limit, which
# stands in benches/instructions.rs. Times on a shared machine are too noisy to show that something
# creeps; instruction counts are not.
#
# Usage: scripts/instructions.sh
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-tools.sh cc=gcc valgrind=valgrind
cargo bench --locked --quiet --bench instructions
