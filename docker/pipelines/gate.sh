#!/bin/sh
# Hands a scanner's report in and asks the gate whether an image may run.
#
#   gate.sh DIGEST [REPORT]      DIGEST as sha256:… or repo@sha256:…; without REPORT the gate is only asked
#
#   SEVENSA_URL                  the dashboard, as https://console.example.org
#   SEVENSA_CLIENT_ID, SEVENSA_CLIENT_SECRET    a client with scans:write and read; or SEVENSA_TOKEN, a token of it
#   SEVENSA_TENANT               for whom it is to run; without it all of the client's tenants have a say
#   SEVENSA_KINDS                what was looked for, as vulnerability,secret; needed for Trivy, whose reports don't say
#   SEVENSA_POLICY               another policy than the tenant's own
#
# Ends with 0 when the gate allows it, 1 when it does not (unscanned and stale images too), 2 when it could not be asked.
# Needs curl 7.76 or later and jq. No secret is ever an argument, which other users of the machine could read.
set -eu

trouble() {
  echo "The gate could not be asked: $1" >&2
  exit 2
}

for program in curl jq; do
  command -v "$program" >/dev/null || trouble "$program is not installed."
done
[ "$#" -ge 1 ] && [ "$#" -le 2 ] || trouble "say the image's digest, and a report if there is one: gate.sh DIGEST [REPORT]"
url=${SEVENSA_URL:-}
url=${url%/}
[ -n "$url" ] || trouble "SEVENSA_URL is not set."
report=${2:-}
[ -z "$report" ] || [ -r "$report" ] || trouble "the report $report can't be read."
digest=$(printf '%s' "$1" | sed 's/^.*@//')
printf '%s' "$digest" | grep -Eq '^sha256:[0-9a-f]{64}$' || trouble "$1 is no digest (sha256: and 64 hexadecimal digits)."
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# ask WHAT ARGUMENTS…: curl with further settings from standard input; ends the step with the dashboard's own words.
ask() {
  what=$1
  shift
  status=$(curl --silent --show-error --location --proto-redir '=https' --retry 5 --retry-connrefused --max-time 300 \
    --output "$answer" --write-out '%{http_code}' --config - "$@") || trouble "$what: curl ended with $?."
  case $status in
    2??) ;;
    *) trouble "$what: $status $(jq -r '[.title, .detail, .error, .error_description] | map(select(. != null)) | join(" ")' "$answer" 2>/dev/null || head -c 500 "$answer")" ;;
  esac
}

# quoted TEXT: as a value in curl's settings.
quoted() {
  printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

if [ -z "${SEVENSA_TOKEN:-}" ]; then
  [ -n "${SEVENSA_CLIENT_ID:-}" ] && [ -n "${SEVENSA_CLIENT_SECRET:-}" ] ||
    trouble "neither SEVENSA_TOKEN nor SEVENSA_CLIENT_ID with SEVENSA_CLIENT_SECRET is set."
  {
    echo 'data = "grant_type=client_credentials"'
    echo "data-urlencode = $(quoted "client_id=$SEVENSA_CLIENT_ID")"
    echo "data-urlencode = $(quoted "client_secret=$SEVENSA_CLIENT_SECRET")"
  } | ask "the sign-in" "$url/connect/token"
  SEVENSA_TOKEN=$(jq -r .access_token "$answer")
fi

# query NAME VALUE…: those that have a value, as a query.
query() {
  jq -rn --args '[range(0; $ARGS.positional | length; 2) as $i | $ARGS.positional[$i:$i + 2] | select(.[1] != "") | "\(.[0])=\(.[1] | @uri)"] | join("&")' "$@"
}

authorization() {
  echo "header = $(quoted "Authorization: Bearer $SEVENSA_TOKEN")"
}

if [ -n "$report" ]; then
  authorization | ask "the report" --header "Content-Type: application/json" --data-binary "@$report" \
    "$url/api/v1/scans?$(query digest "$digest" kinds "${SEVENSA_KINDS:-}" tenant "${SEVENSA_TENANT:-}")"
  jq -r '.warnings // [] | .[] | "note: \(.)"' "$answer"
fi

authorization | ask "the verdict" --get \
  "$url/api/v1/images/$digest/gate?$(query tenant "${SEVENSA_TENANT:-}" policy "${SEVENSA_POLICY:-}")"
verdict=$(jq -r .verdict "$answer")
jq -r '"\(.verdict): \(.reason) (policy \(.policy), rule \(.rule))",
  (.findings[:20][] | "  \(.severity)\t\(.vulnerability)\t\(.package) \(.installed)\(if .fixedVersion then ", fixed in \(.fixedVersion)" else "" end)"),
  (if .total > 20 then "  and \(.total - 20) more" else empty end)' "$answer"
[ "$verdict" = allow ] || exit 1
