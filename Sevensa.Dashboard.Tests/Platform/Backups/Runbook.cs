using System.Diagnostics;
using System.Text;
using Sevensa.Dashboard.Tests.Architecture;

namespace Sevensa.Dashboard.Tests.Platform.Backups;

/// <summary>What docs/backup.md says to type, typed.</summary>
internal static class Runbook
{
    /// <summary>Runs a section's commands as they are written, beside the program; returns what they printed.</summary>
    public static async Task<string> RunAsync(string heading, (string Key, string Value)[] environment)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(House.Root, "docs", "backup.md"));
        var section = page.Split("\n## ").Single(one => one.StartsWith(heading + "\n", StringComparison.Ordinal));
        var script = new StringBuilder("set -eu\n");
        foreach (var block in section.Split("```sh\n").Skip(1))
        {
            script.Append(block[..block.IndexOf("```", StringComparison.Ordinal)]);
        }
        var start = new ProcessStartInfo("/bin/sh", ["-c", script.ToString()])
        {
            WorkingDirectory = Path.GetDirectoryName(typeof(Program).Assembly.Location),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience.Usual);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return await output;
    }
}
