@echo off
rem Installs (once) and starts Zone Planner: no network, no administrator. Any words are passed on to the program.
rem The lines below that hold Chinese are UTF-8, which cmd.exe reads after chcp 65001; no label may follow them.
setlocal
for /f "tokens=2 delims=:." %%c in ('chcp') do set "page=%%c"
chcp 65001 >nul
set "PYTHONUTF8=1"
set "found="
if defined ZONEPLAN_PYTHON call :try "%ZONEPLAN_PYTHON%"
for %%v in (3.13 3.12 3.11 3.14) do if not defined found call :try py -%%v
if not defined found call :try python
if not defined found goto none
%found% "%~dp0start.py" %*
set "code=%errorlevel%"
call :close
exit /b %code%
:try "%ZONEPLAN_PYTHON%"
for %%v in (3.13 3.12 3.11 3.14) do if not defined found call :try py -%%v
if not defined found call :try python
if not defined found goto none
%found% "%~dp0start.py" %*
set "code=%errorlevel%"
goto end
:try
for /f %%v in ('%* -c "import sys; print(str(sys.version_info[0]) + chr(46) + str(sys.version_info[1]))" 2^>nul') do if exist "%~dp0requirements-%%v.txt" set "found=%*"
exit /b 0
:close
if not "%code%"=="0" pause
if defined page chcp %page% >nul
exit /b 0
:none
set "code=1"
echo 没有找到可用的 Python：需要 64 位的 Python 3.11–3.14。请先安装（python.org 的安装程序无需管理员），或用环境变量 ZONEPLAN_PYTHON 指定 python.exe。
echo No Python that fits was found: Python 3.11-3.14, 64 bit, is needed. Install one (the installer of python.org needs no administrator), or name python.exe by the environment variable ZONEPLAN_PYTHON.
pause
if defined page chcp %page% >nul
exit /b 1
