using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Proofs over the API: begun, seen by whom they concern, kept with their dates, and raised as alerts.</summary>
public sealed class ProofsApiTests(DatabasesApiTests.Company company) : IClassFixture<DatabasesApiTests.Company>
{
    private const string Leak =
        "grant usage on schema witcom to rentguy_app; grant select on witcom.orders to rentguy_app";
    private const string Repair =
        "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app";

    [Fact]
    public async Task A_leak_is_found_told_to_both_sides_without_names_alerted_and_over_when_it_is_repaired()
    {
        await company.Instance.RunAsync(SharedInstance.Database, Leak);
        var first = await ProveAsync("admin");
        var leak = Assert.Single(Leaks(first));
        Assert.Equal(
            ("rentguy", "witcom", "tables", "witcom.orders"),
            (Text(leak, "tenant"), Text(leak, "victim"), Text(leak, "kind"), Text(leak, "object"))
        );
        Assert.Contains("explain select", Text(leak, "statement"), StringComparison.Ordinal);

        var (_, theirs) = await company.App.ProgramAsync("operator", ["rentguy"], "read", "propose");
        var (_, victims) = await company.App.ProgramAsync("operator", ["witcom"], "read");
        using (theirs)
        using (victims)
        {
            var seen = await NewestAsync(theirs);
            Assert.DoesNotContain("witcom", seen.GetRawText(), StringComparison.Ordinal);
            var hidden = Assert.Single(Leaks(seen));
            Assert.Equal(JsonValueKind.Null, hidden.GetProperty("object").ValueKind);
            Assert.Equal(JsonValueKind.Null, hidden.GetProperty("statement").ValueKind);
            var reached = Assert.Single(Leaks(await NewestAsync(victims)));
            Assert.Equal(JsonValueKind.Null, reached.GetProperty("tenant").ValueKind);
            Assert.Equal("witcom.orders", Text(reached, "object"));
            using var stranger = await theirs.PostAsJsonAsync(
                "/api/v1/databases/shared/proof",
                new { tenants = new[] { "witcom" } }
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, stranger.StatusCode);
        }
        await AlertedAsync("rentguy", "DatabaseIsolationBroken");
        await AlertedAsync("witcom", "DatabaseIsolationBroken");

        var again = await ProveAsync("admin");
        Assert.Equal(Text(leak, "since"), Text(Assert.Single(Leaks(again)), "since"));

        await company.Instance.RunAsync(SharedInstance.Database, Repair);
        var repaired = await ProveAsync("admin");
        Assert.Empty(Leaks(repaired));
        Assert.True(repaired.GetProperty("held").GetInt32() > 40);
        await AlertedAsync("rentguy");
        await AlertedAsync("witcom");
        Assert.DoesNotContain("of nobody else", repaired.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_shown_figures_and_a_viewer_may_not_begin()
    {
        await ProveAsync("operator");
        using var viewer = await company.App.ApiAsAsync("viewer");
        using var refused = await viewer.PostAsync("/api/v1/databases/shared/proof", null);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var none = await viewer.GetAsync("/api/v1/databases/shared/proofs/nothing");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task A_login_whose_password_is_wrong_is_told_and_the_others_are_tried()
    {
        await company.Instance.Cluster.RunAsync("alter role witcom_app password 'changed'");
        try
        {
            var proof = await ProveAsync("admin");
            Assert.Equal(1, proof.GetProperty("notTried").GetInt32());
            var told = proof.GetProperty("attempts").EnumerateArray().First(one => Text(one, "outcome") == "notTried");
            Assert.Contains("28P01", Text(told, "words"), StringComparison.Ordinal);
            Assert.Contains(
                proof.GetProperty("attempts").EnumerateArray(),
                one => one.GetProperty("tenant").GetString() == "rentguy" && Text(one, "outcome") == "held"
            );
        }
        finally
        {
            await company.Instance.Cluster.RunAsync(
                $"alter role witcom_app password '{SharedInstance.PasswordOf("witcom")}'"
            );
        }
    }

    /// <summary>Begins a proof and waits for its end.</summary>
    private async Task<JsonElement> ProveAsync(string who)
    {
        using var client = await company.App.ApiAsAsync(who);
        using var begun = await client.PostAsync("/api/v1/databases/shared/proof", null);
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        var id = Text(await DatabasesApiTests.Json(begun), "id");
        return
            await Eventually.GetAsync(
                "the proof has ended",
                async token =>
                {
                    using var answer = await client.GetAsync($"/api/v1/databases/shared/proofs/{id}", token);
                    var proof = await DatabasesApiTests.Json(answer);
                    return Text(proof, "state") == "ended" ? new Boxed(proof) : null;
                }
            )
                is { } boxed
            ? boxed.Json
            : default;
    }

    private sealed record Boxed(JsonElement Json);

    private static async Task<JsonElement> NewestAsync(HttpClient client)
    {
        using var answer = await client.GetAsync("/api/v1/databases/shared/proofs");
        return (await DatabasesApiTests.Json(answer)).GetProperty("items")[0];
    }

    /// <summary>What fires is asked once in some seconds for everybody.</summary>
    private Task AlertedAsync(string tenant, params string[] expected) =>
        Eventually.TrueAsync(
            $"{tenant} has {expected.Length} alerts of it",
            async _ => expected.SequenceEqual(await AlertsAsync(tenant))
        );

    private async Task<List<string>> AlertsAsync(string tenant)
    {
        using var client = await company.App.ApiAsAsync("admin");
        using var answer = await client.GetAsync($"/api/v1/tenants/{tenant}/alerts");
        return
        [
            .. (await DatabasesApiTests.Json(answer))
                .GetProperty("items")
                .EnumerateArray()
                .Where(alert => Text(alert, "name") == "DatabaseIsolationBroken")
                .Select(alert => Text(alert, "name")),
        ];
    }

    private static List<JsonElement> Leaks(JsonElement proof) =>
        [.. proof.GetProperty("attempts").EnumerateArray().Where(one => Text(one, "outcome") == "leak")];

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
