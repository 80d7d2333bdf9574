#!/usr/bin/env bash
# The whole path, on a PostgreSQL of its own: two articles in, their claims out, a verdict on two of them.
#
#   scripts/demo.sh            stays up until Ctrl-C
#   scripts/demo.sh --once     ends by itself
#
# From the environment: PROFILE (release where absent; dev builds faster), CARGO, CLAIMDESK (a binary, instead of
# building one), PG_BIN (the folder of the PostgreSQL server's programs).
set -euo pipefail

usage() {
    sed -n '2,5s/^# \{0,1\}//p' "$0"
}

once=false
for argument in "$@"; do
    case "$argument" in
        --once) once=true ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            printf 'error: unknown option "%s"\n\n' "$argument" >&2
            usage >&2
            exit 2
            ;;
    esac
done

readonly once least_claims=25
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Nothing of the demo goes into somebody's own database or service.
unset DATABASE_URL
for variable in "${!CLAIMDESK_@}"; do unset "$variable"; done

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then bold=$'\e[1m' cyan=$'\e[36m' plain=$'\e[0m'; else bold='' cyan='' plain=''; fi
step() {
    printf '\n%s== %s%s\n\n' "$bold$cyan" "$*" "$plain"
}

# --- build -----------------------------------------------------------------------------------------------------------

if [[ -z "${PG_BIN:-}" && -x scripts/postgres.sh ]]; then
    PG_BIN="$(scripts/postgres.sh)"
fi
if [[ -n "${PG_BIN:-}" ]]; then export PG_BIN; else unset PG_BIN; fi

if [[ -n "${CLAIMDESK:-}" ]]; then
    [[ -x "$CLAIMDESK" ]] || fail "CLAIMDESK=$CLAIMDESK is no program"
    claimdesk="$CLAIMDESK"
else
    profile="${PROFILE:-release}"
    cargo="${CARGO:-$(command -v cargo || echo "$HOME/.cargo/bin/cargo")}"
    command -v "$cargo" >/dev/null || fail "cargo is missing; install Rust: https://rustup.rs"
    printf 'Building claimdesk (%s). The first time this takes some minutes: ten on two cores, or half of that with PROFILE=dev.\n' "$profile" >&2
    "$cargo" build --locked --quiet --profile "$profile"
    case "$profile" in dev | test) folder=debug ;; *) folder="$profile" ;; esac
    claimdesk="${CARGO_TARGET_DIR:-target}/$folder/claimdesk"
fi

# --- start and stop --------------------------------------------------------------------------------------------------

work="$(mktemp -d "${TMPDIR:-/tmp}/claimdesk-demo.XXXXXX")"
# As root the private PostgreSQL runs as another user, who has to get through here.
chmod 0755 "$work"
log="$work/serve.log" address_file="$work/address"
server_pid=''

stop() {
    local status=0
    [[ -n "$server_pid" ]] || return 0
    kill -INT "$server_pid" 2>/dev/null || true
    wait "$server_pid" || status=$?
    server_pid=''
    return "$status"
}

clean_up() {
    local status=$?
    trap - EXIT INT TERM HUP
    stop || true
    rm -rf -- "$work"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

show_log() {
    printf '%s\n' '--- the last lines of the service ---' >&2
    tail -n 30 -- "$log" >&2 || true
}

step "Starting the service on a PostgreSQL of its own"
# With job control, Ctrl-C goes to this script alone, which then stops the service.
set -m
# An empty configuration keeps the user's own out.
: >"$work/config.toml"
"$claimdesk" serve --config "$work/config.toml" --listen 127.0.0.1:0 --data-dir "$work/data" --address-file "$address_file" >"$log" 2>&1 &
server_pid=$!
set +m

deadline=$((SECONDS + 90))
until [[ -s "$address_file" ]]; do
    if ! kill -0 "$server_pid" 2>/dev/null; then
        wait "$server_pid" || status=$?
        server_pid=''
        show_log
        fail "the service ended at once, with exit code ${status:-0}"
    fi
    if ((SECONDS >= deadline)); then
        show_log
        fail "the service was not ready within 90 seconds"
    fi
    sleep 0.1
done
address="$(head -n 1 -- "$address_file")"
address="${address#http://}"
export CLAIMDESK_SERVER="http://$address" CLAIMDESK_REVIEWER=demo
# The terminal is this script's: what the client is told of it stays right through the pipes.
color=never
if [[ -n "$bold" ]]; then
    color=always
    COLUMNS="${COLUMNS:-$(tput cols 2>/dev/null || echo 100)}"
    export COLUMNS
fi
printf 'It listens on %s.\n' "$address"

# --- the articles ----------------------------------------------------------------------------------------------------

articles=()
total=0

# submit FILE URL PUBLISHER DATE AUTHOR
submit() {
    local names count
    step "Submitting $1 (published $4)"
    names="$("$claimdesk" submit "$1" --url "$2" --publisher "$3" --publish-date "$4" --author "$5" -o name)"
    if [[ -z "$names" ]]; then fail "no claims came out of $1"; fi
    count="$(wc -l <<<"$names")"
    total=$((total + count))
    first="${names%%$'\n'*}"
    articles+=("${first%%/claims/*}")
    printf '\n'
    "$claimdesk" claims list "${first%%/claims/*}" --all --color "$color"
}

submit samples/energy.de.txt https://kaltentaler-bote.example/2025/03/speicherkraftwerk 'Kaltentaler Bote' 2025-03-12 'Jana Reiter'
submit samples/port.en.txt https://ardley-courier.example/2024/10/strike-ends 'Ardley Courier' 2024-10-18 'Tom Lindqvist'

printf '\n%s claims from %s articles.\n' "$total" "${#articles[@]}"
((total >= least_claims)) || fail "at least $least_claims claims should have come out of the two articles"

# --- the verdicts ----------------------------------------------------------------------------------------------------

# The claim of an article that contains a text, else its first.
claim_with() {
    local name
    name="$("$claimdesk" claims list "$1" --filter "quote : \"$2\"" --limit 1 -o name 2>/dev/null)" || name=''
    if [[ -z "$name" ]]; then name="$("$claimdesk" claims list "$1" --limit 1 -o name 2>/dev/null)"; fi
    printf '%s' "$name"
}

verified="$(claim_with "${articles[0]}" '31 Jahren')"
disputed="$(claim_with "${articles[1]}" '2.7 million')"

# Shows a command as a person would type it, and runs it.
decide() {
    printf '%s$ claimdesk' "$bold"
    local word
    for word in "$@"; do
        if [[ "$word" =~ ^[[:alnum:]_./:=-]+$ ]]; then printf ' %s' "$word"; else printf ' %s' "${word@Q}"; fi
    done
    printf '%s\n' "$plain"
    "$claimdesk" "$@" >/dev/null
}

step "Deciding on two of them"
decide verify "$verified" --evidence https://kraftwerke.example/register \
    --quote 'Last put into operation: Hohenau, 1994.' \
    --note 'The register of power stations lists none between 1994 and 2025.'
decide dispute "$disputed" --evidence https://statistics.example/ports/2023 \
    --quote 'Port Ardley: 2.4 million containers.' \
    --note 'The statistics office counted fewer.' --correction 'The port handled 2.4 million containers last year.'

step "What is on record"
for claim in "$verified" "$disputed"; do
    printf '%s\n' "$claim"
    "$claimdesk" reviews list "$claim" --color "$color"
    printf '\n'
done

step "The English article with its claims"
"$claimdesk" articles get "${articles[1]}" --highlight --color "$color"

# --- how to go on ----------------------------------------------------------------------------------------------------

claimdesk_shown="$claimdesk"
if [[ "$claimdesk" == *[[:space:]]* ]]; then claimdesk_shown="${claimdesk@Q}"; fi
step "Go on with grpcurl (no .proto file needed: reflection is on)"
cat <<END
grpcurl -plaintext $address list
grpcurl -plaintext $address describe claimdesk.v1.ClaimService
grpcurl -plaintext -d '{"parent": "articles/-", "filter": "points.kind = \"RECORD\""}' $address claimdesk.v1.ClaimService/ListClaims
grpcurl -plaintext -d '{"parent": "${articles[1]}", "claim": {"quote": "The port lost 12 customers in September.", "sources": [{"role": "SPEAKER", "name": "Samuel Okonjo-Hale"}]}}' $address claimdesk.v1.ClaimService/SubmitClaim
grpcurl -plaintext -H 'claimdesk-reviewer: you' -d '{"name": "$disputed", "note": "a second look"}' $address claimdesk.v1.ReviewService/ReopenClaim
grpcurl -plaintext -H 'claimdesk-reviewer: you' -d '{"name": "$disputed", "verdict": "VERIFIED", "evidence": [{"uri": "https://example.com/port"}]}' $address claimdesk.v1.ReviewService/ReviewClaim
grpcurl -plaintext -d '{"parent": "$disputed"}' $address claimdesk.v1.ReviewService/ListReviews
grpcurl -plaintext $address grpc.health.v1.Health/Check

or with the client:

export CLAIMDESK_SERVER=$CLAIMDESK_SERVER
$claimdesk_shown claims list --state unreviewed --kind record
$claimdesk_shown articles get ${articles[0]##*/} --highlight
END

if $once; then
    step "Stopping"
    stop || {
        show_log
        fail "the service did not stop cleanly"
    }
    printf 'Done.\n'
else
    step "The service stays up. Ctrl-C stops it and removes what it stored"
    # Ends when the service does, or by the traps; Ctrl-C is how it is meant to end.
    trap 'exit 0' INT
    wait "$server_pid" || {
        server_pid=''
        show_log
        fail "the service ended by itself"
    }
fi
