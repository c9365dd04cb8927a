using System.Diagnostics;
using System.Text;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A process that a test started: its output is kept, its death is noticed, and it never outlives the test.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static int started;
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly Lock gate = new();
    private readonly string log;
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool disposed;

    private ServerProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        log = Path.Combine(Workspace.Artifacts, $"{name}-{Interlocked.Increment(ref started)}.log");
        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
    }

    public string Name { get; }

    public int Id { get; private set; }

    public bool HasExited => process.HasExited;

    /// <summary>The exit code, 128 + n after signal n; only after the end.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Everything it has written so far, both streams, in the order of arrival.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (gate)
                return [.. lines];
        }
    }

    /// <summary>Starts a program. Variables whose value is null are removed from what it inherits.</summary>
    public static ServerProcess Start(
        string name,
        string program,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string?>>? environment = null,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var (key, value) in environment ?? [])
            start.Environment[key] = value;
        var server = new ServerProcess(name, start);
        server.process.Start();
        server.Id = server.process.Id;
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        server.process.StandardInput.Close();
        return server;
    }

    /// <summary>Runs a program to its end, and fails with its output when that end is not good.</summary>
    public static Task<IReadOnlyList<string>> RunAsync(string program, params string[] arguments) =>
        RunAsync(program, Patience.Usual, arguments);

    /// <inheritdoc cref="RunAsync(string, string[])"/>
    public static async Task<IReadOnlyList<string>> RunAsync(
        string program,
        TimeSpan deadline,
        params string[] arguments
    )
    {
        await using var run = Start(Path.GetFileName(program), program, arguments);
        await run.ExitAsync(deadline);
        return run.ExitCode == 0
            ? run.Output
            : throw new InvalidOperationException($"{program} ended with {run.ExitCode}.{run.Tail()}");
    }

    /// <summary>Waits until it answers; ends at once when the process has ended instead.</summary>
    public Task ReadyAsync(Func<CancellationToken, Task<bool>> answers, TimeSpan? deadline = null) =>
        Eventually.TrueAsync(
            $"{Name} is ready",
            token =>
                HasExited
                    ? throw new EndedEarlyException($"{Name} ended with {ExitCode} before it was ready.{Tail()}")
                    : answers(token),
            deadline,
            () => Tail()
        );

    /// <summary>Waits for a line of output that holds the text, and returns it.</summary>
    public async Task<string> LineAsync(string text, TimeSpan? deadline = null)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ending.CancelAfter(deadline ?? Patience.Usual);
        for (var seen = 0; ; )
        {
            Task more;
            lock (gate)
            {
                for (; seen < lines.Count; seen++)
                {
                    if (lines[seen].Contains(text, StringComparison.Ordinal))
                        return lines[seen];
                }
                more = grown.Task;
            }
            if (HasExited && more.IsCompleted is false && await DrainedAsync(seen))
                throw new EndedEarlyException($"{Name} ended with {ExitCode} without writing “{text}”.{Tail()}");
            try
            {
                await Task.WhenAny(more, process.WaitForExitAsync(ending.Token)).WaitAsync(ending.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"{Name} did not write “{text}” in time.{Tail()}");
            }
        }
    }

    /// <summary>Waits for the end.</summary>
    public async Task<int> ExitAsync(TimeSpan deadline)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ending.CancelAfter(deadline);
        try
        {
            await process.WaitForExitAsync(ending.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{Name} had not ended after {deadline.TotalSeconds:0} s.{Tail()}");
        }
        return process.ExitCode;
    }

    /// <summary>Sends a signal; nothing happens when it has ended already.</summary>
    public void Signal(int signal)
    {
        if (!HasExited)
            _ = Posix.Kill(Id, signal);
    }

    /// <summary>Asks it to end, then kills what has not ended in time.</summary>
    public async Task StopAsync(int signal = Posix.SigTerm, TimeSpan? patience = null)
    {
        Signal(signal);
        try
        {
            using var ending = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Ends it and its children without asking, as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (!HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The last lines, for a failure's message.</summary>
    public string Tail(int count = 40)
    {
        lock (gate)
        {
            var text = new StringBuilder()
                .Append('\n')
                .Append(Name)
                .Append(" wrote (all of it in ")
                .Append(log)
                .Append("):");
            foreach (var line in lines.TakeLast(count))
                text.Append("\n  ").Append(line);
            return text.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        await StopAsync(patience: TimeSpan.FromSeconds(20));
        process.Dispose();
        string[] all;
        lock (gate)
            all = [.. lines];
        await File.WriteAllLinesAsync(log, all, CancellationToken.None);
    }

    private async Task<bool> DrainedAsync(int seen)
    {
        await process.WaitForExitAsync(CancellationToken.None);
        lock (gate)
            return seen == lines.Count;
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        TaskCompletionSource waiting;
        lock (gate)
        {
            lines.Add(line);
            waiting = grown;
            grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        waiting.SetResult();
    }
}
