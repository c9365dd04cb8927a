using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>What a run of the scanner came to.</summary>
/// <param name="Packed">What it printed, packed (gzip); null when it came to nothing.</param>
/// <param name="Why">Why it came to nothing, in words.</param>
internal sealed record ScannerRun(byte[]? Packed, string? Why);

/// <summary>
/// Runs the scanner that the host's owner has named: its arguments as a list and never through a shell, with few of the runner's
/// variables, last in the queue for the processor, and bounded in time and in what it prints.
/// </summary>
internal sealed class ScannerProgram(ScannerSettings settings, string home, TimeProvider time)
{
    /// <summary>Bytes of a report, unpacked: what a dashboard takes.</summary>
    public const long MostBytes = 32 * 1024 * 1024;

    private const int LastLines = 6;
    private const int LongestLine = 300;

    private static readonly string[] Kept =
    [
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "LC_ALL",
        "XDG_CACHE_HOME",
        "XDG_RUNTIME_DIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "DOCKER_CONFIG",
        "DOCKER_CERT_PATH",
        "DOCKER_TLS_VERIFY",
    ];

    /// <summary>Where the program is; null when it is not there.</summary>
    public string? Path => Find(settings.Program);

    /// <param name="progress">What it says while it works, a line at a time.</param>
    /// <exception cref="OperationCanceledException">Somebody cancelled; the program has been ended.</exception>
    public async Task<ScannerRun> RunAsync(
        IReadOnlyList<string> arguments,
        Action<string> progress,
        CancellationToken cancellation
    )
    {
        if (Path is not { } program)
        {
            return new ScannerRun(
                null,
                $"There is no program \"{settings.Program}\" on this host. Install it, or name its path with Runner:Scanner."
            );
        }
        using var process = new Process { StartInfo = Start(program, arguments) };
        try
        {
            process.Start();
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            return new ScannerRun(null, $"{program} can't be started: {exception.Message.TrimEnd('.')}.");
        }
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(settings.Within, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        var said = new Queue<string>();
        try
        {
            var saying = SayAsync(process.StandardError, said, progress, ending.Token);
            var packed = await PackAsync(process.StandardOutput.BaseStream, ending.Token);
            if (packed is null)
            {
                return new ScannerRun(
                    null,
                    $"Its report is larger than {MostBytes / 1024 / 1024} MB, which is more than a dashboard takes. Narrow what is looked for with Runner:ScannerArguments."
                );
            }
            await saying;
            await process.WaitForExitAsync(ending.Token);
            return process.ExitCode == 0
                ? new ScannerRun(packed, null)
                : new ScannerRun(null, ScannerWords.Of(settings.Family, process.ExitCode, [.. said]));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ScannerRun(
                null,
                $"It was not done after {settings.Within.TotalMinutes:0} minutes and was ended. Runner:ScanMinutes says how long it may take."
            );
        }
        catch (IOException exception)
        {
            return new ScannerRun(null, $"What it says could not be read: {exception.Message.TrimEnd('.')}.");
        }
        finally
        {
            await EndAsync(process);
        }
    }

    private ProcessStartInfo Start(string program, IReadOnlyList<string> arguments)
    {
        var nice = OperatingSystem.IsWindows() ? null : Find("nice");
        var start = new ProcessStartInfo(nice ?? program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        string[] before = nice is null ? [] : ["-n", "19", program];
        foreach (var argument in before.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }
        var own = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToList();
        start.Environment.Clear();
        foreach (var variable in own)
        {
            var name = (string)variable.Key;
            if (Kept.Contains(name, StringComparer.Ordinal) || IsScanners(name))
            {
                start.Environment[name] = (string?)variable.Value;
            }
        }
        start.Environment.TryAdd("HOME", home);
        start.Environment["DOCKER_HOST"] = settings.Docker;
        return start;
    }

    /// <summary>Set by the host's owner for the scanner itself.</summary>
    private static bool IsScanners(string name) =>
        name.StartsWith("TRIVY_", StringComparison.Ordinal) || name.StartsWith("GRYPE_", StringComparison.Ordinal);

    /// <returns>Null when it is more than is taken.</returns>
    private static async Task<byte[]?> PackAsync(Stream output, CancellationToken cancellation)
    {
        using var packed = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var total = 0L;
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            while (await output.ReadAsync(buffer, cancellation) is > 0 and var count)
            {
                total += count;
                await gzip.WriteAsync(buffer.AsMemory(0, count), cancellation);
                if (total > MostBytes || packed.Length > ScanPiece.MostPacked)
                {
                    return null;
                }
            }
        }
        return packed.Length > ScanPiece.MostPacked ? null : packed.ToArray();
    }

    private static async Task SayAsync(
        StreamReader errors,
        Queue<string> said,
        Action<string> progress,
        CancellationToken cancellation
    )
    {
        var line = new StringBuilder();
        var buffer = new char[4096];
        while (await errors.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            foreach (var letter in buffer.AsSpan(0, count))
            {
                if (letter is not ('\n' or '\r'))
                {
                    // Colours and bells of a terminal are no words.
                    if (line.Length < LongestLine && !char.IsControl(letter))
                    {
                        line.Append(letter);
                    }
                    continue;
                }
                Take();
            }
        }
        Take();

        void Take()
        {
            var words = line.ToString().Trim();
            line.Clear();
            if (words.Length == 0)
            {
                return;
            }
            if (said.Count == LastLines)
            {
                said.Dequeue();
            }
            said.Enqueue(words);
            progress(words);
        }
    }

    private static async Task EndAsync(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception)
            when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself.
        }
        await process.WaitForExitAsync(CancellationToken.None);
    }

    private static string? Find(string program)
    {
        if (program.Contains(System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return File.Exists(program) ? System.IO.Path.GetFullPath(program) : null;
        }
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => System.IO.Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
