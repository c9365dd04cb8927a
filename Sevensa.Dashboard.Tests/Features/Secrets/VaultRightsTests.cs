using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Rights;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Docker;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>The shipped policy is enough, and what is taken from it is told by the feature that it costs.</summary>
public class VaultRightsTests
{
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Shipped =>
        File.ReadAllText(Path.Combine(ComposeFile.Folder, "vault", "dashboard-policy.hcl"));

    private static async Task<IReadOnlyList<LackingRight>> LackingAsync(string policy)
    {
        await using var upstreams = await StandIns.StartAsync();
        var (written, _, wrong) = await upstreams.SendAsync(
            "openbao",
            "POST",
            "/v1/sys/policies/acl/dashboard-shipped",
            System.Text.Json.JsonSerializer.Serialize(new { policy }),
            Root
        );
        Assert.True(written == 204, wrong);
        var (_, _, made) = await upstreams.SendAsync(
            "openbao",
            "POST",
            "/v1/auth/token/create",
            """{"policies": ["dashboard-shipped"]}""",
            Root
        );
        var token = System
            .Text.Json.JsonDocument.Parse(made)
            .RootElement.GetProperty("auth")
            .GetProperty("client_token")
            .GetString();
        var address = upstreams.Address("openbao");
        var set = Options.Create(new SecretsOptions { Address = address, SandboxToken = token });
        using var session = new VaultSession(set, TimeProvider.System);
        using var http = new HttpClient { BaseAddress = new Uri(address.TrimEnd('/') + "/") };
        var client = new VaultClient(http, set, session, new Upstreams(TimeProvider.System));
        var rights = new VaultRights(() => client, new StubTenants(), set);
        var lacking = await rights.AskAsync(Cancellation);
        Assert.Equal(lacking, rights.Lacking);
        return lacking;
    }

    [Fact]
    public async Task The_shipped_policy_lacks_nothing() => Assert.Empty(await LackingAsync(Shipped));

    [Theory]
    [InlineData("database/rotate-role/*", "Rotation of a database's logins")]
    [InlineData("sys/leases/revoke", "Revoking leases")]
    [InlineData("+/config", "That plans say how many versions are kept")]
    [InlineData("sys/policies/password/+/generate", "Values by Vault's password policies")]
    public async Task What_is_taken_from_it_is_told_by_what_it_costs(string path, string feature)
    {
        var lacking = await LackingAsync(
            Shipped.Replace($"path \"{path}\"", "path \"nothing\"", StringComparison.Ordinal)
        );
        Assert.Equal([feature], lacking.Select(one => one.Feature));
    }

    [Fact]
    public async Task A_token_that_may_nothing_lacks_all_of_it_and_so_each_feature_is_named()
    {
        var lacking = await LackingAsync("path \"nothing\" { capabilities = [\"read\"] }");
        Assert.True(lacking.Select(one => one.Feature).Distinct().Count() > 6);
        Assert.Contains(lacking, one => one.Right == "list on secret/metadata/*");
    }
}
