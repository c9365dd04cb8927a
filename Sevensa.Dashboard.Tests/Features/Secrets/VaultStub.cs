using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A Vault that answers what the test says, and remembers what it was asked.</summary>
internal sealed class VaultStub(Func<VaultStub.Asked, (int Status, string Body)> answer) : HttpMessageHandler
{
    public sealed record Asked(
        string Method,
        string PathAndQuery,
        string? Token,
        string Body,
        IReadOnlyDictionary<string, string> Headers
    );

    /// <summary>Headers of the answer.</summary>
    public Func<Asked, (string Name, string Value)?> Header { get; init; } = _ => null;

    public ConcurrentQueue<Asked> Requests { get; } = [];

    public Upstreams Upstreams { get; } = new(TimeProvider.System);

    public (int Status, string Body) Says(Asked asked) => answer(asked);

    public static VaultStub Answering(int status, string body) => new(_ => (status, body));

    public VaultClient Client(SecretsOptions? options = null, TimeProvider? time = null, KnownSecrets? known = null)
    {
        var set = Options.Create(options ?? new SecretsOptions { Address = "http://vault.test", SandboxToken = "t" });
        return new VaultClient(
            new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://vault.test/") },
            set,
            Session ??= new VaultSession(set, time ?? TimeProvider.System),
            Upstreams,
            known
        );
    }

    /// <summary>Of the first client, and kept for those after it.</summary>
    public VaultSession? Session { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var asked = new Asked(
            request.Method.Method,
            request.RequestUri!.PathAndQuery,
            request.Headers.TryGetValues("X-Vault-Token", out var tokens) ? tokens.Single() : null,
            body,
            request.Headers.ToDictionary(
                header => header.Key,
                header => string.Join(',', header.Value),
                StringComparer.OrdinalIgnoreCase
            )
        );
        Requests.Enqueue(asked);
        var (status, text) = answer(asked);
        var response = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(text, Encoding.UTF8, "application/json"),
        };
        if (Header(asked) is var (name, value))
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }
        return response;
    }
}
