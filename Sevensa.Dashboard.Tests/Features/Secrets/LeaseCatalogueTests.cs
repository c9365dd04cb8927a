using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Leases as OpenBao tells them while its database is away, and more of them than fit a page.</summary>
public class LeaseCatalogueTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 16, 0, 0, TimeSpan.Zero);
    private static readonly TenantScope Scope = new(["witcom"]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static LeaseCatalogue Catalogue(VaultStub stub)
    {
        var time = new FakeTimeProvider(Now);
        return new LeaseCatalogue(() => stub.Client(time: time), new Known(), time);
    }

    private static string Keys(IEnumerable<string> keys) => JsonSerializer.Serialize(new { data = new { keys } });

    [Theory]
    [InlineData("database down: lapsed lease lookup", "lapsed", null)]
    [InlineData("database down: lapsed lease lookup later", "irrevocable", "out of retries")]
    [InlineData("database back: lease whose revoke failed", "alive", null)]
    [InlineData("lease lookup", "alive", null)]
    public async Task Alive_lapsed_and_irrevocable_are_told_apart(string recording, string state, string? reason)
    {
        var exchange = Recorded.Of("openbao").First(found => found.Name == recording);
        var stub = new VaultStub(asked =>
            asked.Method == "PUT" ? (exchange.Status, exchange.Body)
            : asked.PathAndQuery.Contains("/creds/?", StringComparison.Ordinal) ? (200, Keys(["witcom-app/"]))
            : (200, Keys(["one"]))
        );
        var lease = Assert.Single((await Catalogue(stub).AliveAsync(Scope, null, 500, Cancellation)).Items);
        Assert.Equal(("witcom", state), (lease.Tenant, lease.State));
        Assert.StartsWith(reason ?? "", lease.Reason ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_one_of_many_is_on_a_page_and_the_last_says_so()
    {
        var names = Enumerable.Range(0, 518).Select(n => $"l{n:000}").ToArray();
        var stub = new VaultStub(asked =>
            asked.Method == "PUT"
                ? (
                    200,
                    $$$"""{"data":{"id":{{{JsonDocument.Parse(asked.Body).RootElement.GetProperty("lease_id").GetRawText()}}},"issue_time":"2026-11-28T15:00:00Z","expire_time":"2026-11-28T17:00:00Z","last_renewal":null,"renewable":true,"ttl":3600}}"""
                )
            : asked.PathAndQuery.Contains("/creds/?", StringComparison.Ordinal)
                ? (200, Keys(["rentguy-app/", "witcom-app/", "witcom-report/"]))
            : (200, Keys(asked.PathAndQuery.Contains("report", StringComparison.Ordinal) ? ["r"] : names))
        );
        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await Catalogue(stub).AliveAsync(Scope, after, 500, Cancellation);
            seen.AddRange(page.Items.Select(lease => lease.Id));
            after = page.Next;
        } while (after is not null);
        Assert.Equal(519, seen.Distinct().Count());
        Assert.Equal(519, seen.Count);
    }

    [Fact]
    public async Task A_role_that_may_not_be_looked_into_is_named_beside_the_others()
    {
        var stub = new VaultStub(asked =>
            asked.PathAndQuery.Contains("/creds/?", StringComparison.Ordinal)
                ? (200, Keys(["witcom-app/", "witcom-report/"]))
            : asked.PathAndQuery.Contains("report", StringComparison.Ordinal)
                ? (403, """{"errors":["1 error occurred:\n\t* permission denied\n\n"]}""")
            : asked.Method == "PUT"
                ? (
                    200,
                    """{"data":{"id":"x","issue_time":"2026-11-28T15:00:00Z","expire_time":"2026-11-28T17:00:00Z","last_renewal":null,"renewable":true,"ttl":3600}}"""
                )
            : (200, Keys(["one"]))
        );
        var page = await Catalogue(stub).AliveAsync(Scope, null, 500, Cancellation);
        Assert.Single(page.Items);
        var missing = Assert.Single(page.Missing);
        Assert.EndsWith("witcom-report", missing.Path, StringComparison.Ordinal);
        Assert.Contains("sys/leases/lookup", missing.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_are_looked_into_some_at_once()
    {
        using var gathered = new Gathered(8);
        var set = Options.Create(new SecretsOptions { Address = "http://vault.test", SandboxToken = "t" });
        var time = new FakeTimeProvider(Now);
        using var session = new VaultSession(set, time);
        var client = new VaultClient(
            new HttpClient(gathered, disposeHandler: false) { BaseAddress = new Uri("http://vault.test/") },
            set,
            session,
            new Upstreams(time)
        );
        var looking = new LeaseCatalogue(() => client, new Known(), time).AliveAsync(Scope, null, 500, Cancellation);
        Assert.Empty((await looking.WaitAsync(Patience.Usual, Cancellation)).Items);
    }

    /// <summary>Answers no role before so many are asked for.</summary>
    private sealed class Gathered(int all) : HttpMessageHandler
    {
        private readonly TaskCompletionSource together = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int asked;

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var isRoot = request.RequestUri!.AbsolutePath.EndsWith("/creds/", StringComparison.Ordinal);
            if (!isRoot)
            {
                if (Interlocked.Increment(ref asked) == all)
                {
                    together.SetResult();
                }
                await together.Task.WaitAsync(cancellationToken);
            }
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(
                    Keys(isRoot ? Enumerable.Range(0, all).Select(n => $"witcom-app{n}/") : [])
                ),
            };
        }
    }

    private sealed class Known : ITenants
    {
        private static readonly Tenant[] All =
        [
            new("rentguy", "RentGuy", "", [], []),
            new("witcom", "Witcom", "", [], []),
        ];

        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) => new(All);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            new(All);
    }
}
