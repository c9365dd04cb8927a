using System.Text;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Components;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Reports on a tenant's page.</summary>
public sealed class ReportListTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static readonly Caller Owner = Callers.Person("of-witcom", Role.Operator, "witcom");

    [Fact]
    public async Task Each_is_there_with_its_hash_and_a_link_to_what_was_sent()
    {
        await app.FleetIsKnownAsync();
        var desk = app.Services.GetRequiredService<ScanDesk>();
        var (page, _) = UiContext.Create();
        await using var context = page;
        page.Services.AddSingleton(app.Services.GetRequiredService<ReportDesk>());
        page.Services.AddSingleton<ICurrentCaller>(new Signed());
        await SendAsync("CVE-2030-1");
        var list = page.Render<ReportList>(parameters =>
            parameters.Add(one => one.Tenant, "witcom").Add(one => one.Beside, "before")
        );
        var links = list.FindAll("a[download]").Count;
        var taken = await SendAsync("CVE-2030-2");
        list.Render(parameters => parameters.Add(one => one.Beside, "after"));
        list.WaitForAssertion(() => Assert.Equal(links + 1, list.FindAll("a[download]").Count), Patience.Usual);
        Assert.Single(list.FindAll($"a[href=\"/scans/{taken.Id}/original\"]"));
        Assert.Contains(list.FindAll("td [title]"), hash => hash.GetAttribute("title")!.Length == 64);

        async Task<IntakeAnswer> SendAsync(string id)
        {
            using var body = new MemoryStream(Encoding.UTF8.GetBytes(ScansApi.Trivy(id)));
            return await desk.TakeInAsync(Owner, new ReportSent(body, Digest: ScansApi.NewDigest()), default);
        }
    }

    private sealed class Signed : ICurrentCaller
    {
        public ValueTask<Caller> GetAsync(CancellationToken cancellation = default) => new(Owner);
    }
}
