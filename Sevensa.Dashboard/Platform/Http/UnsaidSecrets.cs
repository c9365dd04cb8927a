using System.Net;
using System.Text;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Takes what the dashboard signed in with out of an upstream's errors: a proxy that repeats the headers of a request in its
/// refusal would else show them to whoever asked here.
/// </summary>
/// <param name="known">Told of each that is the dashboard's own, so that it is found in other texts too.</param>
internal sealed class UnsaidSecrets(KnownSecrets? known) : DelegatingHandler
{
    private const int LongestBody = 64 * 1024;
    private const string Instead = "[not shown]";

    /// <summary>A value that a request carries in its body or in a header of its own. Who sends it knows whose it is, and tells.</summary>
    public static readonly HttpRequestOptionsKey<string> Carried = new("a value that is not told");

    /// <summary>What the dashboard signs in with, where that stands in a header of the upstream's own.</summary>
    public static readonly HttpRequestOptionsKey<string> Own = new("a key of the dashboard's own");

    /// <summary>What is shorter stands in many words by chance.</summary>
    private const int Shortest = 6;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var answer = await base.SendAsync(request, cancellationToken);
        var secrets = Of(request);
        request.Options.TryGetValue(Carried, out var carried);
        foreach (var own in secrets.Where(one => one != carried))
        {
            known?.Remember(own);
        }
        // What follows a switch of protocols is no answer: it belongs to whoever speaks the other one.
        if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.SwitchingProtocols || secrets.Count == 0)
        {
            return answer;
        }
        var said = answer.Content;
        await using var body = await said.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[LongestBody];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        var words = Encoding.UTF8.GetString(bytes, 0, length);
        var told = secrets.Aggregate(words, (all, one) => all.Replace(one, Instead, StringComparison.Ordinal));
        answer.Content =
            told == words ? new ByteArrayContent(bytes, 0, length) : new StringContent(told, Encoding.UTF8);
        answer.Content.Headers.ContentType = said.Headers.ContentType;
        return answer;
    }

    /// <summary>The longest first, so that none is left in parts.</summary>
    private static List<string> Of(HttpRequestMessage request)
    {
        var secrets = new List<string>();
        if (request.Headers.Authorization is { Parameter: { } given } credentials)
        {
            secrets.Add(given);
            if (credentials.Scheme == "Basic" && Decoded(given) is { } pair)
            {
                secrets.Add(pair);
                secrets.Add(pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            }
        }
        if (request.Headers.TryGetValues("X-Vault-Token", out var tokens))
        {
            secrets.AddRange(tokens);
        }
        foreach (var unsaid in new[] { Carried, Own })
        {
            if (request.Options.TryGetValue(unsaid, out var one))
            {
                secrets.Add(one);
            }
        }
        return [.. secrets.Where(one => one.Length >= Shortest).OrderByDescending(one => one.Length)];
    }

    private static string? Decoded(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : null;
    }
}
