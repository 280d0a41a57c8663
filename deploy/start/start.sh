#!/bin/sh
# 安装（首次）并启动高新区规划图；不需要网络，也不需要管理员。 Installs (once) and starts Zone Planner: no network, no administrator.
# ./start.sh              打开规划图 / open the map
# ./start.sh serve …      其他命令原样传给程序 / any other command of the program
# ZONEPLAN_PYTHON=/path/to/python3.12 ./start.sh     指定 Python / name the Python
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
for python in ${ZONEPLAN_PYTHON:+"$ZONEPLAN_PYTHON"} python3.13 python3.12 python3.11 python3.14 python3 python; do
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
  [ -f "$here/requirements-$version.txt" ] && exec "$python" "$here/start.py" "$@"
  seen="$seen $python=$version"
done
wanted=$(cd -- "$here" && ls requirements-*.txt | sed 's/requirements-//; s/\.txt//' | tr '\n' ' ')
echo "没有找到可用的 Python：需要其中之一 ${wanted}（找到的是：${seen:-无}）。请先安装，或用 ZONEPLAN_PYTHON=/路径/python3.12 ./start.sh 指定。" >&2
echo "No Python that fits was found: one of ${wanted}is needed (found:${seen:- none}). Install one, or name it: ZONEPLAN_PYTHON=/path/to/python3.12 ./start.sh" >&2
exit 1
