using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Connected / Degraded / Unreachable / Not configured: a state, not an exception.</summary>
public enum UpstreamState
{
    NotConfigured,
    Connected,
    Degraded,
    Unreachable,
}

/// <param name="Message">The upstream's own words, or ours when it said nothing.</param>
/// <param name="Remedy">What to do: a setting or a command.</param>
public sealed record UpstreamStatus(
    string Name,
    UpstreamState State,
    string? Message,
    string? Remedy,
    DateTimeOffset? Since,
    DateTimeOffset? LastGoodAt,
    bool Simulated
);

public enum UpstreamFault
{
    /// <summary>No address in the configuration.</summary>
    NotConfigured,

    /// <summary>No connection, or it broke.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>It answered that the request is wrong (4xx): the asker's matter.</summary>
    Refused,

    /// <summary>It does not let the dashboard in (401, 403): a matter of the dashboard's credentials, never of the asker's.</summary>
    Denied,

    /// <summary>It is there, and can't answer now (429, 503): it starts, stops, is sealed or has too much to do.</summary>
    Busy,

    /// <summary>It answered that it failed (5xx), or something else answers at its address (404).</summary>
    Failed,

    /// <summary>It answered something that cannot be read.</summary>
    Garbled,
}

/// <summary>An upstream could not answer. <see cref="Exception.Message"/> keeps its own words; never a secret.</summary>
/// <param name="upstream">Prometheus, Loki, Vault, Alertmanager, Ollama.</param>
/// <param name="status">HTTP status of the upstream, when it gave one.</param>
public class UpstreamException(
    string upstream,
    UpstreamFault fault,
    string message,
    int? status = null,
    string? remedy = null,
    Exception? inner = null
) : Exception(message, inner)
{
    public string Upstream { get; } = upstream;

    public UpstreamFault Fault { get; } = fault;

    public int? Status { get; } = status;

    public string? Remedy { get; } = remedy;

    /// <summary>When it wants to be asked again (<c>Retry-After</c>); null where it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What happened, in the upstream's words, and what to do: sentences, whether the words end in a full stop or not.</summary>
    public string Told =>
        Remedy is null ? Message
        : Message.TrimEnd() is [.., '.' or '!' or '?' or ':'] ? $"{Message.TrimEnd()} {Remedy}"
        : $"{Message.TrimEnd()}. {Remedy}";
}

/// <summary>An upstream that a stand-in answers for.</summary>
public sealed record SimulatedUpstream(string Name);

/// <summary>What is known of each upstream, told by the clients as they work and by probes.</summary>
/// <param name="simulated">Those that the Sandbox's stand-ins answer for; nobody registers any elsewhere.</param>
/// <param name="log">Gets one line when a state changes, and none for each try.</param>
public sealed class Upstreams(
    TimeProvider time,
    IEnumerable<SimulatedUpstream>? simulated = null,
    ILogger<Upstreams>? log = null
)
{
    private readonly IReadOnlySet<string> standIns = (simulated ?? []).Select(one => one.Name).ToHashSet();
    private readonly ConcurrentDictionary<string, UpstreamStatus> all = new();

    /// <summary>Whoever reads them wants to know: <see cref="Asked"/> is raised.</summary>
    public IReadOnlyList<UpstreamStatus> All
    {
        get
        {
            Asked?.Invoke();
            return [.. all.Values.OrderBy(status => status.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Whether one of them does not serve as it should.</summary>
    internal bool IsAnyAway =>
        all.Values.Any(status => status.State is UpstreamState.Degraded or UpstreamState.Unreachable);

    /// <summary>Raised when somebody reads the states; keep handlers short.</summary>
    internal event Action? Asked;

    public UpstreamStatus? Find(string name) => all.GetValueOrDefault(name);

    /// <summary>Raised when a state changed; keep handlers short.</summary>
    public event Action<UpstreamStatus>? Changed;

    public void NotConfigured(string name, string remedy) =>
        Put(new UpstreamStatus(name, UpstreamState.NotConfigured, null, remedy, null, null, false));

    public void Good(string name)
    {
        var now = time.GetUtcNow();
        Put(
            new UpstreamStatus(
                name,
                UpstreamState.Connected,
                null,
                null,
                SinceOf(name, UpstreamState.Connected, now),
                now,
                standIns.Contains(name)
            )
        );
    }

    public void Bad(UpstreamException exception)
    {
        var now = time.GetUtcNow();
        var state = StateOf(exception);
        if (state == UpstreamState.NotConfigured)
        {
            NotConfigured(exception.Upstream, exception.Remedy ?? "");
            return;
        }
        if (state == UpstreamState.Connected)
        {
            Good(exception.Upstream);
            return;
        }
        var before = Find(exception.Upstream);
        Put(
            new UpstreamStatus(
                exception.Upstream,
                state,
                exception.Message,
                exception.Remedy,
                SinceOf(exception.Upstream, state, now),
                before?.LastGoodAt,
                standIns.Contains(exception.Upstream)
            )
        );
    }

    /// <summary>The table from a fault to the state that it shows. Who refuses a question is there and works.</summary>
    public static UpstreamState StateOf(UpstreamException exception) =>
        exception.Fault switch
        {
            UpstreamFault.NotConfigured => UpstreamState.NotConfigured,
            UpstreamFault.Refused => UpstreamState.Connected,
            UpstreamFault.Unreachable => UpstreamState.Unreachable,
            // Without a status nothing came at all.
            UpstreamFault.TimedOut when exception.Status is null => UpstreamState.Unreachable,
            _ => UpstreamState.Degraded,
        };

    private DateTimeOffset SinceOf(string name, UpstreamState state, DateTimeOffset now) =>
        Find(name) is { Since: { } since } before && before.State == state ? since : now;

    private void Put(UpstreamStatus status)
    {
        var before = Find(status.Name);
        all[status.Name] = status;
        if (before?.State != status.State)
        {
            Tell(before, status);
            Changed?.Invoke(status);
        }
    }

    private void Tell(UpstreamStatus? before, UpstreamStatus now)
    {
        if (now.State is UpstreamState.Degraded or UpstreamState.Unreachable)
        {
            log?.LogWarning("{Upstream} is {State}: {Message} {Remedy}", now.Name, now.State, now.Message, now.Remedy);
        }
        else if (before?.State is UpstreamState.Degraded or UpstreamState.Unreachable)
        {
            log?.LogInformation("{Upstream} answers again", now.Name);
        }
    }
}
