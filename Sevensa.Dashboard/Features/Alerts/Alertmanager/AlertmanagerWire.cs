using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Alerts.Alertmanager;

/// <summary>An alert as Alertmanager holds it.</summary>
public sealed record HeldAlert(
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    DateTimeOffset? UpdatedAt,
    string Fingerprint,
    HeldStatus Status,
    IReadOnlyList<NamedReceiver>? Receivers,
    [property: JsonPropertyName("generatorURL")] string? GeneratorUrl
);

/// <param name="State"><c>active</c>, <c>suppressed</c> or <c>unprocessed</c>.</param>
public sealed record HeldStatus(string State, IReadOnlyList<string>? SilencedBy, IReadOnlyList<string>? InhibitedBy);

public sealed record NamedReceiver(string Name);

public sealed record HeldGroup(
    IReadOnlyDictionary<string, string> Labels,
    NamedReceiver Receiver,
    IReadOnlyList<HeldAlert> Alerts
);

public sealed record SilenceMatcher(string Name, string Value, bool IsRegex = false, bool IsEqual = true)
{
    public override string ToString() => $"{Name}{(IsEqual ? IsRegex ? "=~" : "=" : IsRegex ? "!~" : "!=")}\"{Value}\"";
}

/// <summary>A silence as Alertmanager tells it.</summary>
public sealed record HeldSilence(
    string Id,
    SilenceStatus Status,
    DateTimeOffset UpdatedAt,
    string Comment,
    string CreatedBy,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    IReadOnlyList<SilenceMatcher> Matchers
);

/// <param name="State"><c>active</c>, <c>pending</c> or <c>expired</c>.</param>
public sealed record SilenceStatus(string State);

/// <summary>What is posted to make a silence.</summary>
public sealed record SilenceWanted(
    IReadOnlyList<SilenceMatcher> Matchers,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string CreatedBy,
    string Comment
);

public sealed record SilenceMade([property: JsonPropertyName("silenceID")] string SilenceId);

public sealed record ServerStatus(ServerVersion VersionInfo);

public sealed record ServerVersion(string Version);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    RespectRequiredConstructorParameters = false
)]
[JsonSerializable(typeof(IReadOnlyList<HeldAlert>))]
[JsonSerializable(typeof(IReadOnlyList<HeldGroup>))]
[JsonSerializable(typeof(IReadOnlyList<HeldSilence>))]
[JsonSerializable(typeof(SilenceWanted))]
[JsonSerializable(typeof(SilenceMade))]
[JsonSerializable(typeof(ServerStatus))]
internal sealed partial class AlertmanagerJson : JsonSerializerContext;
