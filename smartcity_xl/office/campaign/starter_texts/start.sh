#!/bin/sh
# 双击运行；也可在终端里运行。文件夹搬到哪里都能用。
name=$0
case $name in */*) ;; *) name=./$name ;; esac
cd "$(dirname "$name")" || exit 3
self=./$(basename "$name")

# 不在终端里的，先打开一个终端窗口。
if [ ! -t 1 ] && [ -z "$XLSCORE_WINDOW" ] && [ -n "$DISPLAY$WAYLAND_DISPLAY" ]; then
  export XLSCORE_WINDOW=1
  for terminal in x-terminal-emulator deepin-terminal konsole xterm; do
    command -v "$terminal" >/dev/null 2>&1 && exec "$terminal" -e sh "$self"
  done
  for terminal in mate-terminal ukui-terminal xfce4-terminal; do
    command -v "$terminal" >/dev/null 2>&1 && exec "$terminal" -x sh "$self"
  done
  command -v gnome-terminal >/dev/null 2>&1 && exec gnome-terminal -- sh "$self"
fi

export XLSCORE_LANG=zh
PATH=$PATH:$HOME/.local/bin
python={python}
if [ -x "$python" ] && "$python" -c 'import smartcity_xl' 2>/dev/null; then
  "$python" -m smartcity_xl {command}
elif command -v xlscore >/dev/null 2>&1; then
  xlscore {command}
else
  echo '本机找不到 xlscore 程序。请让安装它的人运行 pip install smartcity-xl，再双击本文件。'
  (exit 3)
fi
code=$?
if [ -t 0 ]; then
  printf '\n按回车键关闭窗口。'
  read -r _
fi
exit $code
