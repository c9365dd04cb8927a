using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Platform.Storage.Presence;

/// <summary>
/// The dashboards on this store, this one among them. Without Redis they do not pass on to each other what hosts tell: while there
/// are several, each shows the hosts that are connected to it and no others, which is said.
/// </summary>
internal sealed class Replicas(ReplicaStore store, StartWork start, TimeProvider time, ILogger<Replicas> log)
    : BackgroundService
{
    /// <summary>How often each says that it is there.</summary>
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>One that said nothing for so long is gone: twice unheard, and what a busy store takes.</summary>
    internal static readonly TimeSpan Gone = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    private readonly string id = Guid.NewGuid().ToString("n");
    private readonly SemaphoreSlim turn = new(1);
    private volatile IReadOnlyList<Replica> all = [];

    /// <summary>Somebody came or went. Told from any thread.</summary>
    public event Action? Changed;

    /// <summary>Those that are known to be there, this one among them once it has said so; the oldest first.</summary>
    public IReadOnlyList<Replica> All => all;

    /// <summary>Those beside this one.</summary>
    public IReadOnlyList<Replica> Others => [.. all.Where(one => !IsThis(one))];

    public bool IsThis(Replica one) => one.Id == id;

    /// <summary>Id of this one.</summary>
    public string OwnId => id;

    /// <summary>They pass on to each other what hosts tell.</summary>
    public bool HearEachOther { get; set; }

    /// <summary>Says that this one is there, and looks who else is.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow();
            var own = all.FirstOrDefault(IsThis) ?? Own(now);
            own.SeenAt = now;
            await store.SayAsync(own, cancellation);
            Know(await store.SinceAsync(now - Gone, cancellation));
        }
        finally
        {
            turn.Release();
        }
    }

    public override void Dispose()
    {
        turn.Dispose();
        base.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (all.Count == 0)
        {
            return;
        }
        using var late = new CancellationTokenSource(LastWord, time);
        try
        {
            await store.RemoveAsync(id, time.GetUtcNow() - Forgotten, late.Token);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or DbUpdateException or ObjectDisposedException
                || StoreFault.In(exception) is not null
            )
        {
            log.LogInformation(
                "That this dashboard ends could not be told the others; they notice it within {Gone}",
                Gone
            );
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await LastingWork.RunAsync(
            "Looking for other dashboards",
            LookAsync,
            rest => Task.Delay(Every, time, rest),
            log,
            time,
            stoppingToken
        );
    }

    private void Know(IReadOnlyList<Replica> now)
    {
        var before = all;
        all = now;
        foreach (var one in now.Where(one => !IsThis(one) && !before.Any(known => known.Id == one.Id)))
        {
            if (HearEachOther)
            {
                log.LogInformation(
                    "Another dashboard works on this store: {Machine}, version {Version}, since {Since:u}",
                    one.Machine,
                    one.Version,
                    one.StartedAt
                );
                continue;
            }
            log.LogWarning(
                "Another dashboard works on this store: {Machine}, version {Version}, since {Since:u}. They share accounts, approvals and the record, and pass nothing on to each other that hosts tell: each shows the hosts that are connected to it alone. Give all of them the same Redis (Redis:ConnectionString), or run one",
                one.Machine,
                one.Version,
                one.StartedAt
            );
        }
        if (!before.Select(one => one.Id).SequenceEqual(now.Select(one => one.Id)))
        {
            Changed?.Invoke();
        }
    }

    private Replica Own(DateTimeOffset now) =>
        new()
        {
            Id = id,
            Machine = StoreText.Shorten(Environment.MachineName, ReplicaTable.LongestMachine - 1),
            Version = StoreText.Shorten(Built, ReplicaTable.LongestVersion - 1),
            StartedAt = now,
            SeenAt = now,
        };

    private static string Built { get; } =
        typeof(Replicas)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "unknown";
}
