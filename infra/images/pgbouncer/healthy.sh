#!/bin/bash
# Healthy: every process is there, and the one that takes this connection answers in the protocol. The database is not asked: when it is gone, starting
# poolers anew would only take their clients' connections as well.
set -u
readonly run=${PGBOUNCER_DIRECTORY:-/run/pgbouncer}
shopt -s nullglob

pids=("$run"/*/pid)
((${#pids[@]} > 0)) || exit 1
for file in "${pids[@]}"; do
  IFS= read -r pid <"$file" || exit 1
  kill -0 "$pid" 2>/dev/null || exit 1
done

port=6432
while IFS= read -r line; do
  [[ $line == 'listen_port = '* ]] && port=${line#listen_port = }
done <"$run/template.ini"

exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
# GSSENCRequest; the answer is one byte. An SSLRequest that is not followed up would be a warning in the log every time.
printf '\x00\x00\x00\x08\x04\xd2\x16\x30' >&3
IFS= read -rt 2 -n 1 -u 3 answer || exit 1
[[ $answer == N ]]
