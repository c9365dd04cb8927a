using System.Text.Json;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>What a value is expected to be, for the messages of the border.</summary>
internal static class ValueWords
{
    public const string WholeNumber = "a whole number";
    public const string Number = "a number";
    public const string Flag = "true or false";
    public const string Time = "a time such as 2026-01-31T09:30:00.000Z";
    public const string Text = "a text";

    public static string Of(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Names(type))}"
        : type == typeof(string) ? Text
        : type == typeof(bool) ? Flag
        : type == typeof(DateTimeOffset) ? Time
        : type == typeof(int) || type == typeof(long) ? WholeNumber
        : type == typeof(double) || type == typeof(decimal) ? Number
        : "another value";

    /// <summary>The words of a fixed set, as they are written on the wire.</summary>
    public static IEnumerable<string> Names(Type type) =>
        Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName);

    /// <summary>A parameter that is one of a fixed set of words, in any case; null when it is left out or empty.</summary>
    /// <exception cref="BadHttpRequestException">400: there is no such word; the message has those that there are.</exception>
    public static T? Read<T>(string name, string? text, string? besides = null)
        where T : struct, Enum
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }
        // By the names alone: Enum.TryParse takes numbers, and lists of words as well.
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }
        throw new BadHttpRequestException(
            $"There is no {name} \"{StoreText.Shorten(text, 100)}\". There are {string.Join(", ", (besides is null ? [] : new[] { besides }).Concat(Names(typeof(T))))}."
        );
    }
}
