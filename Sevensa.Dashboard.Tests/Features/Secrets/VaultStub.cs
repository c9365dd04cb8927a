using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A Vault that answers what the test says, and remembers what it was asked.</summary>
internal sealed class VaultStub(Func<VaultStub.Asked, (int Status, string Body)> answer) : HttpMessageHandler
{
    public sealed record Asked(string Method, string PathAndQuery, string? Token, string Body);

    public ConcurrentQueue<Asked> Requests { get; } = [];

    public Upstreams Upstreams { get; } = new(TimeProvider.System);

    public static VaultStub Answering(int status, string body) => new(_ => (status, body));

    public VaultClient Client(SecretsOptions? options = null, TimeProvider? time = null)
    {
        var set = Options.Create(options ?? new SecretsOptions { Address = "http://vault.test", SandboxToken = "t" });
        return new VaultClient(
            new HttpClient(this) { BaseAddress = new Uri("http://vault.test/") },
            set,
            new VaultSession(set, time ?? TimeProvider.System),
            Upstreams
        );
    }

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
            body
        );
        Requests.Enqueue(asked);
        var (status, text) = answer(asked);
        return new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(text, Encoding.UTF8, "application/json"),
        };
    }
}
