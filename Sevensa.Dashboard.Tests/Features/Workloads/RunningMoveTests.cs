using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workloads.Moving;
using Sevensa.Dashboard.Features.Workloads.Pages;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;
using TestContext = Xunit.TestContext;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

/// <summary>The move of what runs now, and its page.</summary>
public sealed class RunningMoveTests
{
    private static readonly Caller caller = new("1", "Olga", Role.Operator, true, TenantSet.All, ApiScopes.All);

    [Fact]
    public async Task Running_containers_become_manifests_and_what_their_host_keeps_is_said()
    {
        var report = await Desk(Fleet())
            .LookAsync(caller, "rentguy", Asked("rentguy"), TestContext.Current.CancellationToken);

        var objects = ManifestForm.Read(report.Manifests);
        Assert.Empty(ManifestForm.Mistakes(objects));
        var web = objects.Single(one =>
            one["kind"]!.ToString() == "Deployment" && one["metadata"]!["name"]!.ToString() == "api"
        );
        var container = web["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal("rentguy/api@sha256:1234", container["image"]!.ToString());
        Assert.Equal("512Mi", container["resources"]!["limits"]!["memory"]!.ToString());
        Assert.Equal(8080, container["ports"]![0]!["containerPort"]!.GetValue<int>());
        // A key that the Secret lacks leaves the image's own value.
        var variable = Assert.Single((System.Text.Json.Nodes.JsonArray)container["env"]!)!;
        Assert.Equal("DB_HOST", variable["name"]!.ToString());
        Assert.True(variable["valueFrom"]!["secretKeyRef"]!["optional"]!.GetValue<bool>());
        string Said(string service, string where) =>
            string.Join(
                ' ',
                report.Losses.Where(loss => loss.Service == service && loss.Where == where).Select(loss => loss.Words)
            );
        Assert.Contains("DB_HOST", Said("api", "environment"), StringComparison.Ordinal);
        Assert.DoesNotContain("PATH", Said("api", "environment"), StringComparison.Ordinal);
        Assert.Contains("not told by the runner", Said("api", "healthcheck"), StringComparison.Ordinal);
        Assert.DoesNotContain("It has none", Said("api", "healthcheck"), StringComparison.Ordinal);
        Assert.Contains("/srv/files of the host", Said("api", "volumes"), StringComparison.Ordinal);
        Assert.Contains("on this host alone", Said("worker", "image"), StringComparison.Ordinal);
        Assert.Equal(
            2,
            objects.Single(one => one["metadata"]!["name"]!.ToString() == "worker")["spec"]![
                "replicas"
            ]!.GetValue<int>()
        );
    }

    [Fact]
    public async Task A_project_of_another_tenant_is_none()
    {
        var refused = await Assert.ThrowsAsync<UnreadableComposeException>(() =>
            Desk(Fleet()).LookAsync(caller, "rentguy", Asked("witcom"), TestContext.Current.CancellationToken)
        );
        Assert.Contains("No project witcom", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_project_on_two_hosts_wants_to_be_told_which()
    {
        var fleet = Fleet();
        fleet.Put("rentguy", "api", "rentguy-api", id: new string('7', 64), host: "h2");

        var refused = await Assert.ThrowsAsync<UnreadableComposeException>(() =>
            Desk(fleet).LookAsync(caller, "rentguy", Asked("rentguy"), TestContext.Current.CancellationToken)
        );
        Assert.Contains("h2 and vps-1", refused.Message, StringComparison.Ordinal);
        var report = await Desk(fleet)
            .LookAsync(caller, "rentguy", Asked("rentguy") with { Host = "h2" }, TestContext.Current.CancellationToken);
        Assert.Equal("api", Assert.Single(report.Services).Name);
    }

    [Fact]
    public async Task The_page_shows_readiness_losses_steps_and_a_file_of_a_pasted_text()
    {
        var page = Page();
        await using var _ = page;
        var shown = page.Render<MovePage>(p => p.Add(x => x.Tenant, "rentguy"));
        await shown
            .FindAll("textarea")[0]
            .ChangeAsync("services: { web: { image: 'web:${TAG}', build: ., ports: ['8080:80'] } }");
        await shown.FindAll("textarea")[1].ChangeAsync("TAG=2");
        await shown.Find("form").SubmitAsync();

        shown.WaitForAssertion(() => Assert.Contains("look", shown.Find("[data-services]").TextContent));
        Assert.Contains("build", shown.Find("[data-services]").TextContent);
        Assert.Contains("The way back", shown.Find("[data-cutover]").TextContent);
        Assert.Contains("nobody-unless-said", shown.Markup);
        Assert.Contains("web:2", shown.Markup);
        var file = shown.Find("a[download]");
        Assert.Equal("moved.yaml", file.GetAttribute("download"));
        var text = System.Text.Encoding.UTF8.GetString(
            Convert.FromBase64String(file.GetAttribute("href")!.Split(',')[1])
        );
        Assert.Empty(ManifestForm.Mistakes(ManifestForm.Read(text)));

        await shown.FindAll("textarea")[1].ChangeAsync("TAG");
        await shown.Find("form").SubmitAsync();
        shown.WaitForAssertion(() => Assert.Contains("is not like NAME=value", shown.Find("[role=alert]").TextContent));
    }

    [Fact]
    public async Task The_page_offers_what_runs_and_shows_it_by_its_address()
    {
        var page = Page();
        await using var _ = page;
        page.Services.GetRequiredService<NavigationManager>()
            .NavigateTo("/tenants/rentguy/workloads/move?running=rentguy&host=vps-1");
        var shown = page.Render<MovePage>(p => p.Add(x => x.Tenant, "rentguy"));

        shown.WaitForAssertion(() => Assert.Contains("worker", shown.Find("[data-services]").TextContent));
        Assert.Equal(
            "/tenants/rentguy/workloads/move?running=rentguy&host=vps-1",
            shown.Find("[data-running] a").GetAttribute("href")
        );
    }

    private static MoveBody Asked(string project) => new(null, null, null, project);

    private static MoveDesk Desk(StubFleet fleet) => new(fleet, Substitute.For<ITenantScopes>());

    private static BunitContext Page()
    {
        var page = UiContext.Create().Page;
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(Arg.Any<CancellationToken>()).Returns(caller);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton<ITenants>(new NoTenants());
        page.Services.AddSingleton(Desk(Fleet()));
        return page;
    }

    private static StubFleet Fleet()
    {
        var fleet = new StubFleet();
        fleet.Change(
            new string('a', 64),
            facts =>
                facts with
                {
                    ImageDigest = "rentguy/api@sha256:1234",
                    MemoryLimitBytes = 512L << 20,
                    EnvironmentNames = ["PATH", "DB_HOST"],
                    Settings = StubFleet.Plain with { PortBindings = ["127.0.0.1:80:8080/tcp"] },
                    Isolation = new ContainerIsolation(
                        [],
                        ["ALL"],
                        ["no-new-privileges:true"],
                        "",
                        "",
                        "",
                        "",
                        0,
                        0,
                        [],
                        [],
                        true,
                        ["8080/tcp"],
                        [new MountedPlace("bind", "/srv/files", "/files", true, "")],
                        []
                    ),
                }
        );
        return fleet;
    }

    /// <summary>The page needs the name alone, and goes on without.</summary>
    private sealed class NoTenants : ITenants
    {
        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<Tenant>>([]);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            AllAsync(cancellation);
    }
}
