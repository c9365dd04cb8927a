#!/bin/sh
# Microsoft.Playwright (.NET): Page.WaitForURLAsync with WaitUntil "Commit" waits until the page is loaded where the page is at the
# address already.
#
# Version:  Microsoft.Playwright 1.64.1, Debian 12's Chromium
# Expected: it returns at once: the address that is there was committed, which GotoAsync with the same word is content with.
# Seen:     it ends with a TimeoutException while a picture of the page does not come; with "DOMContentLoaded", which is later than
#           "Commit", it returns. A test that clicks and then waits is thus quick as long as it is quicker than the browser.
# Needs the SDK and a Chromium on the PATH; works in a folder of its own. Exits 1 when what is seen has changed.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"
cat >tried.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.Playwright" Version="[1.64.1]" /></ItemGroup>
</Project>
X
cat >Program.cs <<'X'
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;

// A page whose picture does not come: it is committed and parsed, and not loaded.
var free = new TcpListener(IPAddress.Loopback, 0);
free.Start();
var address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
free.Stop();
using var server = new HttpListener { Prefixes = { address } };
server.Start();
_ = Task.Run(async () =>
{
    while (true)
    {
        var asked = await server.GetContextAsync();
        if (asked.Request.Url!.AbsolutePath != "/")
            continue;
        asked.Response.ContentType = "text/html";
        await asked.Response.OutputStream.WriteAsync("<p>here</p><img src=/picture>"u8.ToArray());
        asked.Response.Close();
    }
});
using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(
    new() { ExecutablePath = args[0], Args = ["--no-sandbox"] }
);
var page = await browser.NewPageAsync();
await page.GotoAsync(address, new() { WaitUntil = WaitUntilState.Commit });
Console.Write("came; ");
foreach (var state in new[] { WaitUntilState.DOMContentLoaded, WaitUntilState.Commit })
{
    try
    {
        await page.WaitForURLAsync(address, new() { WaitUntil = state, Timeout = 8_000 });
        Console.Write($"{state}: returned; ");
    }
    catch (TimeoutException)
    {
        Console.Write($"{state}: timed out; ");
    }
}
X
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build -v q --nologo -o built >build.log 2>&1 || { cat build.log; exit 2; }
seen=$(dotnet built/tried.dll "$(command -v chromium || command -v chromium-browser)")
echo "$seen"
[ "$seen" = "came; DOMContentLoaded: returned; Commit: timed out; " ]
