using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>How policies are written down.</summary>
internal static class PolicyJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Converters = { new ShortDuration(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Options)!;

    /// <summary><c>1h30m</c> in place of a clock's time.</summary>
    private sealed class ShortDuration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            PolicyDuration.Read(reader.GetString()) ?? throw new JsonException("It is no duration such as 10m.");

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteStringValue(PolicyDuration.Short(value));
    }
}

/// <summary>Durations as people write them.</summary>
internal static partial class PolicyDuration
{
    /// <summary><c>90s</c>, <c>10m</c>, <c>1h30m</c>, <c>2d</c>, <c>0</c>; null for anything else.</summary>
    public static TimeSpan? Read(string? text)
    {
        var plain = text?.Trim();
        if (plain is "0" or "0s")
        {
            return TimeSpan.Zero;
        }
        if (plain is null or "" || Shape().Match(plain) is not { Success: true } match)
        {
            return null;
        }
        return TimeSpan.FromSeconds(
            Part("w") * 604_800 + Part("d") * 86_400 + Part("h") * 3600 + Part("m") * 60 + Part("s")
        );

        double Part(string unit) =>
            match.Groups[unit] is { Success: true } part
                ? double.Parse(part.ValueSpan, CultureInfo.InvariantCulture)
                : 0;
    }

    public static string Short(TimeSpan span)
    {
        if (span == TimeSpan.Zero)
        {
            return "0s";
        }
        var (days, hours, minutes, seconds) = (span.Days, span.Hours, span.Minutes, span.Seconds);
        return string.Concat(Of(days, "d"), Of(hours, "h"), Of(minutes, "m"), Of(seconds, "s"));

        static string Of(int number, string unit) =>
            number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");
    }

    /// <summary>"10 minutes", "1 hour 30 minutes".</summary>
    public static string Words(TimeSpan span)
    {
        var parts = new[]
        {
            (span.Days, "day"),
            (span.Hours, "hour"),
            (span.Minutes, "minute"),
            (span.Seconds, "second"),
        }
            .Where(part => part.Item1 > 0)
            .Select(part =>
                string.Create(CultureInfo.InvariantCulture, $"{part.Item1} {part.Item2}{(part.Item1 == 1 ? "" : "s")}")
            )
            .ToList();
        return parts.Count == 0 ? "no time" : string.Join(" ", parts);
    }

    [GeneratedRegex(
        @"^(?=[0-9])(?:(?<w>[0-9]{1,4})w)?(?:(?<d>[0-9]{1,5})d)?(?:(?<h>[0-9]{1,6})h)?(?:(?<m>[0-9]{1,6})m)?(?:(?<s>[0-9]{1,7})s)?$"
    )]
    private static partial Regex Shape();
}
