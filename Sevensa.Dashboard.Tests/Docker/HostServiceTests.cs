using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>What docker/runner puts on a host is held against the program that it starts there.</summary>
public sealed class HostServiceTests : IDisposable
{
    private static readonly string source = Path.Combine(ComposeFile.Folder, "runner");
    private readonly string folder = Directory.CreateTempSubdirectory("host-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static ILookup<string, string> Unit() =>
        File.ReadAllLines(Path.Combine(source, "sevensa-runner.service"))
            .Where(line => line.Length > 0 && line[0] is not ('#' or '['))
            .Select(line => line.Split('=', 2))
            .ToLookup(parts => parts[0], parts => parts[1]);

    private string InRoot(string path) => Path.Combine(folder, path.TrimStart('/'));

    private async Task<(int Code, string Said)> InstallAsync(params string[] arguments)
    {
        using var install = Process.Start(
            new ProcessStartInfo("bash", [Path.Combine(source, "install"), "--root", folder, .. arguments])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        var said = await install.StandardError.ReadToEndAsync() + await install.StandardOutput.ReadToEndAsync();
        await install.WaitForExitAsync();
        return (install.ExitCode, said);
    }

    private string Put(string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private string Program()
    {
        var program = Put("built", "the program");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return program;
    }

    [Fact]
    public async Task WhatIsInstalledIsWhatTheProgramTakes()
    {
        var token = Put("token", "a-token");
        var (code, said) = await InstallAsync(
            "--program",
            Program(),
            "--hub",
            "https://console.example.org",
            "--token-file",
            token
        );
        Assert.True(code == 0, said);
        var unit = Unit();
        var command = unit["ExecStart"].Single().Split(' ');
        Assert.Equal("the program", await File.ReadAllTextAsync(InRoot(command[0])));
        Assert.True(File.Exists(InRoot("/etc/systemd/system/sevensa-runner.service")));

        // The command line and the settings, as systemd hands them over, with this folder in place of the host's root.
        var settings = InRoot(unit["EnvironmentFile"].Single());
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            (await File.ReadAllLinesAsync(settings))
                .Select(line => line.Split('=', 2))
                .Select(pair =>
                    KeyValuePair.Create(
                        pair[0].Replace("__", ":", StringComparison.Ordinal),
                        (string?)(pair[1].StartsWith('/') ? InRoot(pair[1]) : pair[1])
                    )
                )
        );
        Assert.Empty(RunnerCommand.ReadSettings(OptionsTests.Line(command[1..]), configuration));
        var options = new RunnerOptions();
        Assert.Empty(RunnerHost.Mistakes(configuration.Build(), options));
        Assert.Equal("https://console.example.org/", options.Hub!.ToString());
        Assert.Equal("a-token", await File.ReadAllTextAsync(options.EnrolmentTokenFile!));
        Assert.Equal($"/var/lib/{unit["StateDirectory"].Single()}", options.State);
        foreach (var secret in new[] { settings, options.EnrolmentTokenFile! })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
        }
    }

    [Fact]
    public async Task AnUpgradeReplacesTheProgramAndLeavesTheSettings()
    {
        var token = Put("token", "a-token");
        await InstallAsync("--program", Program(), "--hub", "https://console.example.org", "--token-file", token);
        var settings = InRoot("/etc/sevensa-runner/runner.env");
        await File.AppendAllTextAsync(settings, "Runner__Name=vps-1\n");
        var before = await File.ReadAllTextAsync(settings);
        await File.WriteAllTextAsync(Path.Combine(folder, "built"), "a newer program");
        var (code, said) = await InstallAsync("--program", Path.Combine(folder, "built"));
        Assert.True(code == 0, said);
        Assert.Equal("a newer program", await File.ReadAllTextAsync(InRoot("/usr/local/bin/sevensa-runner")));
        Assert.Equal(before, await File.ReadAllTextAsync(settings));
    }

    [Theory]
    [InlineData("--program", "--hub https://x --token-file /nowhere")]
    [InlineData("--hub", "--program PROGRAM --token-file /nowhere")]
    [InlineData("--token-file", "--program PROGRAM --hub https://x --token-file /nowhere")]
    [InlineData("--colour", "--colour red")]
    public async Task WhatIsMissingIsSaidAndNothingIsInstalled(string named, string arguments)
    {
        var program = Program();
        var (code, said) = await InstallAsync(
            arguments.Replace("PROGRAM", program, StringComparison.Ordinal).Split(' ')
        );
        Assert.Equal(1, code);
        Assert.Contains(named, said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(InRoot("/usr/local")));
        Assert.False(Directory.Exists(InRoot("/etc")));
    }

    [Fact]
    public void TheServiceHasDockersSocketAndNoOtherPower()
    {
        var unit = Unit();
        Assert.Equal(["sevensa-runner"], unit["User"]);
        Assert.Equal(["docker"], unit["SupplementaryGroups"]);
        Assert.Equal(["strict"], unit["ProtectSystem"]);
        Assert.Equal([""], unit["CapabilityBoundingSet"]);
        foreach (
            var key in new[]
            {
                "NoNewPrivileges",
                "ProtectHome",
                "PrivateTmp",
                "PrivateDevices",
                "ProtectKernelTunables",
                "ProtectControlGroups",
                "RestrictNamespaces",
                "RestrictSUIDSGID",
                "MemoryDenyWriteExecute",
            }
        )
        {
            Assert.True(unit[key].SequenceEqual(["yes"]), key);
        }
        Assert.Empty(unit["ReadWritePaths"]);
        Assert.Equal(["0700"], unit["StateDirectoryMode"]);
        Assert.Equal(new RunnerOptions().SecretFolder, $"/run/{unit["RuntimeDirectory"].Single()}");
        Assert.Equal(["0700"], unit["RuntimeDirectoryMode"]);
        // It makes the user and joins the group that the service names.
        var install = File.ReadAllText(Path.Combine(source, "install"));
        Assert.Matches(new Regex("useradd --system .* sevensa-runner\n"), install);
    }
}
