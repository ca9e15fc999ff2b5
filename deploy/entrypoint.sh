#!/bin/sh
# Brings the index in /data up to date, then serves. With arguments it runs dipnot with them instead:
# docker run … dipnot doctor
set -eu

mkdir -p "$TMPDIR"
if [ "$#" -gt 0 ]; then
    exec dipnot "$@"
fi

# As the first process of a container this shell gets no signal that it does not ask for; dipnot serve, which
# takes its place, asks for SIGTERM itself and starts no process, so that nothing like tini is needed.
dipnot index &
builder=$!
trap 'kill -TERM "$builder"; wait "$builder" || true; exit 0' TERM INT
wait "$builder"
trap - TERM INT
exec dipnot serve
