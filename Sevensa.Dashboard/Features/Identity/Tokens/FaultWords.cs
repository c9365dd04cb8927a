using OpenIddict.Abstractions;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// What is wrong with a request that can't be answered, for whoever runs the program: read from what was asked, since the token
/// server's own sentence names neither the address nor the setting.
/// </summary>
internal static class FaultWords
{
    private const int Longest = 200;

    /// <param name="client">The one that the request names; null for none that is known or enabled.</param>
    /// <returns>Null where the server's own sentence says it.</returns>
    public static string? Of(OpenIddictRequest? request, ApiClient? client) =>
        request switch
        {
            null => null,
            { PostLogoutRedirectUri: { Length: > 0 } left }
                when client is null || !client.PostLogoutRedirectUris.Contains(left) =>
                $"It wants you sent to {Cut(left)} afterwards, which is not registered for it as an address after signing out.",
            { ClientId: null or "" } => "It does not say which program it is (client_id).",
            { ClientId: { } id } when client is null =>
                $"No program {Cut(id)} is known here, or it is disabled. Access → API clients lists those that are.",
            { RedirectUri: null or "" } when client is { RedirectUris.Count: not 1 } =>
                "It does not say where the answer is to go (redirect_uri), and not just one address is registered for it.",
            { RedirectUri: { Length: > 0 } back } when client is not null && !IsOf(client, back) =>
                $"It wants the answer at {Cut(back)}, which is not registered for it. Addresses are compared letter by letter.",
            _ => null,
        };

    private static bool IsOf(ApiClient client, string back) =>
        client.RedirectUris.Any(known =>
            known == back
            || (
                Uri.TryCreate(back, UriKind.Absolute, out var to)
                && to.IsLoopback
                && new UriBuilder(to) { Port = -1 }.Uri == new UriBuilder(known) { Port = -1 }.Uri
            )
        );

    private static string Cut(string text) => StoreText.Shorten(StoreText.Whole(text), Longest);
}
