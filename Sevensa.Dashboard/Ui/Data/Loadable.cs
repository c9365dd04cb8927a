namespace Sevensa.Dashboard.Ui.Data;

public enum LoadStatus
{
    Loading,
    Ready,
    Empty,
    Failed,
    NotConfigured,
    Forbidden,
}

/// <summary>
/// What a panel has to show: nothing yet, figures (perhaps only some, perhaps old), or the reason why there are none.
/// Made by <see cref="Loadable"/>; drawn by <c>DataState</c>.
/// </summary>
public sealed record Loadable<T>
{
    internal Loadable(LoadStatus status) => Status = status;

    public LoadStatus Status { get; init; }

    /// <summary>Set when <see cref="Status"/> is <see cref="LoadStatus.Ready"/>.</summary>
    public T? Value { get; init; }

    /// <summary>When the upstream gave <see cref="Value"/>.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>Why there is no value, or, beside a value, why it is no longer fresh.</summary>
    public Problem? Problem { get; init; }

    /// <summary>What the value lacks: "worker: no answer from vps-2".</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>A newer answer is on its way; what is shown stays.</summary>
    public bool IsRefreshing { get; init; }

    /// <summary>What is (not) there, in a sentence; for Empty, NotConfigured and Forbidden.</summary>
    public string? Text { get; init; }

    /// <summary>The next step when there is nothing: words, and where they lead.</summary>
    public string? Next { get; init; }
    public string? NextHref { get; init; }

    /// <summary>The setting that is missing, as <c>Prometheus:Url</c>.</summary>
    public string? Setting { get; init; }

    /// <summary>A command that sets it.</summary>
    public string? Command { get; init; }

    /// <summary>The role that may see this.</summary>
    public string? Role { get; init; }

    public bool HasValue => Status == LoadStatus.Ready;

    public bool IsStale => HasValue && Problem is not null;

    public bool IsPartial => HasValue && Missing.Count > 0;

    /// <summary>The same, while a newer answer is awaited.</summary>
    public Loadable<T> Refreshing() => Status == LoadStatus.Loading ? this : this with { IsRefreshing = true };

    /// <summary>After a failed look: the last good value stays, marked with its age; without one the failure is all there is.</summary>
    public Loadable<T> FailedWith(Problem problem) =>
        HasValue ? this with { Problem = problem, IsRefreshing = false } : Loadable.Failed<T>(problem);

    public Loadable<TNext> Select<TNext>(Func<T, TNext> map) =>
        new(Status)
        {
            Value = HasValue ? map(Value!) : default,
            AsOf = AsOf,
            Problem = Problem,
            Missing = Missing,
            IsRefreshing = IsRefreshing,
            Text = Text,
            Next = Next,
            NextHref = NextHref,
            Setting = Setting,
            Command = Command,
            Role = Role,
        };
}

public static class Loadable
{
    public static Loadable<T> Loading<T>() => new(LoadStatus.Loading);

    public static Loadable<T> Ready<T>(T value, DateTimeOffset? asOf = null) =>
        new(LoadStatus.Ready) { Value = value, AsOf = asOf };

    /// <param name="missing">What could not be had, in words.</param>
    public static Loadable<T> Partial<T>(T value, DateTimeOffset? asOf, params IReadOnlyList<string> missing) =>
        new(LoadStatus.Ready)
        {
            Value = value,
            AsOf = asOf,
            Missing = missing,
        };

    /// <summary>The upstream answered, and there is nothing.</summary>
    public static Loadable<T> Empty<T>(string text, string? next = null, string? nextHref = null) =>
        new(LoadStatus.Empty)
        {
            Text = text,
            Next = next,
            NextHref = nextHref,
        };

    public static Loadable<T> Failed<T>(Problem problem) => new(LoadStatus.Failed) { Problem = problem };

    public static Loadable<T> NotConfigured<T>(string text, string setting, string? command = null) =>
        new(LoadStatus.NotConfigured)
        {
            Text = text,
            Setting = setting,
            Command = command,
        };

    public static Loadable<T> Forbidden<T>(string text, string role) =>
        new(LoadStatus.Forbidden) { Text = text, Role = role };
}
