using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Features.Workloads;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>A cluster's runner tells over the hub what is in it, true or not.</summary>
public class ClusterOverTheHubTests
{
    [Fact]
    public async Task A_cluster_is_shown_with_its_tenants_stays_when_its_runner_is_lost_and_goes_when_it_is_revoked()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "cluster-1", ["rentguy"], hello: AsCluster);
        Assert.Empty(server.Fleet.Clusters);
        await runner.ClusterAsync(new ClusterNews(true, new ClusterThings(Pods: [Of("rentguy"), Of("witcom")]), []));
        var cluster = Assert.Single(server.Fleet.Clusters);
        Assert.Equal(("cluster-1", true, true), (cluster.HostName, cluster.Connected, cluster.HasTold));
        Assert.Equal("v1.37.2", cluster.Summary!.Version);
        Assert.Equal("rentguy", Assert.Single(cluster.Pods).Tenant);

        await server.Enrolments.BindAsync(Callers.Admin, runner.HostId, ["rentguy", "witcom"], default);
        Assert.Equal(2, Assert.Single(server.Fleet.Clusters).Pods.Count);

        await runner.LeaveAsync();
        await server.PresenceAsync("cluster-1", HostPresence.Lost);
        var last = Assert.Single(server.Fleet.Clusters);
        Assert.False(last.Connected);
        Assert.Equal(2, last.Pods.Count);

        await server.Enrolments.RevokeAsync(Callers.Admin, runner.HostId, default);
        Assert.Empty(server.Fleet.Clusters);
    }

    [Fact]
    public async Task What_can_not_be_taken_whole_is_refused_in_words_and_nothing_of_it_is_taken()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "cluster-1", hello: AsCluster);
        await runner.ClusterAsync(new ClusterNews(true, new ClusterThings(Pods: [Of("rentguy")]), []));
        await RefusedAsync("At most 500", new ClusterThings(Pods: [.. Enumerable.Repeat(Of("witcom"), 501)]), []);
        await RefusedAsync("empty place", new ClusterThings(Pods: [Of("witcom"), null!]), []);
        await RefusedAsync("empty place", new ClusterThings(), [null!]);
        await RefusedAsync("missing", null!, []);
        await RefusedAsync("missing", new ClusterThings(), null!);
        Assert.Equal("rentguy", Assert.Single(Assert.Single(server.Fleet.Clusters).Pods).Tenant);
        // Nor does it cost the connection.
        await runner.ClusterAsync(new ClusterNews(false, new ClusterThings(Pods: [Of("witcom")]), []));
        Assert.Equal(2, Assert.Single(server.Fleet.Clusters).Pods.Count);

        async Task RefusedAsync(string words, ClusterThings put, IReadOnlyList<string> gone)
        {
            var refused = await Assert.ThrowsAsync<HubException>(() =>
                runner.ClusterAsync(new ClusterNews(true, put, gone))
            );
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        }
    }

    private static PodFacts Of(string tenant) =>
        Harbour.Pod("web-1", true) with
        {
            Namespace = tenant,
            Tenant = tenant,
        };

    private static HostFacts AsCluster(HostFacts facts) =>
        facts with
        {
            Orchestrator = Orchestrators.Kubernetes,
            Cluster = new ClusterSummary("v1.37.2", [new NamespaceFacts("rentguy", "rentguy")], []),
        };
}
