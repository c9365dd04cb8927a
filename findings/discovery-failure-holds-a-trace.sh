#!/bin/sh
# Microsoft.IdentityModel.Protocols.OpenIdConnect: the message of the exception that tells of a provider that can't be reached
# holds the whole text of its inner exceptions with their stack traces.
#
# Version:  8.19.2 on .NET 10
# Expected: a sentence that names the address; what was underneath stands in InnerException, as elsewhere.
# Seen:     a dozen frames that name methods and parameters, so that whoever looks for a word in the message, to tell one refusal
#           from another, finds it now and then by the way in which the connection happened to fail.
# Needs the SDK alone; works in a folder of its own. Exits 1 when what is seen has changed.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"
cat >tried.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.IdentityModel.Protocols.OpenIdConnect" Version="[8.19.2]" /></ItemGroup>
</Project>
X
cat >Program.cs <<'X'
using System.Net;
using System.Net.Sockets;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

// Bound and never listened at: refused, whoever else looks for a port.
using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
var address = $"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}/.well-known/openid-configuration";
var discovery = new ConfigurationManager<OpenIdConnectConfiguration>(
    address,
    new OpenIdConnectConfigurationRetriever(),
    new HttpDocumentRetriever { RequireHttps = false }
);
try
{
    await discovery.GetConfigurationAsync(default);
    Console.WriteLine("it was answered");
}
catch (InvalidOperationException exception)
{
    var frames = exception.Message.Split("   at ").Length - 1;
    Console.WriteLine($"inner: {exception.InnerException?.GetType().Name}, message: {(frames > 0 ? "with a trace" : "a sentence")}");
}
X
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build -v q --nologo -o built >build.log 2>&1 || { cat build.log; exit 2; }
seen=$(dotnet built/tried.dll)
echo "$seen"
[ "$seen" = "inner: IOException, message: with a trace" ]
