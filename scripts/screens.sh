#!/usr/bin/env bash
#
# Creates the screens in README.md and docs/ from a real run: a server of this build, and real
# programs in real terminals (tmux). Names are fixed, so that the result is the same each time, and
# CI can check whether these pages still show what the program does.
#
# Usage: scripts/screens.sh            prints them, and fails if the pages have others
#        scripts/screens.sh --write    puts them into the pages
set -euo pipefail
export LC_ALL=C.UTF-8
unset "${!HOBNOB_@}" TMUX # The caller's settings and terminal must not affect this.

readonly DEADLINE_SECS=20
readonly POLL_SECS=0.05
readonly COLUMNS_SHOWN=72

here=$(cd "$(dirname "$0")" && pwd)
pages=("$here"/../README.md "$here"/../docs/*.md)
work=$(mktemp -d)
server=""

main() {
    cargo build --quiet --release --locked --manifest-path "$here/../Cargo.toml"
    local built=${CARGO_TARGET_DIR:-$here/../target}/release
    "$built/hobnob-server" --lang en --memory --listen localhost:0 --listen telnet://localhost:0 \
        >"$work/server.out" 2>"$work/server.err" &
    server=$!
    until_true grep -q Ctrl-C "$work/server.out"
    local plain edited
    plain=$(grep -o 'nc localhost [0-9]*' "$work/server.out" | head -1 | cut -d' ' -f3)
    edited=$(grep -o 'telnet://127.0.0.1:[0-9]*' "$work/server.out" | head -1 | cut -d: -f3)

    terminal ann 13 telnet localhost "$edited"
    terminal bob 13 nc localhost "$plain"
    calls ann ann
    calls bob bob
    types ann 'is anybody bringing c'
    types bob 'I can bring the big cake tin, and somebody should bring plates, forks and enough napkins' Enter
    shows ann 'enough napkins'
    types bob '/join #kitchen' Enter
    shows bob 'You created #kitchen'
    types bob '#lobby ann: 你好, the kitchen is open' Enter
    shows ann 'the kitchen is open'
    screen typing ann

    types ann C-u '/join #kitchen' Enter
    shows ann 'You joined #kitchen'
    types ann '#lobby' Enter
    shows ann 'You are talking in #lobby'
    types bob 'the oven is hot' Enter
    types bob 'who has the key?' Enter
    shows ann '\(\+2 #kitchen\)'
    types ann 'bo' Tab
    shows ann '> bob:$'
    screen unread ann

    # The client's history of sent lines goes here rather than into the files of the user who runs
    # this.
    terminal carol 13 env XDG_STATE_HOME="$work" "$built/hobnob" "carol@localhost:$plain"
    shows carol 'Welcome, carol'
    shows carol '#lobby>$'
    types carol '/join #kitchen' Enter
    shows carol 'You joined #kitchen'
    types carol 'the key is on the sh'
    types bob 'carol: have you seen the key? 厨房的钥匙在哪里？' Enter
    shows carol 'have you seen'
    types ann C-u 'lunch is served' Enter
    shows carol '\(\+1 #lobby\)'
    screen client carol
    conclude "${1-}"
}

# terminal NAME ROWS COMMAND...: starts a program in its own terminal.
terminal() {
    in_tmux new-session -d -s "$1" -x "$COLUMNS_SHOWN" -y "$2" "${@:3}"
    shows "$1" 'Welcome, '
}

# calls TERMINAL NAME: takes a name.
calls() {
    types "$1" "/nick $2" Enter
    shows "$1" "is now $2"
}

types() {
    in_tmux send-keys -t "$1" "${@:2}"
}

# Waits until a row of the terminal matches a pattern.
shows() {
    until_true eval "in_tmux capture-pane -p -t '$1' | grep -Eq -- '$2'"
}

# Saves the contents of a terminal, from the first line after joining.
screen() {
    in_tmux capture-pane -p -t "$2" | sed -e '/^Trying/d; /^Connected/d; /^Escape/d; /^Welcome/d' \
        -e '/^You are .*Type to talk/{/leaves\.$/!N;d}' \
        -e '/> \/nick /d; / is now /d; / joined$/d' -e '/^The last/d; /^  [0-9][0-9]:/,/^[^ ]/{/^  /d}' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/$1.screen"
}

# Prints the screens, and writes them to the pages or compares them with those.
conclude() {
    local name page is_same=yes
    for name in typing unread client; do
        echo "--- $name"
        cat "$work/$name.screen"
        grep -Fqx "<!-- screen: $name -->" "${pages[@]}" || {
            echo "no page has the screen '$name'" >&2
            exit 1
        }
    done
    for page in "${pages[@]}"; do
        with_screens "$page" >"$work/page"
        if [[ $1 == --write ]]; then
            cat "$work/page" >"$page"
        else
            diff -u "$page" "$work/page" || is_same=no
        fi
    done
    if [[ $is_same == no ]]; then
        echo "the pages show other screens; run scripts/screens.sh --write" >&2
        exit 1
    fi
}

# with_screens PAGE: the page, with each block below a mark `screen` replaced by that screen.
with_screens() {
    awk -v work="$work" '
        /^<!-- screen: [a-z]+ -->$/ {
            file = work "/" $3 ".screen"
            print; print "```text"
            while ((getline line < file) > 0) print line
            close(file)
            print "```"
            skipping = 1; fences = 0; next
        }
        skipping { if (/^```/ && ++fences == 2) skipping = 0; next }
        { print }' "$1"
}

in_tmux() {
    tmux -L "hobnob-screens-$$" -f /dev/null "$@"
}

until_true() {
    local deadline=$((SECONDS + DEADLINE_SECS))
    until "$@"; do
        if ((SECONDS > deadline)); then
            echo "never true: $*" >&2
            in_tmux list-sessions -F '#S' 2>/dev/null | while read -r name; do
                in_tmux capture-pane -p -t "$name" >&2
            done
            return 1
        fi
        sleep "$POLL_SECS"
    done
}

clean_up() {
    in_tmux kill-server 2>/dev/null || true
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}

trap clean_up EXIT
main "$@"
