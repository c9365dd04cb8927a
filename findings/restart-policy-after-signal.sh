#!/bin/sh
# Docker Engine: a signal that is sent through the engine's API and that the process handles (SIGHUP, "read your settings
# again") ends the container's restart policy, though the container goes on running.
#
# Version:  docker.io 20.10.24 (Debian 12), containerd 1.6.20, runc 1.1.5
# Expected: a restart policy "always" restarts the container when its process ends by itself later; only `docker stop` and
#           `docker kill` that end it are an operator's word that it shall stay down.
# Seen:     the container that got a SIGHUP, and lived on, is not restarted when it fails seconds later: it stays "exited"
#           with a restart count of 0. Its twin without a signal is restarted, and so is one that names another signal as its
#           stop signal.
# Needs root and apt; touches nothing outside its folder. Exits 1 when what is seen has changed.
set -eu

folder=$(mktemp -d)
engine="$folder/engine.sock"
pid=
end() {
  [ -z "$pid" ] || { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
  grep " $folder" /proc/mounts | cut -d' ' -f2 | sort -r | while read -r at; do umount -l "$at" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap end EXIT INT TERM

cd "$folder"
apt-get download -qq docker.io='20.10.24+dfsg1-*' containerd='1.6.20~ds1-*' runc='1.1.5+ds1-*' busybox-static >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
PATH="$folder/root/usr/sbin:$folder/root/usr/bin:$PATH"

dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" -H "unix://$engine" \
  --bridge=none --iptables=false --ip6tables=false --storage-driver=vfs >"$folder/log" 2>&1 &
pid=$!
ask() { docker -H "unix://$engine" "$@"; }
tries=0
until ask version >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "the engine does not answer"; tail -5 "$folder/log"; exit 2; }
  sleep 1
done
echo "engine $(ask version --format '{{.Server.Version}}')"

mkdir image && cp root/bin/busybox image/busybox
tar -C image -c . | ask import - tried >/dev/null
# Handles SIGHUP, and fails by itself a while after.
begin() {
  name=$1
  shift
  ask run -d --name "$name" --network none --restart always "$@" tried /busybox sh -c \
    'trap ":" HUP; n=0; while [ $n -lt 12 ]; do /busybox sleep 1; n=$((n + 1)); done; exit 1' >/dev/null
}
begin untouched
begin signalled
begin other-stop-signal --stop-signal SIGUSR2
ask kill --signal HUP signalled >/dev/null
ask kill --signal HUP other-stop-signal >/dev/null
for name in signalled other-stop-signal; do
  [ "$(ask inspect -f '{{.State.Running}}' "$name")" = true ] || { echo "$name did not live on"; exit 2; }
done

# Until the untouched one was restarted, which all of them should be by then, and a while longer.
tries=0
until [ "$(ask inspect -f '{{.RestartCount}}' untouched)" -ge 1 ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "the untouched one was not restarted"; exit 2; }
  sleep 1
done
sleep 5
state() { ask inspect -f '{{.State.Status}}, restarted {{.RestartCount}} times' "$1"; }
for name in untouched signalled other-stop-signal; do echo "$name: $(state "$name")"; done

[ "$(state signalled)" = "exited, restarted 0 times" ] && [ "$(ask inspect -f '{{.RestartCount}}' other-stop-signal)" -ge 1 ]
