using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// Passwords of private registries, from the host's own file in the form of Docker's <c>config.json</c> (<c>docker login</c>
/// writes it). They go to this host's engine with a pull and nowhere else. Programs that the file names to keep passwords
/// (<c>credsStore</c>, <c>credHelpers</c>) are not run.
/// </summary>
internal sealed class RegistryCredentials(string? file)
{
    private const string DockerHub = "https://index.docker.io/v1/";

    /// <summary>Value of the engine's header <c>X-Registry-Auth</c>; null when the file says nothing of that registry. Read each time, so that a new login needs no restart.</summary>
    /// <exception cref="EngineException">The file can't be read, or keeps the password elsewhere.</exception>
    public string? For(string reference)
    {
        if (string.IsNullOrWhiteSpace(file))
        {
            return null;
        }
        var registry = RegistryOf(reference);
        var config = Read(file);
        var found = (config["auths"] as JsonObject)
            ?.FirstOrDefault(entry => Names(entry.Key).Contains(registry, StringComparer.OrdinalIgnoreCase))
            .Value;
        if (Entry(found, registry) is { } auth)
        {
            return Convert
                .ToBase64String(Encoding.UTF8.GetBytes(auth.ToJsonString()))
                .Replace('+', '-')
                .Replace('/', '_');
        }
        return config["credsStore"] is not null || (config["credHelpers"] as JsonObject)?.ContainsKey(registry) == true
            ? throw new EngineException(
                null,
                $"{file} keeps the password of {registry} in a program of its own, which a runner does not run. Give it a file with the password in it (Runner:RegistryCredentialsFile)."
            )
            : null;
    }

    /// <summary>What is wrong with the file; null when it can be used. Its content is not told.</summary>
    public static string? Trouble(string file)
    {
        try
        {
            Read(file);
            return null;
        }
        catch (EngineException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The first part of a name is a registry when it looks like a host; else it is Docker Hub's.</summary>
    internal static string RegistryOf(string reference)
    {
        var first = reference.Split('/', 2) is [var head, _] ? head : "";
        return
            first is not ("docker.io" or "index.docker.io")
            && (
                first == "localhost"
                || first.Contains('.', StringComparison.Ordinal)
                || first.Contains(':', StringComparison.Ordinal)
            )
            ? first
            : DockerHub;
    }

    private static IEnumerable<string> Names(string key)
    {
        yield return key;
        // Older logins wrote the address in full.
        if (Uri.TryCreate(key, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
        {
            yield return url.Authority;
        }
        if (key is "docker.io" or "index.docker.io")
        {
            yield return DockerHub;
        }
    }

    private static JsonObject? Entry(JsonNode? entry, string registry)
    {
        if (Text(entry, "identitytoken") is { Length: > 0 } token)
        {
            return new JsonObject { ["identitytoken"] = token, ["serveraddress"] = registry };
        }
        if (Text(entry, "auth") is not { Length: > 0 } both)
        {
            return null;
        }
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(both)).Split(':', 2) is [var name, var password]
                ? new JsonObject
                {
                    ["username"] = name,
                    ["password"] = password.TrimEnd('\0'),
                    ["serveraddress"] = registry,
                }
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string? Text(JsonNode? entry, string member) =>
        entry is JsonObject said && said[member] is JsonValue value && value.TryGetValue<string>(out var text)
            ? text
            : null;

    private static JsonObject Read(string file)
    {
        try
        {
            // Of a name that stands there twice, who is to say which one is meant.
            var once = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(File.ReadAllText(file), documentOptions: once) as JsonObject
                ?? throw new JsonException("it is no object");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // A parser's words may quote the text, so they are not repeated.
            var why = exception is JsonException ? "it is not JSON as docker login writes it" : exception.Message;
            throw new EngineException(null, $"The registries' passwords in {file} can't be read: {why}");
        }
    }
}
