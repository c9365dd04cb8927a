using System.Diagnostics.CodeAnalysis;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// A secret of one tenant: its path below the tenant's prefix. Made from a scope only, and holds nothing that could lead
/// out of it (dots, empty segments, or what some server between would read as such), so that the path alone decides whose it is.
/// </summary>
internal sealed record SecretPath
{
    /// <summary>Why a name that Vault itself told is not asked for.</summary>
    public const string WhyNotPlain =
        "Its name holds what a server between could take for another path, so it is not asked for.";

    private const int MostCharacters = 400;

    private SecretPath(string prefix, string relative) => (Prefix, Relative) = (prefix, relative);

    /// <summary>The tenant's, with a trailing slash.</summary>
    public string Prefix { get; }

    /// <summary>As pages, the API and plans name it: <c>api/database</c>.</summary>
    public string Relative { get; }

    /// <summary>Below the mount: <c>rentguy/api/database</c>.</summary>
    public string Full => Prefix + Relative;

    /// <exception cref="ArgumentException">The tenant is not in the scope.</exception>
    public static bool TryOf(TenantScope scope, string tenant, string? text, [NotNullWhen(true)] out SecretPath? path)
    {
        var prefix = scope.VaultPrefix(tenant);
        path = IsPlain(text) ? new SecretPath(prefix, text!) : null;
        return path is not null;
    }

    public override string ToString() => Full;

    private static bool IsPlain(string? text)
    {
        if (text is not { Length: > 0 and <= MostCharacters })
        {
            return false;
        }
        // Each segment is escaped on its way, so '#' and '%' are letters like others. But a proxy that reads escapes once
        // too often must find nothing there either.
        for (var read = text; ; )
        {
            if (!HasPlainSegments(read))
            {
                return false;
            }
            var once = Uri.UnescapeDataString(read);
            if (once == read)
            {
                return true;
            }
            if (once.Count(character => character == '/') != text.Count(character => character == '/'))
            {
                return false;
            }
            read = once;
        }
    }

    private static bool HasPlainSegments(string text) =>
        !text.Any(character => char.IsControl(character) || character is '\\' or '\uFFFD')
        && Array.TrueForAll(
            text.Split('/'),
            part => part.Length > 0 && part.Trim() == part && part.Trim('.').Length > 0
        );
}
