#!/bin/sh
# Prometheus 2.42: a range behind the modifier "@" is refused when the moment is a number, and taken when it is start() or end().
#
# Version:  prometheus 2.42.0 (Debian 12), by promtool
# Expected: one rule for "@", whatever the moment: rate(up @ 100 [30s]) and rate(up @ end() [30s]) are both refused, since a range
#           belongs before the modifiers.
# Seen:     the first is refused ("no @ modifiers allowed before range"), the second is accepted, in a rule file too. Whoever checks
#           expressions for another server can't take this one's word for it: newer releases refuse both.
# Works in a folder of its own. Exits 1 when what is seen has changed.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"
apt-get download -qq prometheus='2.42.0+ds-*' >/dev/null 2>&1
dpkg-deb -x ./*.deb root
check() {
  printf 'groups: [{name: tried, rules: [{record: tried, expr: "%s"}]}]\n' "$1" >rules.yml
  if root/usr/bin/promtool check rules rules.yml >told 2>&1; then echo taken; else sed -n 's/.*parse error: //p' told | head -1; fi
}
root/usr/bin/promtool --version 2>&1 | head -1
number=$(check 'rate(up @ 100 [30s])')
end=$(check 'rate(up @ end() [30s])')
start=$(check 'rate(up @ start() [30s])')
proper=$(check 'rate(up[30s] @ end())')
echo "@ 100 [30s]: $number"
echo "@ end() [30s]: $end"
echo "@ start() [30s]: $start"
echo "[30s] @ end(): $proper"
[ "$number" = "no @ modifiers allowed before range" ] && [ "$end" = taken ] && [ "$start" = taken ] && [ "$proper" = taken ]
