using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Runner;

/// <summary>The host side: <c>runner --hub URL --enrolment-token-file F</c>.</summary>
public static class RunnerHost
{
    private const string Section = "Runner";

    private static readonly Dictionary<string, string> Switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--hub"] = $"{Section}:Hub",
        ["--enrolment-token-file"] = $"{Section}:EnrolmentTokenFile",
        ["--name"] = $"{Section}:Name",
        ["--docker"] = $"{Section}:Docker",
        ["--state"] = $"{Section}:State",
        ["--policy"] = $"{Section}:Policy",
        ["--registry-credentials-file"] = $"{Section}:RegistryCredentialsFile",
        ["--metrics"] = $"{Section}:Metrics",
        ["--metrics-token-file"] = $"{Section}:MetricsTokenFile",
    };

    /// <returns>0 after a clean end, 1 when it could not start or go on.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--help"] or ["-h"])
        {
            Console.Out.WriteLine($"runner {string.Join(' ', Switches.Keys.Select(name => $"[{name} …]"))}");
            return 0;
        }
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddJsonFile(
            Path.Combine(AppContext.BaseDirectory, "appsettings.json"),
            optional: true,
            reloadOnChange: false
        );
        builder.Configuration.AddEnvironmentVariables();
        var mistakes = ReadSwitches(args, builder.Configuration);
        mistakes.AddRange(
            CheckedOptions.Mistakes(builder.Configuration, [new CheckedSection(Section, typeof(RunnerOptions))])
        );
        if (mistakes.Count > 0)
        {
            await Console.Error.WriteLineAsync(
                $"The runner was told {mistakes.Count} thing(s) that can't be; nothing was started:"
            );
            foreach (var mistake in mistakes)
            {
                await Console.Error.WriteLineAsync($"  {mistake}");
            }
            return 1;
        }
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        });
        var options = builder.Configuration.GetSection(Section).Get<RunnerOptions>()!;
        using var ending = new ProcessEnding();
        using var host = builder.Build();
        try
        {
            var logs = host.Services.GetRequiredService<ILoggerFactory>();
            await using var agent = RunnerAgent.Start(options, TimeProvider.System, logs);
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
            var trimming = Leanness.KeepAsync(() => agent.IdleFor, TimeProvider.System, leaving.Token);
            try
            {
                await agent.RunAsync(ending.Token);
            }
            finally
            {
                await leaving.CancelAsync();
                await trimming;
            }
            return 0;
        }
        catch (OperationCanceledException) when (ending.Token.IsCancellationRequested)
        {
            // Told to end while it began.
            return 0;
        }
        catch (RunnerException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk, a folder that was taken away: the system's words say it.
            await Console.Error.WriteLineAsync($"The runner can't go on: {exception.Message.TrimEnd('.')}.");
            return 1;
        }
    }

    /// <summary>Reads <c>--name value</c> and <c>--name=value</c> into the configuration; what it can't read is a mistake.</summary>
    internal static List<string> ReadSwitches(string[] args, IConfigurationBuilder configuration)
    {
        var mistakes = new List<string>();
        var values = new Dictionary<string, string?>();
        for (var index = 0; index < args.Length; index++)
        {
            var (name, value) = args[index].Split('=', 2) is [var left, var right]
                ? (left, right)
                : (args[index], null);
            if (!Switches.TryGetValue(name, out var key))
            {
                mistakes.Add($"{name}: there is no such option (there are {string.Join(", ", Switches.Keys)})");
                continue;
            }
            value ??=
                index + 1 < args.Length && !args[index + 1].StartsWith("--", StringComparison.Ordinal)
                    ? args[++index]
                    : null;
            if (value is null)
            {
                mistakes.Add($"{name}: a value must follow");
                continue;
            }
            values[key] = value;
        }
        configuration.AddInMemoryCollection(values);
        return mistakes;
    }

    /// <summary>Ends on TERM and INT, the way a service manager and Docker ask.</summary>
    private sealed class ProcessEnding : IDisposable
    {
        private readonly CancellationTokenSource source = new();
        private readonly IDisposable[] signals;

        public ProcessEnding() =>
            signals = [
                .. new[]
                {
                    System.Runtime.InteropServices.PosixSignal.SIGTERM,
                    System.Runtime.InteropServices.PosixSignal.SIGINT,
                }.Select(signal =>
                    System.Runtime.InteropServices.PosixSignalRegistration.Create(
                        signal,
                        context =>
                        {
                            context.Cancel = true;
                            source.Cancel();
                        }
                    )
                ),
            ];

        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            foreach (var signal in signals)
            {
                signal.Dispose();
            }
            source.Dispose();
        }
    }
}
