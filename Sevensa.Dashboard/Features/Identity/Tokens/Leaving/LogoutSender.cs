using System.Net;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Leaving;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Leaving;

/// <summary>
/// Tells programs that a session ended by which they let somebody in. One that does not take it is told again a few times, later
/// and later; what became of it is in the record. Nobody who signs out waits for any.
/// </summary>
internal sealed class LogoutSender(
    LogoutStore store,
    ApiClients clients,
    SigningKeys keys,
    IHttpClientFactory http,
    IAuditLog audit,
    StartWork start,
    TimeProvider time,
    ILogger<LogoutSender> log
) : BackgroundService
{
    /// <summary>How long after each try the next one is; after the last it is given up.</summary>
    private static readonly TimeSpan[] again =
    [
        TimeSpan.FromSeconds(10),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>Of one that never answers not all that ended can be tried as often.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private const int AtOnce = 16;

    private readonly SemaphoreSlim ended = new(0);

    public override void Dispose()
    {
        ended.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        store.OnEnded(() => ended.Release());
        await LastingWork.RunAsync(
            "Telling programs of ended sessions",
            SendAsync,
            rest => ended.WaitAsync(LookAgain, rest),
            log,
            time,
            stoppingToken
        );
    }

    /// <summary>Sends all that is due: to each program one after the other, to several side by side.</summary>
    public async Task SendAsync(CancellationToken cancellation)
    {
        var sending = new Dictionary<string, Task>(StringComparer.Ordinal);
        while (true)
        {
            foreach (var program in await store.DueAsync(cancellation))
            {
                if (sending.Count < AtOnce && !sending.ContainsKey(program))
                {
                    sending[program] = SendAsync(program, cancellation);
                }
            }
            if (sending.Count == 0)
            {
                return;
            }
            using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            // What is due meanwhile for another one does not wait for who doesn't answer.
            var more = ended.WaitAsync(LookAgain, rest.Token);
            await Task.WhenAny([.. sending.Values, more]);
            await rest.CancelAsync();
            foreach (var (program, done) in sending.Where(one => one.Value.IsCompleted).ToList())
            {
                sending.Remove(program);
                await done;
            }
        }
    }

    /// <summary>Sends what is due for one program, as long as it answers.</summary>
    private async Task SendAsync(string program, CancellationToken cancellation)
    {
        while (
            await store.TakeAsync(program, tries => again[Math.Min(tries, again.Length) - 1] + Patience, cancellation)
                is { } notice
        )
        {
            // A client that is gone, or is told nothing any more, leaves nothing to do.
            var uri = (await clients.FindAsync(program, cancellation))?.BackchannelLogoutUri;
            var (trouble, isSilent) = uri is null ? (null, false) : await TellAsync(new Uri(uri), notice, cancellation);
            if (isSilent)
            {
                await store.PostponeAsync(program, notice.DueAt, cancellation);
            }
            if (trouble is not null && notice.Tries <= again.Length && time.GetUtcNow() - notice.EndedAt < Longest)
            {
                continue;
            }
            if (uri is not null)
            {
                await audit.AppendAsync(
                    new AuditEntry(
                        AuditActor.System,
                        trouble is null ? "logout.told" : "logout.untold",
                        Target: notice.Client,
                        Outcome: trouble is null ? AuditOutcome.Ok : AuditOutcome.Failed,
                        Detail: trouble is null
                            ? $"That a session of {notice.PersonId} ended"
                            : $"That a session of {notice.PersonId} ended, given up after {notice.Tries} tries: {trouble}"
                    ),
                    cancellation
                );
            }
            await store.DoneAsync(notice.Id, cancellation);
        }
    }

    /// <returns>Why it was not taken, null when it was; and whether there was no answer at all.</returns>
    private async Task<(string? Trouble, bool IsSilent)> TellAsync(
        Uri uri,
        LogoutNoticeRow notice,
        CancellationToken cancellation
    )
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            var token = LogoutToken.Of(notice, keys.Current[0], time.GetUtcNow());
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("logout_token", token)]);
            using var client = http.CreateClient(LogoutDoor.Client);
            using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = form };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var code = (int)answer.StatusCode;
            var trouble =
                answer.IsSuccessStatusCode ? null
                : answer.StatusCode is >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest
                    ? $"It answered {code}, and redirects are not followed."
                : $"It answered {code}.";
            return (trouble, false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ($"It gave no answer within {Patience.TotalSeconds:0} s.", true);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return (StoreText.Cut(exception.GetBaseException().Message, 200), true);
        }
    }
}

internal static class LogoutSetup
{
    public static void AddBackchannelLogout(this IServiceCollection services)
    {
        services.AddSingleton<LogoutDoor>();
        services
            .AddHttpClient(LogoutDoor.Client)
            .ConfigurePrimaryHttpMessageHandler(provider => provider.GetRequiredService<LogoutDoor>().Handler())
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        services.AddSingleton<LogoutSender>();
        services.AddHostedService(provider => provider.GetRequiredService<LogoutSender>());
    }
}
