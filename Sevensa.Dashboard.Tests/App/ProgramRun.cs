using System.Diagnostics;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>The program as a process of its own, for what ends with an exit code.</summary>
public static class ProgramRun
{
    /// <summary>Runs until it ends, at most a minute; returns what it printed to both streams.</summary>
    public static async Task<(int Code, string Output)> ToEndAsync(
        string[] arguments,
        (string Key, string Value)[] environment,
        string? input = null
    )
    {
        using var process = Start(arguments, environment);
        if (input is not null)
        {
            await process.StandardInput.WriteLineAsync(input);
        }
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience.Usual);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Starts it and returns the first line that contains <paramref name="word"/>, and how to end it.</summary>
    public static async Task<(Process Process, string Line)> UntilAsync(
        string word,
        (string Key, string Value)[] environment
    )
    {
        var process = Start([], [.. environment, ("ASPNETCORE_URLS", "http://127.0.0.1:0")]);
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains(word, StringComparison.Ordinal))
            {
                return (process, line);
            }
        }
        throw new InvalidOperationException($"The program ended without saying \"{word}\".");
    }

    /// <summary>Starts it, tells it to end that much later, and returns when it has ended.</summary>
    public static async Task ToldToEndAsync(TimeSpan moment, params (string Key, string Value)[] environment)
    {
        using var process = Start([], [.. environment, ("ASPNETCORE_URLS", "http://127.0.0.1:0")]);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(Patience.Usual);
        try
        {
            await Task.Delay(moment, patience.Token);
            using var tell = Process.Start("/bin/sh", ["-c", $"kill -TERM {process.Id}"]);
            await tell.WaitForExitAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        await output;
        await errors;
    }

    private static Process Start(string[] arguments, (string Key, string Value)[] environment)
    {
        var program = Path.ChangeExtension(typeof(Program).Assembly.Location, ".dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(program),
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }
        return Process.Start(start)!;
    }
}
