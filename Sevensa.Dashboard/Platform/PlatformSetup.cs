using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Sealing;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Telemetry;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Platform;

/// <summary>What every feature stands on: storage, problem details, JSON, telemetry, security headers, health.</summary>
public static class PlatformSetup
{
    /// <summary>What is being done when the program is told to stop has this long; Docker kills after ten seconds.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(8);

    public static IReadOnlyList<Command> Commands { get; } =
    [BackupCommand.Command, RestoreCommand.Command, MoveStoreCommand.Command, SealAnewCommand.Command];

    /// <summary>The line with its words named, where a command takes one without its name.</summary>
    public static string[] NamedWords(string[] args) => RestoreCommand.Named(args);

    public static void AddPlatform(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<StartWork>();
        services.AddHostedService<MemoryReturn>();
        services.AddSingleton<LaterEndpoints>();
        services.AddSingleton<IStartStep>(provider => provider.GetRequiredService<LaterEndpoints>());
        services.Configure<HostOptions>(options => options.ShutdownTimeout = LongestStop);
        services.AddSingleton<Draining>();
        services.AddSingleton<IHostLifetime, DrainedLifetime>();
        // What answers is nobody's business.
        services.Configure<KestrelServerOptions>(server => server.AddServerHeader = false);
        // A request is worked on where it was received, and its answer sent from where it was written. Both are threads of the pool,
        // none is the one that waits for all sockets: what blocks keeps nobody else waiting, and each handing-over costs a wake-up.
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        services.AddSingleton<Upstreams>();
        services.AddSingleton<UpstreamWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<UpstreamWatch>());
        builder.AddStorage();
        builder.AddProductKeys();
        builder.AddBackups();
        services.AddSingleton<SealAnew>();
        services.AddSingleton<IProgramCommand, SealAnewCommand>();
        builder.AddWire();
        builder.AddTelemetry();
        services.AddProblemDetails(options =>
            options.CustomizeProblemDetails = context =>
            {
                context.ProblemDetails.Extensions.TryAdd(
                    "traceId",
                    Activity.Current?.Id ?? context.HttpContext.TraceIdentifier
                );
                // What no endpoint answered for is said in words too.
                context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
                {
                    404 => "There is nothing at this address. What there is is described at /api.",
                    405 =>
                        $"This address does not take {context.HttpContext.Request.Method}; it takes {context.HttpContext.Response.Headers.Allow}.",
                    415 =>
                        "The body is JSON here: send it with Content-Type: application/json. None or another one was given.",
                    _ => null,
                };
                if (context.ProblemDetails.Detail is { } detail)
                {
                    context.ProblemDetails.Detail = ProblemWords.Fit(detail);
                }
            }
        );
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        services.AddSingleton<IProblemSource, StoreProblems>();
        services.AddSingleton<IProblemSource, PlatformProblems>();
        services.ConfigureHttpJsonOptions(options =>
        {
            var json = options.SerializerOptions;
            json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
            json.Converters.Add(new MillisecondTime());
            json.Converters.Add(new FiniteNumber());
        });
        // A parameter that can't be read is named in the answer, outside development too.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.AddCheckedOptions<PlatformOptions>("Platform");
        services.AddProxies();
        services.AddSingleton<LiveStreams>();
        services.AddHttpContextAccessor();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<IdempotencyStore>());
        services.AddSingleton<ISealedRows>(provider => provider.GetRequiredService<IdempotencyStore>());
    }

    /// <summary>
    /// Brings the store up to date, reads what the first page needs, and has the <see cref="StartWork"/> begin when the server
    /// listens; false (with the reason on stderr) when the program can't start.
    /// </summary>
    public static async Task<bool> ReadyAsync(this WebApplication app)
    {
        try
        {
            await app.Services.GetRequiredService<StoreMigration>().ApplyAsync();
            app.Services.GetRequiredService<StoreHold>().Take();
            // Has the key ring read, which a form's antiforgery token is sealed with.
            app.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("start").Protect([]);
            app.Services.GetRequiredService<StartWork>().BeginSoon();
            return true;
        }
        catch (Exception exception) when (ReasonIn(exception) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return false;
        }
    }

    /// <summary>What the store or a file says, in words for the console; null when it is neither that failed.</summary>
    private static string? ReasonIn(Exception? exception) =>
        StoreException.ReasonIn(exception)
        ?? StoreFault.In(exception)?.Message
        ?? (exception is IOException or UnauthorizedAccessException ? exception.Message : null)
        ?? (DatabaseWords(exception) is { } words ? $"The store can't be used: {words.TrimEnd('.')}." : null);

    private static string? DatabaseWords(Exception? exception) =>
        exception switch
        {
            null => null,
            Npgsql.PostgresException postgres => postgres.Hint is { } hint
                ? $"{postgres.MessageText}. {hint}"
                : postgres.MessageText,
            System.Data.Common.DbException database => database.Message,
            _ => DatabaseWords(exception.InnerException),
        };

    /// <summary>Has made now what the host asks for when it starts, beside <see cref="ReadyAsync"/>.</summary>
    public static void MakeHostedServices(this WebApplication app) => _ = app.Services.GetServices<IHostedService>();

    /// <summary>Endpoints that the first page can do without; see <see cref="LaterEndpoints"/>.</summary>
    public static void MapLater(this WebApplication app, Action<IEndpointRouteBuilder> mapping) =>
        app.Services.GetRequiredService<LaterEndpoints>().Add(app, mapping);

    /// <summary>Does a command on the store instead of serving; returns the exit code.</summary>
    public static async Task<int> RunCommandAsync(this WebApplication app, ParseResult line)
    {
        await using var _ = app;
        if (!await app.HasGoodConfigurationAsync())
        {
            return 1;
        }
        try
        {
            var command = app
                .Services.GetServices<IProgramCommand>()
                .Single(command => command.Syntax == line.CommandResult.Command);
            return await command.RunAsync(line, CancellationToken.None);
        }
        catch (CommandException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
        catch (Exception exception) when (ReasonIn(exception) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return 1;
        }
    }

    /// <summary>Whether every setting can be used; the mistakes are on stderr.</summary>
    /// <param name="toServe">Whether the program is to listen and to write the store, which a command may not.</param>
    public static async Task<bool> HasGoodConfigurationAsync(this WebApplication app, bool toServe = false)
    {
        var mistakes = CheckedOptions.Mistakes(app.Configuration, app.Services.GetServices<CheckedSection>()).ToList();
        // What only a sign-in or a file shows is told with the rest; where the settings can't even be read there is none.
        if (!mistakes.Exists(mistake => mistake.StartsWith("Storage:", StringComparison.Ordinal)))
        {
            var store = await app.Services.GetRequiredService<StoreMistakes>().FindAsync(toServe);
            var key = app.Services.GetRequiredService<StoreKey>().Mistake(toServe);
            if (store is null && key is null && toServe)
            {
                key = SealedDataProtection.Mistake(app.Services);
            }
            mistakes.AddRange(new[] { store, key }.OfType<string>());
        }
        if (toServe)
        {
            mistakes.AddRange(ListenAddresses.Mistakes(app.Configuration, app.Services));
        }
        if (mistakes.Count > 0)
        {
            await Console.Error.WriteLineAsync(
                $"The configuration has {mistakes.Count} mistake(s); nothing was started:"
            );
            foreach (var mistake in mistakes)
            {
                await Console.Error.WriteLineAsync($"  {mistake}");
            }
            return false;
        }
        return true;
    }

    public static void UsePlatform(this WebApplication app)
    {
        app.UseProxies();
        app.UseSecurityHeaders();
        app.UseLastRequests();
        app.UseWhen(context => !RequestPaths.IsPage(context.Request.Path), programs => programs.UseExceptionHandler());
        app.Use(RefusedBodies.RunAsync);
        app.UseWhen(
            context => RequestPaths.IsForPrograms(context.Request.Path),
            programs => programs.UseStatusCodePages()
        );
        app.UseOutagePage();
    }
}
