#!/bin/sh
# ASP.NET Core, MapStaticAssets: a program that was built and not published answers a POST to an address that it does not have
# with 405 (Allow: GET, HEAD), the published one with 404.
#
# Version:  .NET SDK 10.0, shared framework Microsoft.AspNetCore.App 10.0
# Expected: 404 in both: there is no such address, and static files are two addresses of known names.
# Seen:     built alone, a catch-all endpoint for files that were added since the build takes GET and HEAD of every address, so
#           that routing finds the address and not the method. The setting ReloadStaticAssetsAtRuntime=false takes it away.
# Needs the SDK alone; works in a folder of its own. Exits 1 when what is seen has changed.
set -eu

folder=$(mktemp -d)
pid=
end() {
  [ -z "$pid" ] || { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
  rm -rf "$folder"
}
trap end EXIT INT TERM
cd "$folder"
mkdir wwwroot && echo hello >wwwroot/hello.txt
cat >tried.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
</Project>
X
cat >Program.cs <<'X'
var app = WebApplication.CreateBuilder(args).Build();
app.MapStaticAssets();
app.Run();
X
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 ASPNETCORE_ENVIRONMENT=Production
dotnet publish -c Release -o published -v q --nologo >build.log 2>&1 || { cat build.log; exit 2; }

# ask FOLDER [SETTING]: the status of a POST to an address that is not there, and of a file that is.
ask() {
  (cd "$1" && shift && exec dotnet tried.dll --urls http://127.0.0.1:0 "$@") >"$folder/log" 2>&1 &
  pid=$!
  tries=0
  until address=$(sed -n 's/.*Now listening on: //p' "$folder/log" | head -1) && [ -n "$address" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 120 ] || { cat "$folder/log"; exit 2; }
    sleep 0.5
  done
  told="$(curl -s -o /dev/null -w '%{http_code}' -X POST "$address/nothing") $(curl -s -o /dev/null -w '%{http_code}' "$address/hello.txt")"
  kill "$pid" && wait "$pid" 2>/dev/null || true
  pid=
}
ask bin/Release/net10.0
built=$told
ask published
published=$told
ask bin/Release/net10.0 --ReloadStaticAssetsAtRuntime=false
still=$told
echo "runtime $(dotnet --list-runtimes | sed -n 's/^Microsoft.AspNetCore.App \(10[^ ]*\).*/\1/p' | tail -1)"
echo "POST of what is not there, and GET of a file: built $built, published $published, built without reloading $still"
[ "${built%% *}" = 405 ] && [ "${published%% *}" = 404 ] && [ "${still%% *}" = 404 ]
