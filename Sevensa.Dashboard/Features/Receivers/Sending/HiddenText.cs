namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>Secrets that are sent, and so may come back in an answer: they are taken out before anything of it is kept.</summary>
internal sealed class HiddenText
{
    /// <summary>Shorter parts of an address are words such as <c>services</c>.</summary>
    private const int ShortestPart = 8;

    private readonly IReadOnlyList<string> secrets;

    private HiddenText(IEnumerable<string> secrets) =>
        this.secrets = [.. secrets.Where(secret => secret.Length > 1).OrderByDescending(secret => secret.Length)];

    public static HiddenText Nothing { get; } = new([]);

    public static HiddenText Of(string secret) => new([secret]);

    /// <summary>An address that is a secret, whole and in its parts.</summary>
    public static HiddenText Of(Uri url) =>
        new([
            url.OriginalString,
            url.AbsoluteUri,
            url.PathAndQuery,
            url.AbsolutePath,
            .. url
                .PathAndQuery.Split('/', '?', '&', '=')
                .Where(part => part.Length >= ShortestPart)
                .SelectMany(part => new[] { part, Uri.UnescapeDataString(part) }),
        ]);

    public string Without(string text) =>
        secrets.Aggregate(text, (rest, secret) => rest.Replace(secret, "***", StringComparison.OrdinalIgnoreCase));
}
