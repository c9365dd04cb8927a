namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>Which cluster a runner is of, and whose its namespaces are.</summary>
/// <param name="Tenants">Tenant by namespace; nothing else is looked at.</param>
internal sealed record ClusterSettings(
    string Where,
    string? Context,
    string? TokenFile,
    string? AuthorityFile,
    IReadOnlyDictionary<string, string> Tenants
)
{
    private const int MostNamespaces = 200;

    /// <param name="namespaces"><c>rentguy=rentguy, rentguy-test=rentguy</c>; a name alone is its own tenant.</param>
    /// <exception cref="FormatException">What is wrong with them.</exception>
    public static ClusterSettings Parse(
        string where,
        string? context,
        string? tokenFile,
        string? authorityFile,
        string? namespaces
    )
    {
        var tenants = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (
            var entry in (namespaces ?? "").Split(
                ',',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
            )
        )
        {
            var parts = entry.Split('=', StringSplitOptions.TrimEntries);
            if (parts.Length > 2 || parts.Any(part => part.Length == 0) || !IsName(parts[0]))
            {
                throw new FormatException($"\"{entry}\" is not like rentguy-test=rentguy (a namespace and its tenant)");
            }
            if (!tenants.TryAdd(parts[0], parts[^1]))
            {
                throw new FormatException($"namespace {parts[0]} is named twice");
            }
        }
        return tenants.Count switch
        {
            0 => throw new FormatException(
                "name the tenants' namespaces, e.g. rentguy=rentguy, rentguy-test=rentguy; nothing else is looked at"
            ),
            > MostNamespaces => throw new FormatException($"{tenants.Count} are more than {MostNamespaces}"),
            _ => new ClusterSettings(where, context, tokenFile, authorityFile, tenants),
        };
    }

    public KubeAddress Address() => KubeAddress.Of(Where, Context, TokenFile, AuthorityFile);

    private static bool IsName(string name) =>
        name.Length <= 63
        && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-')
        && char.IsAsciiLetterOrDigit(name[0])
        && char.IsAsciiLetterOrDigit(name[^1]);
}
