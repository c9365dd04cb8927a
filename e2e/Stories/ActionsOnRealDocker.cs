using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Every kind of the catalogue against a real engine, and what an operator sees when the older release will not run.</summary>
[TakesLong(190)]
public sealed class ActionsOnRealDocker(RealFleet fleet, Browser browser) : IClassFixture<RealFleet>, IAsyncDisposable
{
    private const string Shop = "rentguy-shop-1";
    private readonly TestPages pages = browser.Pages();
    private readonly string gate = Workspace.NewFolder("gate");

    public async ValueTask DisposeAsync()
    {
        await pages.DisposeAsync();
        Directory.Delete(gate, recursive: true);
    }

    [Fact]
    public async Task A_rollback_whose_health_fails_leaves_what_ran_before_it_and_says_so()
    {
        var engine = fleet.Engine;
        // Healthy until somebody puts a file there, as an older release is that can't read what the newer one left.
        await engine.ImageAsync("rentguy/shop:1", "HEALTHCHECK --interval=1s --retries=1 CMD test ! -e /gate/broken");
        await engine.ImageAsync("rentguy/shop:2", "HEALTHCHECK --interval=1s --retries=1 CMD true");
        await engine.ContainerAsync(
            Shop,
            "rentguy/shop:1",
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "shop" },
            adjust: request =>
            {
                request["HostConfig"]!["Binds"] = new JsonArray($"{gate}:/gate");
                request["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = "always" };
            }
        );
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await RealWorker.ScannedAsync(fleet, "rentguy/shop:2");
        await RealWorker.RecordedAsync(operators, "shop");
        Assert.Null(await RunAsync(operators, approver, "service.deploy", "shop", new { image = "rentguy/shop:2" }));
        await ReleasesAsync(operators, "shop", 2);
        var before = await engine.InspectAsync(Shop);
        await File.WriteAllTextAsync(Path.Combine(gate, "broken"), "");

        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: "/tenants/rentguy/changes?service=shop&back=before+the+last+deploy"
        );
        await Expect(page.Locator(".rollback-form")).ToContainTextAsync("goes back");
        await page.GetByLabel("Why").FillAsync("the new one is slower");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Propose to roll shop back" })
            .ClickAsync();
        await Expect(page.Locator(".proposal")).ToContainTextAsync("Create rentguy-shop-1 anew");
        await Expect(page).ToHaveURLAsync(new Regex("/approvals/"));
        var id = new Uri(page.Url).Segments[^1];

        var decides = await pages.SignInAsync(fleet.Dashboard.Url, "approver", at: $"/approvals/{id}");
        await decides.Locator("[data-approve]").ClickAsync();
        var card = page.Locator(".proposal");
        await Expect(card).ToContainTextAsync(new Regex("rolled back", RegexOptions.IgnoreCase));
        await Expect(card).ToContainTextAsync("unhealthy");
        await TestPages.ScreenshotAsync(page, "rollback-failed-health", fullPage: true);

        var now = await engine.InspectAsync(Shop);
        Assert.Equal(before["Id"]!.GetValue<string>(), now["Id"]!.GetValue<string>());
        Assert.Equal("running", now["State"]!["Status"]!.GetValue<string>());
        Assert.Equal("rentguy/shop:2", now["Config"]!["Image"]!.GetValue<string>());
        Assert.Equal("always", now["HostConfig"]!["RestartPolicy"]!["Name"]!.GetValue<string>());
        await NothingIsLeftAsync();
        var proposal = (await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!;
        Assert.Equal("rolledBack", proposal["state"]!.GetValue<string>());
        Assert.Equal("done", proposal["outcome"]!["undo"]!.GetValue<string>());
        await RecordIsWholeAsync("action.rolledBack", id);
    }

    [Fact]
    public async Task An_item_of_the_posture_is_put_right_from_its_page_and_taken_back_when_it_is_not_well()
    {
        var engine = fleet.Engine;
        // Well while it can write where nothing is mounted.
        await engine.ImageAsync("rentguy/soft:1", "HEALTHCHECK --interval=1s --retries=1 CMD touch /written");
        await engine.ContainerAsync(
            "rentguy-soft-1",
            "rentguy/soft:1",
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "soft" }
        );
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await RealWorker.RecordedAsync(operators, "soft");
        var before = await engine.InspectAsync("rentguy-soft-1");

        var page = await pages.SignInAsync(
            fleet.Dashboard.Url,
            "operator",
            at: "/tenants/rentguy/posture?service=soft"
        );
        await page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { NameRegex = new Regex("^5\\.13 ") })
            .ClickAsync();
        await page.Locator("[data-harden]").ClickAsync();
        await Expect(page.Locator("[data-parameter=items]")).ToHaveValueAsync("5.13");
        await page.Locator("[data-reason]").FillAsync("the benchmark says so");
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { NameRegex = new Regex("^Propose") })
            .ClickAsync();
        var card = page.Locator(".proposal");
        await Expect(card).ToContainTextAsync("read-only");
        await Expect(card).ToContainTextAsync("Its root file system can be written");
        await page.WaitForURLAsync(new Regex("/approvals/"));
        var id = new Uri(page.Url).Segments[^1];
        var proposal = (await approver.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!;
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        await Expect(card).ToContainTextAsync(new Regex("rolled back", RegexOptions.IgnoreCase));
        await TestPages.ScreenshotAsync(page, "harden-failed-health", fullPage: true);
        var now = await engine.InspectAsync("rentguy-soft-1");
        Assert.Equal(before["Id"]!.GetValue<string>(), now["Id"]!.GetValue<string>());
        Assert.Equal("running", now["State"]!["Status"]!.GetValue<string>());

        // What it can do without is kept, until the former specification is asked for.
        Assert.Null(await RunAsync(operators, approver, "service.harden", "soft", new { items = new[] { "5.26" } }));
        now = await engine.InspectAsync("rentguy-soft-1");
        Assert.Equal("""["no-new-privileges:true"]""", now["HostConfig"]!["SecurityOpt"]!.ToJsonString());
        await ReleasesAsync(operators, "soft", 2);
        Assert.Null(
            await RunAsync(
                operators,
                approver,
                "service.rollback",
                "soft",
                new
                {
                    to = "before the last deploy",
                    code = false,
                    configuration = true,
                }
            )
        );
        now = await engine.InspectAsync("rentguy-soft-1");
        Assert.Empty(now["HostConfig"]!["SecurityOpt"]?.AsArray() ?? []);
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("undo")]
    [InlineData("propose")]
    public async Task A_release_that_begins_to_crash_is_taken_back_or_proposed_to_be_as_was_approved(string onBreach)
    {
        var engine = fleet.Engine;
        var service = $"crash-{onBreach}";
        var (good, bad) = ($"rentguy/{service}:1", $"rentguy/{service}:2");
        await engine.ImageAsync(good, "CMD [\"sh\",\"-c\",\"while :; do sleep 1; done\"]");
        // Well for longer than the plan's own check looks.
        await engine.ImageAsync(bad, "CMD [\"sh\",\"-c\",\"sleep 12; exit 3\"]");
        await RealWorker.ScannedAsync(fleet, bad);
        await engine.ContainerAsync(
            $"rentguy-{service}-1",
            good,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = service },
            adjust: request =>
            {
                request.Remove("Cmd");
                request["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = "always" };
            }
        );
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await RealWorker.RecordedAsync(operators, service);
        Assert.Null(await RunAsync(operators, approver, "service.deploy", service, new { image = bad, onBreach }));

        var undo = await Eventually.GetAsync(
            "the watch to propose the undo",
            async token =>
                (await operators.GetFromJsonAsync<JsonNode>("/api/v1/proposals?tenant=rentguy", token))!["items"]!
                    .AsArray()
                    .FirstOrDefault(proposal =>
                        proposal!["kind"]!.GetValue<string>() == "service.rollback"
                        && proposal["target"]!.GetValue<string>().Contains(service, StringComparison.Ordinal)
                    ),
            Patience.Usual,
            () => fleet.Dashboard.Process.Tail()
        );
        // Between an end and Docker's restart of it a look finds it down, and not yet restarted.
        Assert.Matches("restarted|does not run", undo["reason"]!.GetValue<string>());
        var id = undo["id"]!.GetValue<string>();
        if (onBreach == "undo")
        {
            await Eventually.TrueAsync(
                "the undo to be done",
                async token =>
                    (await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))![
                        "state"
                    ]!.GetValue<string>() == "succeeded",
                Patience.Usual,
                () => fleet.Runner.Process!.Tail()
            );
        }
        else
        {
            Assert.Equal("proposed", undo["state"]!.GetValue<string>());
        }
        var now = await engine.InspectAsync($"rentguy-{service}-1");
        Assert.Equal(onBreach == "undo" ? good : bad, now["Config"]!["Image"]!.GetValue<string>());
        Assert.StartsWith(
            "The watch after",
            undo["requestedBy"]!["name"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Each_kind_is_planned_approved_and_done_on_a_real_engine()
    {
        var engine = fleet.Engine;
        await using var work = await RealWorker.StartAsync(fleet);
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        var catalogue = await RealWorker.KindsAsync(operators);
        foreach (
            var (kind, target, parameters) in new (string, string, object)[]
            {
                ("container.restart", "worker", new { }),
                ("container.stop", "worker", new { }),
                ("container.start", "worker", new { }),
                ("container.resources", "worker", new { memoryMiB = 96, cpus = 0.5 }),
                ("network.connect", "worker", new { network = "rentguy_outer" }),
                ("network.disconnect", "worker", new { network = "rentguy_outer" }),
                ("service.scale", "worker", new { replicas = 2, shareVolumes = true }),
                ("service.scale", "worker", new { replicas = 1 }),
                ("volume.snapshot", "rentguy_data", new { }),
                ("service.harden", "worker", new { items = new[] { "5.26", "5.29" }, pidsLimit = 99 }),
                ("volume.restore", "rentguy_data", new { into = "rentguy_data_then" }),
                ("service.deploy", "worker", new { image = "rentguy/worker:2" }),
                ("service.rollback", "worker", new { to = "before the last deploy" }),
                ("service.deploy", "worker", new { image = "rentguy/worker:2" }),
                ("tenant.rollback", "rentguy", new { to = "before the last deploy" }),
                ("image.pull", work.Registry.Reference, new { }),
                ("image.prune", "rentguy/worker:0", new { }),
            }
        )
        {
            catalogue.Remove(kind);
            // Each stands on the one before.
            var trouble = await RunAsync(operators, approver, kind, target, parameters);
            Assert.True(trouble is null, $"{kind} {target}: {trouble}");
        }
        Assert.Empty(catalogue);

        var worker = await engine.InspectAsync("rentguy-worker-1");
        Assert.Equal("rentguy/worker:1", worker["Config"]!["Image"]!.GetValue<string>());
        Assert.Equal(96 << 20, worker["HostConfig"]!["Memory"]!.GetValue<long>());
        // The rollbacks after it were of code alone.
        Assert.Equal(99, worker["HostConfig"]!["PidsLimit"]!.GetValue<long>());
        Assert.Contains("no-new-privileges:true", worker["HostConfig"]!["SecurityOpt"]!.ToJsonString());
        Assert.Equal(
            ["rentguy_inner"],
            worker["NetworkSettings"]!["Networks"]!.AsObject().Select(network => network.Key)
        );
        await engine.GetAsync("volumes/rentguy_data_then");
        await NothingIsLeftAsync();
        await RecordIsWholeAsync("action.succeeded", null);
        // The registry's password was used on the host, and the dashboard has never seen it.
        var password = System.Text.Encoding.UTF8.GetBytes(PrivateRegistry.Password);
        foreach (var file in Directory.EnumerateFiles(fleet.Dashboard.Folder, "*", SearchOption.AllDirectories))
            Assert.True((await BytesAsync(file)).AsSpan().IndexOf(password) < 0, file);
        using var admin = await fleet.Dashboard.ClientOfAsync("admin");
        Assert.DoesNotContain(
            PrivateRegistry.Password,
            await admin.GetStringAsync(new Uri("/api/v1/audit/export", UriKind.Relative)),
            StringComparison.Ordinal
        );
    }

    /// <summary>The dashboard lives meanwhile: a file of the moment may be gone when it is read.</summary>
    private static async Task<byte[]> BytesAsync(string file)
    {
        try
        {
            return await File.ReadAllBytesAsync(file);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    private static Task ReleasesAsync(HttpClient client, string service, int atLeast) =>
        Eventually.TrueAsync(
            $"{atLeast} releases of {service} to be known",
            async token =>
                (
                    await client.GetFromJsonAsync<JsonNode>(
                        $"/api/v1/tenants/rentguy/releases?service={service}",
                        token
                    )
                )!["items"]!
                    .AsArray()
                    .Count >= atLeast
        );

    private async Task NothingIsLeftAsync() =>
        Assert.DoesNotContain(
            await fleet.Engine.ContainersAsync(),
            container => container!["Names"]![0]!.GetValue<string>().StartsWith("/sevensa-", StringComparison.Ordinal)
        );

    private async Task RecordIsWholeAsync(string action, string? proposal)
    {
        using var admin = await fleet.Dashboard.ClientOfAsync("admin");
        Assert.True((await admin.GetFromJsonAsync<JsonNode>("/api/v1/audit/verify"))!["valid"]!.GetValue<bool>());
        var export = await admin.GetStringAsync(new Uri("/api/v1/audit/export", UriKind.Relative));
        Assert.Contains(
            export.Split('\n'),
            line =>
                line.Contains($"\"{action}\"", StringComparison.Ordinal)
                && (proposal is null || line.Contains(proposal, StringComparison.Ordinal))
        );
    }

    /// <returns>What went wrong; null when it succeeded.</returns>
    private async Task<string?> RunAsync(
        HttpClient operators,
        HttpClient approver,
        string kind,
        string target,
        object parameters
    )
    {
        var told = "";
        var proposal = await Eventually.GetAsync(
            $"{kind} of {target} to be planned",
            async token =>
            {
                using var proposed = await operators.PostAsJsonAsync(
                    "/api/v1/proposals",
                    new
                    {
                        kind,
                        tenant = "rentguy",
                        target,
                        parameters,
                        reason = "every kind is tried",
                        evidence = Array.Empty<object>(),
                    },
                    token
                );
                var said = JsonNode.Parse(await proposed.Content.ReadAsStringAsync(token))!;
                said["status"] = (int)proposed.StatusCode;
                told = said["detail"]?.ToString() ?? "";
                // What the last one changed may not have been told yet.
                return proposed.StatusCode == HttpStatusCode.UnprocessableEntity && RealWorker.IsTooEarly(told)
                    ? null
                    : said;
            },
            because: () => told
        );
        if (proposal["planHash"] is null)
            return $"{proposal["status"]} {proposal["detail"]}";
        var id = proposal["id"]!.GetValue<string>();
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        if (!approved.IsSuccessStatusCode)
            return $"not approved: {await approved.Content.ReadAsStringAsync()}";
        var ended = await Eventually.GetAsync(
            $"{kind} to end",
            async token =>
                await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token) is { } now
                && now["state"]!.GetValue<string>() is not ("approved" or "dispatched" or "running" or "unknown")
                    ? now
                    : null,
            Patience.Usual,
            () => fleet.Runner.Process!.Tail()
        );
        return ended["state"]!.GetValue<string>() == "succeeded"
            ? null
            : $"{ended["state"]}: {ended["outcome"]?["text"]}\n{fleet.Runner.Process!.Tail()}";
    }
}
