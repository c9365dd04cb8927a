using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Alerts.Alertmanager;

/// <summary>An alert as Alertmanager holds it.</summary>
internal sealed record HeldAlert(
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
/// <param name="MutedBy">Names of time intervals; told with groups only.</param>
internal sealed record HeldStatus(
    string State,
    IReadOnlyList<string>? SilencedBy,
    IReadOnlyList<string>? InhibitedBy,
    IReadOnlyList<string>? MutedBy = null
);

internal sealed record NamedReceiver(string Name);

internal sealed record HeldGroup(
    IReadOnlyDictionary<string, string> Labels,
    NamedReceiver Receiver,
    IReadOnlyList<HeldAlert> Alerts
);

internal sealed record SilenceMatcher(string Name, string Value, bool IsRegex = false, bool IsEqual = true)
{
    /// <summary>As Alertmanager reads it: names beyond letters, digits and _ stand in quotes.</summary>
    public override string ToString() =>
        $"{(IsPlain ? Name : Quoted(Name))}{(IsEqual ? IsRegex ? "=~" : "=" : IsRegex ? "!~" : "!=")}{Quoted(Value)}";

    private bool IsPlain =>
        Name is [var first, ..]
        && !char.IsAsciiDigit(first)
        && Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>A silence as Alertmanager tells it.</summary>
internal sealed record HeldSilence(
    string Id,
    SilenceStatus Status,
    DateTimeOffset UpdatedAt,
    string Comment,
    string CreatedBy,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    IReadOnlyList<SilenceMatcher> Matchers
)
{
    /// <summary>It was made elsewhere for more than this tenant: shown, since it mutes the tenant too, and not to be ended here.</summary>
    public bool ReadOnly { get; init; }
}

/// <param name="State"><c>active</c>, <c>pending</c> or <c>expired</c>.</param>
internal sealed record SilenceStatus(string State);

/// <summary>What is posted to make a silence.</summary>
internal sealed record SilenceWanted(
    IReadOnlyList<SilenceMatcher> Matchers,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string CreatedBy,
    string Comment
);

internal sealed record SilenceMade([property: JsonPropertyName("silenceID")] string SilenceId);

internal sealed record ServerStatus(ServerVersion VersionInfo);

internal sealed record ServerVersion(string Version);

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
