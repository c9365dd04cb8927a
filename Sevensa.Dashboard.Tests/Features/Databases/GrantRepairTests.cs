using System.Net;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Leaks between tenants repaired by approved actions.</summary>
[Collection(ProvisionedCollection.Name)]
public sealed class GrantRepairTests(ProvisionedInstance installed)
{
    [Fact]
    public async Task A_leak_is_repaired_proven_again_and_its_undo_lets_it_through_again()
    {
        using var client = await installed.App.ApiAsAsync("admin");
        await installed.Instance.RunAsync(
            "shared",
            "grant usage on schema witcom to public; grant select on witcom.orders to public; grant select (customer), update (customer) on witcom.orders to rentguy_app; grant witcom_owner to rentguy_app; grant create on schema rentguy to witcom_app; alter default privileges for role witcom_owner in schema witcom grant select on tables to rentguy_app"
        );
        try
        {
            Assert.NotEmpty(await installed.ProveAsync(client));
            var proposal = await AlertsApi.ProposeAsync(client, "database.grant.repair", "witcom", "shared", new { });
            Assert.Contains("PUBLIC", proposal["plan"]!["changes"]!.ToJsonString(), StringComparison.Ordinal);
            var ended = await AlertsApi.ApproveAsync(installed.App, proposal);
            Assert.True((string?)ended["state"] == "succeeded", ended.ToJsonString());
            Assert.Contains("Proven again", (string?)ended["outcome"]!["text"], StringComparison.Ordinal);
            // Places that other cases made may lie beside; what the catalogue shows of their code no right closes.
            var still = (await installed.ProveAsync(client)).Where(one => (string?)one!["kind"] != "code").ToList();
            Assert.True(still.Count == 0, string.Join("; ", still.Select(one => one!.ToJsonString())));

            var undo = await AlertsApi.ProposeAsync(
                client,
                "database.grant.restore",
                "witcom",
                "shared",
                new { repair = (string)proposal["id"]! }
            );
            var undone = await AlertsApi.ApproveAsync(installed.App, undo);
            Assert.True((string?)undone["state"] == "succeeded", undone.ToJsonString());
            Assert.NotEmpty(await installed.ProveAsync(client));
        }
        finally
        {
            await installed.Instance.RunAsync(
                "shared",
                "revoke all on schema witcom from public; revoke all on witcom.orders from public, rentguy_app; revoke all (customer) on witcom.orders from rentguy_app; revoke witcom_owner from rentguy_app; revoke create on schema rentguy from witcom_app; alter default privileges for role witcom_owner in schema witcom revoke select on tables from rentguy_app"
            );
        }
    }

    [Fact]
    public async Task Who_sees_one_of_two_tenants_can_not_plan_what_is_between_them()
    {
        using var client = await installed.App.ApiAsAsync("admin");
        const string leak = "grant usage on schema witcom to rentguy_app; grant select on witcom.orders to rentguy_app";
        await installed.Instance.RunAsync("shared", leak);
        try
        {
            await installed.ProveAsync(client);
            var (_, one) = await installed.App.ProgramAsync("operator", ["witcom"], "read", "propose");
            using (one)
            {
                var (status, problem) = await installed.TryProposeAsync(
                    one,
                    "database.grant.repair",
                    "witcom",
                    "shared",
                    new { }
                );
                Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
                Assert.DoesNotContain("rentguy", problem!.ToJsonString(), StringComparison.Ordinal);

                // Nor read what somebody proposed who sees both, or decide on it.
                var proposal = await AlertsApi.ProposeAsync(
                    client,
                    "database.grant.repair",
                    "witcom",
                    "shared",
                    new { }
                );
                var id = (string)proposal["id"]!;
                Assert.Contains("rentguy", proposal.ToJsonString(), StringComparison.Ordinal);
                var list = await AlertsApi.GetAsync(one, "/api/v1/proposals?limit=50");
                Assert.DoesNotContain(id, list.ToJsonString(), StringComparison.Ordinal);
                foreach (
                    var (method, path) in new (HttpMethod, string)[]
                    {
                        (HttpMethod.Get, ""),
                        (HttpMethod.Get, "/events"),
                        (HttpMethod.Post, "/withdraw"),
                    }
                )
                {
                    var (hidden, words) = await AlertsApi.SendAsync(
                        one,
                        method,
                        $"/api/v1/proposals/{id}{path}",
                        method == HttpMethod.Post ? new { } : null
                    );
                    Assert.Equal(HttpStatusCode.NotFound, hidden);
                    Assert.DoesNotContain("rentguy", words!.ToJsonString(), StringComparison.Ordinal);
                }
                var record = await AlertsApi.GetAsync(one, "/api/v1/audit?limit=100");
                Assert.DoesNotContain(id, record.ToJsonString(), StringComparison.Ordinal);
                await AlertsApi.SendAsync(client, HttpMethod.Post, $"/api/v1/proposals/{id}/withdraw", new { });
            }
        }
        finally
        {
            await installed.Instance.RunAsync(
                "shared",
                "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app"
            );
        }
    }
}
