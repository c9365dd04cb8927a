using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>
/// A conversation is about every tenant that the asker may see, and the people of one tenant read why something of theirs is
/// proposed in it: names of the others, and of what runs for them, are taken out of the reason.
/// </summary>
internal static class OwnWords
{
    private const string Another = "another tenant";

    /// <param name="tenant">Id of the tenant that the text is for.</param>
    /// <param name="visible">Whom the asker may see.</param>
    public static string Of(string text, string tenant, IReadOnlyList<Tenant> visible)
    {
        if (
            visible.FirstOrDefault(one => string.Equals(one.Id, tenant, StringComparison.OrdinalIgnoreCase))
            is not { } own
        )
        {
            // Whose it is is not known, and nothing is proposed for them.
            return text;
        }
        foreach (var name in visible.Where(one => one != own).SelectMany(one => (string[])[one.Id, one.Name]))
        {
            // From the end, so that what is found before stays where it is.
            foreach (var found in SaidNames.In(text, name, own).Reverse().ToList())
            {
                text = $"{text[..found.Start]}{Another}{text[found.End..]}";
            }
        }
        return text;
    }
}
