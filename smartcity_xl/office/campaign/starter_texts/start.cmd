@echo off
chcp 65001 >nul
setlocal
set "XLSCORE_LANG=zh"
pushd "%~dp0"
set PROGRAM=
where xlscore >nul 2>nul && set PROGRAM=xlscore
"{python}" -c "import smartcity_xl" >nul 2>nul && set PROGRAM="{python}" -m smartcity_xl
if not defined PROGRAM echo 本机找不到 xlscore 程序。请让安装它的人运行 pip install smartcity-xl，再双击本文件。
if defined PROGRAM call %PROGRAM% {command}
popd
echo.
echo 按任意键关闭窗口。
pause >nul
