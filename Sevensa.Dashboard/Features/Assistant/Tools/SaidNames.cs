using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>Where a text names a tenant: alone, or within the name of what runs for it, however that was put together.</summary>
internal static class SaidNames
{
    /// <param name="own">Whose the text is: names of its own that have the other's in them name nobody else.</param>
    /// <returns>The whole of each name, in the text's order: "prod_acme-web" is as much of acme's as "acme-web".</returns>
    public static IEnumerable<Range> In(string text, string name, Tenant own)
    {
        if (name.Length == 0)
        {
            yield break;
        }
        for (var at = Next(0); at >= 0; at = Next(at))
        {
            var (from, to) = (at, at + name.Length);
            at = to;
            if (
                (from > 0 && char.IsLetterOrDigit(text[from - 1]))
                || (to < text.Length && char.IsLetterOrDigit(text[to]))
            )
            {
                continue;
            }
            while (from > 0 && IsOfName(text[from - 1]))
            {
                from--;
            }
            while (to < text.Length && IsOfName(text[to]))
            {
                to++;
            }
            at = to;
            if (!IsOwn(text[from..to], name, own))
            {
                yield return from..to;
            }
        }

        int Next(int start) => text.IndexOf(name, start, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsOfName(char letter) => char.IsLetterOrDigit(letter) || letter is '-' or '_';

    // "rentguy-eu-api" is not rentguy's where there is a rentguy-eu, which is the other that it was found by.
    private static bool IsOwn(string named, string other, Tenant own) =>
        (Begins(named, own.Id) && !(other.Length > own.Id.Length && Begins(named, other)))
        || own.Services.Contains(named, StringComparer.OrdinalIgnoreCase);

    private static bool Begins(string named, string tenant) =>
        named.StartsWith(tenant, StringComparison.OrdinalIgnoreCase)
        && (named.Length == tenant.Length || named[tenant.Length] is '-' or '_');
}
