using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Console;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Runner.Link;

namespace Sevensa.Dashboard.Runner;

/// <summary>The host side, from its settings to its end.</summary>
public static class RunnerHost
{
    internal const string Section = "Runner";

    /// <summary>What follows the first connection, such as recording what runs as releases.</summary>
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(10);

    /// <returns>0 after a clean end, 1 when it could not start or go on.</returns>
    public static async Task<int> RunAsync(ParseResult line)
    {
        var builder = new ConfigurationBuilder();
        builder.AddJsonFile(
            Path.Combine(AppContext.BaseDirectory, "appsettings.json"),
            optional: true,
            reloadOnChange: false
        );
        builder.AddEnvironmentVariables();
        var mistakes = RunnerCommand.ReadSettings(line, builder);
        var configuration = builder.Build();
        var options = new RunnerOptions();
        mistakes.AddRange(Mistakes(configuration, options));
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
        using var ending = new ProcessEnding();
        using var logs = LoggerFactory.Create(logging =>
        {
            // Of the libraries only what needs somebody; what the configuration says counts for more.
            logging.AddFilter("Microsoft", LogLevel.Warning);
            logging.AddFilter("System", LogLevel.Warning);
            logging.AddConfiguration(configuration.GetSection("Logging"));
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        });
        try
        {
            await using var agent = Start(options, TimeProvider.System, logs);
            _ = GiveBackAsync(agent, ending.Token);
            await agent.RunAsync(ending.Token);
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

    /// <summary>The runner of a cluster where one is named, else of a Docker host.</summary>
    /// <exception cref="RunnerException">It can't start; the message says why.</exception>
    internal static IRunningAgent Start(
        RunnerOptions options,
        TimeProvider time,
        ILoggerFactory logs,
        HubAddress? address = null
    ) =>
        options.ForCluster() is { } cluster
            ? ClusterAgent.Start(options, cluster, time, logs, address)
            : RunnerAgent.Start(options, time, logs, address);

    /// <summary>
    /// Gives the system back what only the start needed. An idle runner asks for so little that its collector would hardly ever
    /// do so by itself.
    /// </summary>
    private static async Task GiveBackAsync(IRunningAgent agent, CancellationToken ending)
    {
        await agent.Told.WaitAsync(ending);
        await Task.Delay(StartTakes, TimeProvider.System, ending);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>Reads the section into the options; what can't be read or isn't allowed is a mistake.</summary>
    internal static IReadOnlyList<string> Mistakes(IConfiguration configuration, RunnerOptions options) =>
        SettingMistakes.In(
            configuration,
            Section,
            options,
            (_, _, setting) => new ConfigurationBuilder().AddInMemoryCollection(Alone(setting)).Build().Bind(options)
        );

    /// <summary>One setting with all that is below it, as the only one of a section.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Alone(IConfigurationSection setting)
    {
        var above = setting.Path.Length - setting.Key.Length;
        return setting.AsEnumerable().Select(entry => KeyValuePair.Create(entry.Key[above..], entry.Value));
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
