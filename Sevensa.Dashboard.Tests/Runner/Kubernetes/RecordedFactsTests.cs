using System.Net;
using System.Text.Json;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

/// <summary>What a real control plane answered, read into what the dashboard is told.</summary>
public sealed class RecordedFactsTests
{
    [Fact]
    public void A_pod_tells_its_own_reason()
    {
        var pods = Items("pods in bad states: crash loop, out of memory, image missing, nowhere to run")
            .Select(pod => PodReader.Read(pod, "witcom"))
            .ToList();

        Assert.Equal(
            [PodReasons.CrashLoop, PodReasons.OutOfMemory, PodReasons.Image, PodReasons.Unschedulable],
            pods.Select(pod => pod.Reason)
        );
        Assert.All(pods, pod => Assert.False(pod.Ready));
        Assert.Contains("back-off 1m20s", pods[0].ReasonText, StringComparison.Ordinal);
        Assert.Contains("137", pods[1].ReasonText, StringComparison.Ordinal);
        Assert.Contains("ErrImagePull: not found", pods[2].ReasonText, StringComparison.Ordinal);
        Assert.Equal("0/1 nodes are available: 1 Insufficient cpu.", pods[3].ReasonText);
        Assert.All(pods, pod => Assert.Equal("Deployment/witcom/states", pod.Workload));
        Assert.Equal(4, pods[0].Restarts);
    }

    [Fact]
    public void In_the_words_of_containers_they_are_not_well_either()
    {
        var pods = Items("pods in bad states: crash loop, out of memory, image missing, nowhere to run")
            .Select(pod => PodContainers.Of(PodReader.Read(pod, "witcom"), null))
            .ToList();

        Assert.Equal(["restarting", "restarting", "created", "created"], pods.Select(pod => pod.State));
        Assert.Equal(["unhealthy", "unhealthy", "unhealthy", "starting"], pods.Select(pod => pod.Health));
        Assert.True(pods[1].OomKilled);
        Assert.All(pods, pod => Assert.Equal(("states", "witcom", "witcom"), (pod.Service, pod.Project, pod.Tenant)));
    }

    [Fact]
    public void A_pod_of_a_lost_node_is_not_ready_whatever_its_containers_say()
    {
        // The third of the recorded ones was never given a node.
        var pods = Items("pods of a node that no longer reports")
            .Select(pod => PodReader.Read(pod, "rentguy"))
            .Where(pod => pod.Node.Length > 0)
            .ToList();

        Assert.Equal(2, pods.Count);
        Assert.All(
            pods,
            pod =>
            {
                Assert.Equal("Running", pod.Phase);
                Assert.All(pod.Containers, container => Assert.True(container.SaysReady));
                Assert.False(pod.Ready);
                Assert.Equal(PodReasons.NodeLost, pod.Reason);
                Assert.Equal("unhealthy", PodContainers.Of(pod, null).Health);
            }
        );
        var node = ThingReader.Node(Body("node that no longer reports"));
        Assert.False(node.Ready);
        Assert.Equal("Kubelet stopped posting node status.", node.ReadyText);
        Assert.Contains("node.kubernetes.io/unreachable:NoExecute", node.Taints);
    }

    [Fact]
    public void Digests_are_what_pods_really_run()
    {
        var pods = Items("pods with image ids").Select(pod => PodReader.Read(pod, "rentguy")).ToList();

        Assert.All(
            pods.Where(pod => pod.Ready),
            pod => Assert.Contains("@sha256:", pod.Containers[0].ImageDigest, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("deployment without ready pods", false, false)]
    [InlineData("read at once after the change", false, false)]
    [InlineData("rollout failing, before the deadline", false, false)]
    [InlineData("rollout failed", false, true)]
    // It has all its pods, and one of before still ends.
    [InlineData("rollout done", false, false)]
    [InlineData("paused deployment", false, false)]
    [InlineData("scaled to zero", true, false)]
    public void A_rollout_is_done_when_all_its_numbers_say_so(string name, bool settled, bool failed)
    {
        var workload = WorkloadReader.Read(WorkloadKinds.Deployment, Body(name), "rentguy");

        Assert.Equal((settled, failed), (workload.IsSettled, workload.HasFailed));
    }

    [Fact]
    public void The_cluster_says_available_of_a_rollout_that_failed()
    {
        var workload = WorkloadReader.Read(WorkloadKinds.Deployment, Body("rollout failed"), "rentguy");

        Assert.Equal("True", workload.Condition("Available")!.Status);
        Assert.True(workload.HasFailed);
        Assert.Equal("3", workload.Revision);
    }

    [Fact]
    public void A_template_is_known_by_what_it_is_not_by_the_clusters_number()
    {
        var before = Read("rollout done");
        var undone = Read("undone");
        var failed = Read("rollout failed");
        var restarted = Read("restart");

        Assert.NotEqual(before.Revision, undone.Revision);
        Assert.Equal(before.TemplateHash, undone.TemplateHash);
        Assert.NotEqual(before.TemplateHash, failed.TemplateHash);
        // That somebody restarted it is no other release.
        Assert.Equal(undone.TemplateHash, restarted.TemplateHash);

        static WorkloadFacts Read(string name) => WorkloadReader.Read(WorkloadKinds.Deployment, Body(name), "rentguy");
    }

    [Fact]
    public void An_autoscaler_without_figures_says_why_it_does_nothing()
    {
        var one = ThingReader.Autoscaler(Body("autoscaler without metrics"), "witcom");

        Assert.False(one.Active);
        Assert.StartsWith("FailedGetResourceMetric", one.Trouble, StringComparison.Ordinal);
        Assert.Equal("Deployment/witcom/shop", one.Target);
        Assert.Equal((6, 4, 0, 2), (one.Makes(9), one.Makes(4), one.Makes(0), one.Makes(1)));
        Assert.Contains(
            Items("autoscalers that share a target"),
            shared =>
                ThingReader
                    .Autoscaler(shared, "witcom")
                    .Trouble?.StartsWith("AmbiguousSelector", StringComparison.Ordinal) == true
        );
    }

    [Fact]
    public void An_event_is_the_same_by_both_groups()
    {
        var older = ThingReader.Event(Body("that event by the older group"), "rentguy");
        var newer = ThingReader.Event(Body("series told"), "rentguy");

        Assert.Equal(newer, older);
        Assert.Equal((7, "plan p-1 ran", "Deployment/rentguy/web"), (newer.Count, newer.Note, newer.Regarding));
    }

    [Fact]
    public void Of_a_quota_and_a_budget_what_is_left_is_told()
    {
        var quota = ThingReader.Quota(Body("quota used"), "rentguy");
        var budget = ThingReader.Budget(Body("disruption budget's status"), "rentguy");

        Assert.Equal(("3", "3"), (quota.Hard["pods"], quota.Used["pods"]));
        Assert.Equal(("minAvailable 3", 3, 0), (budget.Rule, budget.Healthy, budget.Allowed));
    }

    [Fact]
    public void A_network_policy_is_read_rule_by_rule()
    {
        var policy = ThingReader.Policy(Body("network policy"), "rentguy");

        Assert.Equal(["app.kubernetes.io/name=web"], policy.PodSelector);
        var rule = Assert.Single(policy.Ingress);
        Assert.Equal(["namespaces kubernetes.io/metadata.name=edge"], rule.Peers);
        Assert.Equal(["8080/tcp"], rule.Ports);
    }

    [Fact]
    public void Of_the_shipped_role_only_cron_jobs_are_missing()
    {
        var missing = RightsReview.Missing(Body("what may I here"), "rentguy", ["apps"]);

        Assert.Equal(["list cronjobs.batch", "watch cronjobs.batch"], missing.Select(right => right.Right));
    }

    [Fact]
    public void What_a_role_lacks_costs_the_kinds_that_need_it()
    {
        using var none = JsonDocument.Parse("""{"status":{"resourceRules":[],"incomplete":false}}""");

        var missing = RightsReview.Missing(none.RootElement, "rentguy", []);

        Assert.Contains(
            missing,
            right => right.Right == "patch deployments.apps/scale" && right.Verbs.Contains("workload.scale")
        );
        Assert.Contains(missing, right => right.Right == "get pods/log");
    }

    [Theory]
    [InlineData("scale below zero", "must be greater than or equal to 0")]
    [InlineData("autoscaler edited, minimum above maximum", "must be greater than or equal to `minReplicas`")]
    [InlineData("selector changed", "field is immutable")]
    public void A_refusal_names_the_field_and_not_the_value(string name, string words)
    {
        var exchange = Exchange(name);

        var refused = KubeException.Of(HttpStatusCode.UnprocessableEntity, exchange.Body, null);

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sevensa.tenant", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(refused.Fields);
    }

    [Fact]
    public void A_policy_of_the_cluster_refuses_in_its_own_words()
    {
        var refused = KubeException.Of(
            HttpStatusCode.UnprocessableEntity,
            Exchange("restart refused by the policy").Body,
            null
        );

        Assert.Contains("images must be named by digest", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pods without a token", 403, true)]
    [InlineData("wrong token", 401, true)]
    [InlineData("token whose service account is deleted", 401, true)]
    [InlineData("runner: deployments of another tenant", 403, false)]
    [InlineData("pod above the quota", 403, false)]
    public void Who_is_not_signed_in_is_not_one_who_lacks_a_right(string name, int status, bool nobody)
    {
        var refused = KubeException.Of((HttpStatusCode)status, Exchange(name).Body, null);

        Assert.Equal(nobody, refused.IsNotSignedIn);
        Assert.Equal(nobody, refused.Message.Contains("Give the runner a new one", StringComparison.Ordinal));
    }

    [Fact]
    public void A_used_up_share_is_plain_text()
    {
        var busy = KubeException.Of(
            HttpStatusCode.TooManyRequests,
            Exchange("request beyond the share of its priority level").Body,
            TimeSpan.FromSeconds(2)
        );

        Assert.Equal("", busy.Reason);
        Assert.Equal(TimeSpan.FromSeconds(2), busy.RetryAfter);
        Assert.Contains("No share of the API server", busy.Message, StringComparison.Ordinal);
        Assert.Contains("Too many requests", busy.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_page_says_where_it_goes_on()
    {
        var gone = KubeException.Of(
            HttpStatusCode.Gone,
            Exchange("page 2 with a continue of ten minutes ago, its version compacted").Body,
            null
        );

        Assert.True(gone.IsGone);
        Assert.NotNull(gone.Continue);
    }

    [Theory]
    [InlineData("100m", 0.1)]
    [InlineData("1", 1)]
    [InlineData("1Gi", 1073741824)]
    [InlineData("1500M", 1500000000)]
    [InlineData("1e3", 1000)]
    [InlineData("8129112Ki", 8324210688)]
    public void Quantities_are_read_as_the_cluster_writes_them(string text, double value) =>
        Assert.Equal(value, Quantities.Number(text), 6);

    private static JsonElement Body(string name)
    {
        using var document = JsonDocument.Parse(Exchange(name).Body);
        return document.RootElement.Clone();
    }

    private static IReadOnlyList<JsonElement> Items(string name) => Body(name).Items("items");

    private static Recorded.Exchange Exchange(string name) =>
        Recorded.Of("kubernetes").First(exchange => exchange.Name == name);
}
