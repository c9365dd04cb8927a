using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts.Across;

/// <summary>What one host told the dashboard that it is connected to, for the others: one thing at a time.</summary>
/// <param name="Connection">That it was told on.</param>
/// <param name="Epoch">Of that connection: a later one's news count, an earlier one's don't any more.</param>
/// <param name="Revision">Counted up with each: one that is missing is noticed, and the whole asked for.</param>
internal sealed record FleetNews(string Host, string Connection, long Epoch, long Revision)
{
    public HostFacts? Greeted { get; init; }
    public IReadOnlyList<ContainerFacts>? Inventory { get; init; }
    public IReadOnlyList<ContainerFacts>? Changed { get; init; }
    public IReadOnlyList<string>? Removed { get; init; }
    public IReadOnlyList<EngineEvent>? Events { get; init; }
    public IReadOnlyList<ContainerUsage>? Usage { get; init; }
    public ClusterNews? Cluster { get; init; }
    public long? SkewMs { get; init; }
    public double SkewErrorMs { get; init; }
    public bool Lost { get; init; }
}

/// <summary>All that is known of a host by the dashboard that it is connected to.</summary>
internal sealed record HostWhole(
    string Host,
    string Connection,
    long Epoch,
    long Revision,
    HostFacts? Facts,
    DateTimeOffset? PresenceSince,
    DateTimeOffset? LastSeenAt,
    long SkewMs,
    double SkewErrorMs,
    bool EngineSilent,
    bool Told,
    IReadOnlyList<ContainerFacts> Containers,
    IReadOnlyList<ContainerUsage> Usage,
    IReadOnlyList<EngineEvent> Events,
    ClusterThings? Cluster = null
);

/// <summary>That a dashboard has a host's connection, and how much it was told on it.</summary>
internal sealed record HeldHost(string Host, long Epoch, long Revision);

/// <summary>A question to a runner that another dashboard passes on.</summary>
internal sealed record RunnerQuestion(string Host, string Connection, string Method, IReadOnlyList<JsonElement> Given);

/// <summary>The runner's answer, or why there is none.</summary>
/// <param name="Value">Null too where the runner answered that there is nothing.</param>
internal sealed record RunnerAnswer(JsonElement? Value)
{
    public bool IsAnswered { get; init; }

    /// <summary>In words, when the runner was not reached or did not answer.</summary>
    public string? Unreachable { get; init; }

    /// <summary>Whose words <see cref="Words"/> are, when it answered that it could not.</summary>
    public string? Who { get; init; }
    public string? Words { get; init; }
    public UpstreamFault Fault { get; init; }
}

/// <summary>Lines for somebody who reads them through another dashboard.</summary>
internal sealed record PassedPiece(string Connection, LogPiece Piece);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FleetNews))]
[JsonSerializable(typeof(HostWhole))]
[JsonSerializable(typeof(IReadOnlyList<HeldHost>))]
[JsonSerializable(typeof(RunnerQuestion))]
[JsonSerializable(typeof(RunnerAnswer))]
[JsonSerializable(typeof(PassedPiece))]
internal sealed partial class AcrossJson : JsonSerializerContext;

/// <summary>What dashboards call what they say to each other of hosts.</summary>
internal static class AcrossTopics
{
    public const string News = "hosts.news";
    public const string Held = "hosts.held";
    public const string Whole = "hosts.whole";
    public const string Row = "hosts.row";
    public const string Ask = "runner.ask";
    public const string Say = "runner.say";
    public const string Piece = "runner.piece";
    public const string End = "runner.end";
}
