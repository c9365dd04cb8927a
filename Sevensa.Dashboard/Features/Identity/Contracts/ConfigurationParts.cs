using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>One thing of the installation's configuration as it is written down: its key within its part, and its content without a secret.</summary>
public sealed record ConfigurationItem(string Key, JsonElement Content);

/// <summary>
/// A part of the configuration that can be written down and applied. The feature that it belongs to registers it; who may do
/// what, and the record of it, are the same as when it is done on a page.
/// </summary>
public interface IConfigurationPart
{
    /// <summary>The part's key in the file: <c>receivers</c>.</summary>
    string Name { get; }

    /// <summary>Whether it lets somebody in: on a page it is applied after the password or a code was given again.</summary>
    bool IsAccess => false;

    /// <summary>What there is, in any order.</summary>
    Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation);

    /// <summary>What is wanted as it would read back once it is applied. Changes nothing.</summary>
    /// <param name="current">What stands there now; null when it is new.</param>
    /// <exception cref="UnfitConfigurationException">It can't be; the message says why.</exception>
    Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    );

    /// <summary>Why this can't be taken away here; null when it can.</summary>
    string? WhyKept(string key);

    /// <param name="wanted">As <see cref="CheckAsync"/> gave it back; null to take it away.</param>
    /// <returns>What was done, in words; with what is shown once, such as a new secret.</returns>
    /// <exception cref="UnfitConfigurationException">It can't be.</exception>
    Task<ConfigurationDone> ApplyAsync(Caller caller, string key, JsonElement? wanted, CancellationToken cancellation);
}

/// <param name="Words">What was done.</param>
/// <param name="Secret">Shown once, here.</param>
/// <param name="Proposal">The proposal that the change became, where it takes an approval.</param>
public sealed record ConfigurationDone(string Words, string? Secret = null, string? Proposal = null);

/// <summary>What is wanted can't be; the message says why and what to do.</summary>
public sealed class UnfitConfigurationException(string message) : Exception(message);

/// <summary>Content of an item from and to the record that a feature keeps it in.</summary>
public static class ConfigurationContent
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <exception cref="UnfitConfigurationException">A field is unknown or of another type.</exception>
    public static T Read<T>(JsonElement content)
        where T : class
    {
        try
        {
            return content.Deserialize<T>(Json) ?? throw new UnfitConfigurationException("It holds nothing.");
        }
        catch (JsonException exception)
        {
            var field = exception.Path is { Length: > 2 } path ? path[2..] : null;
            var known = string.Join(
                ", ",
                typeof(T).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
            );
            throw new UnfitConfigurationException(
                field is null
                    ? $"It can't be read. It has {known}."
                    : $"{field} can't be read, or is no field of it. It has {known}."
            );
        }
    }

    /// <summary>As it is written down: fields that are nothing are left out.</summary>
    public static JsonElement Of<T>(T content)
        where T : class => JsonSerializer.SerializeToElement(content, Json);
}
