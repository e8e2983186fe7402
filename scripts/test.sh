#!/usr/bin/env bash
#
# The tests, in three tiers. Each tier includes the previous ones.
#
#   scripts/test.sh quick   formatting, clippy and the unit tests: under two minutes once built
#   scripts/test.sh         everything that CI runs
#   scripts/test.sh long    also what repeats or measures: fault rounds, properties with more cases,
#                           the concurrent tests many times, the package, and ratios of speed
#
# On a bare Debian machine with a Rust toolchain it installs the other tools it needs if it runs as
# root, and otherwise names them. It prints one line per step. It shows a step's output only if the
# step fails, which ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."

tier=${1:-default}
case $tier in
    quick | default | long) ;;
    *)
        echo "usage: scripts/test.sh [quick | long]" >&2
        exit 2
        ;;
esac

log=$(mktemp)
name=""

# Runs at the end, even if a signal interrupts a step.
report() {
    local code=$?
    if [[ -n $name ]]; then
        cat "$log"
        echo "FAILED  $name" >&2
        ((code)) || code=1
    fi
    rm -f "$log"
    exit "$code"
}
trap report EXIT

# step NAME COMMAND...
step() {
    local started=$SECONDS
    name=$1
    "${@:2}" >"$log" 2>&1
    echo "ok  $name ($((SECONDS - started)) s)"
    # Shows the number of tests: a run without tests would succeed, too.
    grep '^test result:' "$log" | sed 's/^/      /' || true
    name=""
}

rust_components() {
    { cargo fmt --version && cargo clippy --version; } || rustup component add rustfmt clippy || {
        echo "rustfmt or clippy is missing; please run: rustup component add rustfmt clippy"
        return 1
    }
}

formatting() {
    cargo fmt --check --all
    cargo fmt --check --manifest-path fuzz/Cargo.toml
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items
}

# Steps of the `long` tier: 'NAME|COMMAND'.
readonly LONG_STEPS=(
    "kill a server 1,000 times while people talk|kill_rounds"
    "delete 1,000 of a million messages while people talk|million"
    "properties with 8 times as many cases|many_cases"
    "integration tests 20 times|repetitions"
    "package|package"
    "ratio: history on disk to none|ratio --servers hobnob,memory"
    "ratio: character mode to lines|ratio --servers hobnob,telnet --cases pace,idle"
)

kill_rounds() {
    KILL_ROUNDS=1000 cargo test --locked --test it killed
}

million() {
    HISTORY_LINES=1000000 cargo test --locked --test it deleting_a_thousand -- --nocapture
}

many_cases() {
    PROPTEST_CASES=2048 cargo test --locked --lib
}

repetitions() {
    local round
    for round in {1..20}; do
        echo "round $round"
        cargo test --locked --test it
    done
}

# Checks that the package contains everything users need, and that it builds and installs.
package() {
    local folder
    folder=$(mktemp -d)
    cargo package --locked --target-dir "$folder/target" &&
        cargo install --locked --path "$folder"/target/package/hobnob-*/ --root "$folder/root" &&
        "$folder/root/bin/hobnob-server" --version && "$folder/root/bin/hobnob" --version
    local code=$?
    rm -rf "$folder"
    return "$code"
}

ratio() {
    cargo build --release --locked --bin hobnob-server &&
        cargo run --release --locked -p hobnob-bench -- compare --rounds 9 "$@"
}

rust_toolchain_and_style() {
    step "rustfmt and clippy" rust_components
    step "formatting" formatting
    step "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
}

if [[ $tier == quick ]]; then
    step "tools" scripts/install-tools.sh cc=gcc
    rust_toolchain_and_style
    step "unit tests" cargo test --locked --workspace --lib --bins
    exit
fi

# c++ builds libFuzzer; the integration tests use telnet, too; tmux displays the documentation's
# screens, and systemd runs its unit; hobnob-bench compares hobnob with the rest. Debian installs
# some of them outside the default path.
export PATH=$PATH:/usr/sbin
step "tools" scripts/install-tools.sh cc=gcc c++=g++ shellcheck=shellcheck \
    telnet=inetutils-telnet nc=netcat-openbsd prlimit=util-linux setpriv=util-linux ps=procps \
    tmux=tmux systemd-analyze=systemd unshare=util-linux ip=iproute2 \
    redis-server=redis-server nats-server=nats-server ngircd=ngircd \
    stunnel4=stunnel4 nginx=nginx nginx=libnginx-mod-stream
rust_toolchain_and_style
step "tests" cargo test --locked --workspace
step "documentation" documentation
step "fuzz targets compile" \
    cargo check --locked --manifest-path fuzz/Cargo.toml --target-dir target
step "shellcheck" shellcheck scripts/*.sh .ci/run
step "smoke test" scripts/smoke-test.sh
step "screens in the documentation" scripts/screens.sh
step "commands in the documentation" scripts/readme.sh
step "instruction counts" scripts/instructions.sh

for entry in "${LONG_STEPS[@]}"; do
    if [[ $tier == long ]]; then
        read -ra command <<<"${entry#*|}"
        step "${entry%%|*}" "${command[@]}"
    else
        echo "only with 'scripts/test.sh long': ${entry%%|*}"
    fi
done
