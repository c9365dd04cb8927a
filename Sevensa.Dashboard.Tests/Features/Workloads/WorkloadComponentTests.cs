using Bunit;
using Sevensa.Dashboard.Features.Workloads;
using Sevensa.Dashboard.Features.Workloads.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

public sealed class WorkloadComponentTests
{
    [Fact]
    public void A_state_is_judged_by_pods_own_conditions()
    {
        Assert.Equal("settled", View(Harbour.Web with { Terminating = 0 }).State);
        var lost = View(
            Harbour.Web with
            {
                Terminating = 0,
            },
            [Harbour.Pod("web-1", true), Harbour.Pod("web-2", false, PodReasons.NodeLost, "its node is lost")]
        );
        Assert.Equal(("degraded", 1), (lost.State, lost.Ready));
        Assert.Contains("its node is lost", lost.Words);
        Assert.Equal("failed", View(Harbour.Workload("rollout failed")).State);
        Assert.Equal("paused", View(Harbour.Workload("paused deployment")).State);
        Assert.Equal("rolling", View(Harbour.Workload("read at once after the change")).State);
    }

    [Fact]
    public async Task The_card_tells_pods_with_their_reasons_and_offers_what_can_be_done()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var one = One(
            Harbour.Web,
            [Harbour.Pod("web-1", true), Harbour.Pod("web-2", false, PodReasons.Image, "the image does not come")]
        );
        var card = page.Render<WorkloadCard>(p =>
            p.Add(x => x.Tenant, "rentguy")
                .Add(x => x.Detail, WorkloadDetail.Of(one))
                .Add(x => x.CloseHref, "/")
                .Add(x => x.MayPropose, true)
        );
        Assert.Contains("the image does not come", card.Markup);
        Assert.Contains("1 to 6", card.Markup);
        Assert.Contains(
            "/tenants/rentguy/propose?kind=workload.scale&target=Deployment%2Frentguy%2Fweb",
            card.FindAll("a").Select(link => link.GetAttribute("href"))
        );
        card.Render(p => p.Add(x => x.MayPropose, false));
        Assert.DoesNotContain("propose?", card.Markup);
    }

    [Fact]
    public async Task The_list_links_each_workload_and_tells_its_state()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var table = page.Render<WorkloadTable>(p =>
            p.Add(x => x.Rows, [View(Harbour.Workload("rollout failed"))]).Add(x => x.Address, id => $"/at/{id}")
        );
        Assert.Equal($"/at/{Harbour.Web.Uid}", table.Find("tbody a").GetAttribute("href"));
        Assert.Contains("failed", table.Find("td[data-label=State]").TextContent);
    }

    private static WorkloadView View(WorkloadFacts workload, IReadOnlyList<PodFacts>? pods = null) =>
        WorkloadView.Of(One(workload, pods));

    private static TenantWorkload One(WorkloadFacts workload, IReadOnlyList<PodFacts>? pods = null) =>
        new(
            new Harbour()
                .Has(workload, autoscalers: [Harbour.Autoscaler("web", 1, 6)], pods: pods)
                .Fleet.Clusters[0]
                .Of("rentguy"),
            workload
        );
}
