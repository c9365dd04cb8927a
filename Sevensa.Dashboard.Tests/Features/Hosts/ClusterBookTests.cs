using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Features.Workloads;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>What is kept of what a cluster's runner told, and who is shown what of it.</summary>
public class ClusterBookTests
{
    private static readonly DockerHost Host = new(
        "h1",
        "cluster-1",
        HostPresence.Connected,
        DateTimeOffset.UnixEpoch,
        null,
        null,
        null,
        0,
        null
    );

    private readonly ClusterBook book = new();

    [Fact]
    public void What_changed_goes_on_top_of_what_was_told_before()
    {
        Assert.False(book.HasTold);
        book.Take(Whole(Pods(("web-1", "rentguy"), ("web-2", "rentguy"))));
        book.Take(
            new ClusterNews(false, new ClusterThings(Pods: [Harbour.Pod("web-2", false)]), ["Pod/rentguy/web-1"])
        );
        Assert.True(book.HasTold);
        var pod = Assert.Single(book.Of(Host).Pods);
        Assert.Equal(("web-2", false), (pod.Name, pod.Ready));
        // Of what never was there nothing is left to forget.
        book.Take(new ClusterNews(false, new ClusterThings(), ["Pod/rentguy/none", "Node//none"]));
        Assert.Single(book.Of(Host).Pods);
    }

    [Fact]
    public void A_new_whole_is_instead_of_all_that_was_told_before()
    {
        book.Take(Whole(Pods(("web-1", "rentguy")) with { Workloads = [Harbour.Web], Events = [Event("old", 1)] }));
        book.Take(Whole(Pods(("web-2", "rentguy"))));
        var cluster = book.Of(Host);
        Assert.Equal("web-2", Assert.Single(cluster.Pods).Name);
        Assert.Empty(cluster.Workloads);
        Assert.Empty(cluster.Events);
    }

    [Fact]
    public void A_host_is_shown_with_the_tenants_that_it_may_report_and_with_others_from_when_it_may()
    {
        book.Take(
            Whole(
                Pods(("web-1", "rentguy"), ("shop-1", "witcom")) with
                {
                    Nodes = [Node("node-1")],
                    Events = [Event("ours", 1), Event("theirs", 2) with { Tenant = "witcom" }],
                }
            )
        );
        var bound = book.Of(Host with { Tenants = ["rentguy"] });
        Assert.Equal("web-1", Assert.Single(bound.Pods).Name);
        Assert.Equal("ours", Assert.Single(bound.Events).Name);
        Assert.Single(bound.Nodes);
        book.BoundAnew();
        Assert.Equal(["shop-1", "web-1"], book.Of(Host).Pods.Select(pod => pod.Name).Order());
    }

    [Fact]
    public void A_tenant_is_shown_nothing_of_another_and_no_machine()
    {
        var summary = new ClusterSummary(
            "v1.37.2",
            [new NamespaceFacts("rentguy", "rentguy"), new NamespaceFacts("witcom", "witcom")],
            [
                new MissingRight("rentguy", "list cronjobs.batch", "…", []),
                new MissingRight("witcom", "list cronjobs.batch", "…", []),
                new MissingRight("", "list nodes", "…", []),
            ]
        );
        book.Take(Whole(Pods(("web-1", "rentguy"), ("shop-1", "witcom")) with { Nodes = [Node("node-1")] }));
        var mine = (book.Of(Host) with { Summary = summary }).Of("rentguy");
        Assert.Equal("web-1", Assert.Single(mine.Pods).Name);
        Assert.Empty(mine.Nodes);
        Assert.Equal("rentguy", Assert.Single(mine.Summary!.Namespaces).Name);
        Assert.Equal("rentguy", Assert.Single(mine.Summary.Missing).Namespace);
    }

    [Fact]
    public void A_picture_is_made_once_for_as_long_as_nothing_changes()
    {
        book.Take(Whole(Pods(("web-1", "rentguy"))));
        var first = book.Of(Host);
        Assert.Same(first, book.Of(Host));
        var lost = book.Of(Host with { Presence = HostPresence.Lost });
        Assert.False(lost.Connected);
        Assert.Equal(first.Pods, lost.Pods);
        book.Take(new ClusterNews(false, Pods(("web-2", "rentguy")), []));
        Assert.Equal(2, book.Of(Host).Pods.Count);
    }

    [Fact]
    public void Of_events_the_newest_are_kept_newest_first_and_a_repeated_one_once()
    {
        book.Take(Whole(new ClusterThings()));
        foreach (var part in Enumerable.Range(0, 2001).Chunk(ClusterNews.MostThings))
        {
            book.Take(
                new ClusterNews(
                    false,
                    new ClusterThings(Events: [.. part.Select(number => Event($"e{number}", number))]),
                    []
                )
            );
        }
        book.Take(new ClusterNews(false, new ClusterThings(Events: [Event("e1500", 5000) with { Count = 2 }]), []));
        var kept = book.Of(Host).Events;
        Assert.Equal(1001, kept.Count);
        Assert.Equal(("e1500", 2), (kept[0].Name, kept[0].Count));
        Assert.Equal("e2000", kept[1].Name);
        Assert.Equal("e1000", kept[^1].Name);
    }

    [Fact]
    public void A_full_book_takes_nothing_more_but_what_it_knows_goes_on_to_change()
    {
        book.Take(
            Whole(new ClusterThings(Nodes: [.. Enumerable.Range(0, ClusterNews.MostInAll).Select(n => Node($"n{n}"))]))
        );
        book.Take(
            new ClusterNews(
                false,
                Pods(("web-1", "rentguy")) with
                {
                    Nodes = [Node("one-more"), Node("n7") with { Ready = false }],
                },
                []
            )
        );
        var cluster = book.Of(Host);
        Assert.Empty(cluster.Pods);
        Assert.Equal(ClusterNews.MostInAll, cluster.Nodes.Count);
        Assert.Equal("n7", Assert.Single(cluster.Nodes, node => !node.Ready).Name);
    }

    [Fact]
    public void What_one_dashboard_tells_another_is_all_of_it()
    {
        book.Take(
            Whole(
                Pods(("web-1", "rentguy")) with
                {
                    Workloads = [Harbour.Web],
                    Nodes = [Node("node-1")],
                    Autoscalers = [Harbour.Autoscaler("web", 2, 6)],
                    Quotas = [Harbour.Quota("10", "2")],
                    Events = [Event("e1", 1)],
                }
            )
        );
        var other = new ClusterBook();
        other.Take(Whole(book.Whole));
        Assert.Equivalent(book.Of(Host), other.Of(Host), strict: true);
        Assert.Equal(6, other.Whole.Count);
        other.Clear();
        Assert.False(other.HasTold);
        Assert.Equal(0, other.Whole.Count);
    }

    [Fact]
    public void What_can_not_be_taken_whole_is_said()
    {
        Assert.Null(ClusterBook.WhyNot(Whole(Pods(("web-1", "rentguy")))));
        Assert.Contains("missing", ClusterBook.WhyNot(null), StringComparison.Ordinal);
        Assert.Contains("missing", ClusterBook.WhyNot(new ClusterNews(true, null!, [])), StringComparison.Ordinal);
        Assert.Contains(
            "empty place",
            ClusterBook.WhyNot(Whole(new ClusterThings(Pods: [null!]))),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "empty place",
            ClusterBook.WhyNot(new ClusterNews(false, new ClusterThings(), [null!])),
            StringComparison.Ordinal
        );
        var many = Whole(new ClusterThings(Nodes: [.. Enumerable.Repeat(Node("n"), ClusterNews.MostThings + 1)]));
        Assert.Contains("At most 500", ClusterBook.WhyNot(many), StringComparison.Ordinal);
    }

    private static ClusterNews Whole(ClusterThings things) => new(true, things, []);

    private static ClusterThings Pods(params (string Name, string Tenant)[] pods) =>
        new(
            Pods:
            [
                .. pods.Select(pod => Harbour.Pod(pod.Name, true) with { Namespace = pod.Tenant, Tenant = pod.Tenant }),
            ]
        );

    private static NodeFacts Node(string name) =>
        new(name, true, "", false, [], 4, 1, 110, "amd64", "linux", "6.1", "containerd://2", "v1.37.2", 1);

    private static ClusterEvent Event(string name, long at) =>
        new("rentguy", name, "rentguy", "Warning", "BackOff", "…", "Pod/rentguy/web-1", 1, at, at, "kubelet");
}
