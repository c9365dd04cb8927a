using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Accesses;

/// <summary>A line of Vault's audit log that tells of a secret of one tenant.</summary>
/// <param name="Id">Of the request, as Vault gave it.</param>
/// <param name="Path">Below the tenant; of a database credential its path in Vault.</param>
/// <param name="Reader">Who, as people know them: the role of an AppRole, a user, else the name of the token.</param>
/// <param name="Identity">What tells one reader from another.</param>
/// <param name="Error">Why Vault did not do it; null when it did.</param>
internal sealed record AuditLine(
    string Id,
    DateTimeOffset At,
    string Tenant,
    string Path,
    string Kind,
    string Operation,
    string Reader,
    string Identity,
    IReadOnlyList<string> Policies,
    string? Address,
    string? Error
);

/// <summary>
/// Reads Vault's and OpenBao's audit lines: JSON, one for the request and one for the response of each; the response's has both and
/// says whether it was done. Values are not in them in plain, and nothing but what <see cref="AuditLine"/> names is taken.
/// </summary>
/// <param name="mount">Of the key/value engine.</param>
/// <param name="space">Vault's namespace, without slashes; empty for the root.</param>
/// <param name="tenants">Ids, of which the longest that fits owns a role of the database engine.</param>
internal sealed partial class AuditReading(string mount, string space, IReadOnlyCollection<string> tenants)
{
    private static readonly string[] Parts = ["data", "subkeys", "delete", "undelete", "destroy"];

    /// <summary>LogQL that keeps the lines of a tenant and leaves those out that this class would leave out anyway.</summary>
    /// <param name="selector">Of the stream that has the audit log.</param>
    public string Query(string selector, string tenant)
    {
        var of = Regex.Escape(tenant);
        var paths =
            $"{Regex.Escape(mount)}/(({string.Join('|', Parts)})/)?{of}/|database/(creds|static-creds)/{of}[^a-z0-9]";
        return $"{selector} |= `\"type\":\"response\"` |~ `\"path\":\"({paths})`";
    }

    /// <summary>Null when it is no line of this log, or tells of nothing that belongs to a tenant.</summary>
    public AuditLine? Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(JsonReading.Whole(text));
            var line = document.RootElement;
            return
                Text(line, "type") == "response"
                && line.TryGetProperty("request", out var request)
                && request.ValueKind == JsonValueKind.Object
                && DateTimeOffset.TryParse(
                    Text(line, "time"),
                    System.Globalization.CultureInfo.InvariantCulture,
                    System.Globalization.DateTimeStyles.AssumeUniversal,
                    out var at
                )
                && SpaceOf(request) == space
                && Text(request, "path") is { } path
                && OwnerOf(path) is var (tenant, relative, kind)
                ? Of(line, request, at.ToUniversalTime(), tenant, relative, kind)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static AuditLine Of(
        JsonElement line,
        JsonElement request,
        DateTimeOffset at,
        string tenant,
        string path,
        string kind
    )
    {
        line.TryGetProperty("auth", out var auth);
        var name = Text(auth, "display_name");
        var known =
            auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty("metadata", out var metadata)
                ? Text(metadata, "role_name") ?? Text(metadata, "username")
                : null;
        var reader = known ?? name;
        var address = Text(request, "remote_address");
        return new AuditLine(
            Text(request, "id") ?? $"{at.ToUnixTimeMilliseconds()}",
            at,
            tenant,
            path,
            kind,
            Text(request, "operation") ?? "",
            reader is null
                ? "not known"
                : Plain(known is not null && name is not null && name != known ? $"{known} ({name})" : reader),
            Text(auth, "entity_id") is { Length: > 0 } entity ? entity : $"{name}\n{known}",
            [
                .. (
                    auth.ValueKind == JsonValueKind.Object
                    && auth.TryGetProperty("policies", out var policies)
                    && policies.ValueKind == JsonValueKind.Array
                        ? policies.EnumerateArray()
                        : []
                )
                    .Where(one => one.ValueKind == JsonValueKind.String)
                    .Select(one => Plain(one.GetString()!))
                    .Take(20),
            ],
            address is null ? null : Plain(address),
            Text(line, "error") is { Length: > 0 } error ? Plain(Spaces().Replace(error, " ").Trim()) : null
        );
    }

    private (string Tenant, string Path, string Kind)? OwnerOf(string path)
    {
        if (path.StartsWith("database/", StringComparison.Ordinal))
        {
            return
                path.Split('/') is ["database", "creds" or "static-creds", { Length: > 0 } role]
                && tenants
                    .Where(id => role == id || role.StartsWith(id + "-", StringComparison.Ordinal))
                    .MaxBy(id => id.Length)
                    is { } owner
                ? (owner, Plain(path), "database")
                : null;
        }
        if (!path.StartsWith(mount + "/", StringComparison.Ordinal))
        {
            return null;
        }
        var below = path[(mount.Length + 1)..];
        var cut = below.IndexOf('/', StringComparison.Ordinal);
        // An engine of version 1 has no such part.
        if (cut > 0 && Parts.Contains(below[..cut]))
        {
            below = below[(cut + 1)..];
        }
        cut = below.IndexOf('/', StringComparison.Ordinal);
        return cut > 0 && cut < below.Length - 1 && tenants.Contains(below[..cut])
            ? (below[..cut], Plain(below[(cut + 1)..]), "kv")
            : null;
    }

    private static string SpaceOf(JsonElement request) =>
        request.TryGetProperty("namespace", out var found) ? (Text(found, "path") ?? "").Trim('/') : "";

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out var found)
        && found.ValueKind == JsonValueKind.String
            ? found.GetString()
            : null;

    /// <summary>Others wrote it: no control characters, and not without end.</summary>
    private static string Plain(string text) =>
        Platform.Storage.StoreText.Shorten(
            string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)),
            300
        );

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
