using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Protocol;

/// <summary>One reading of a container's labels, for who plans and for who hands out.</summary>
public class SecretLabelsTests
{
    private static ContainerFacts Labelled(string policy, params (string Label, string Value)[] labels) =>
        Samples.Container("rentguy-api") with
        {
            RestartPolicy = policy,
            Labels = labels.ToDictionary(one => $"sevensa.secret.{one.Label}", one => one.Value),
        };

    [Fact]
    public void Of_two_labels_for_one_secret_the_one_that_asks_for_the_most_holds()
    {
        var facts = Labelled(
            "always",
            ("a", "api/database"),
            ("a.on-change", "none"),
            ("b", "/api/database/ "),
            ("b.on-change", "signal:HUP"),
            ("c", "api/other")
        );
        Assert.Equal(new SecretLabel("sevensa.secret.b", "signal:HUP"), SecretLabels.Of(facts, "api/database"));
        var more = facts with
        {
            Labels = new Dictionary<string, string>(facts.Labels) { ["sevensa.secret.z"] = "api/database" },
        };
        Assert.Equal(new SecretLabel("sevensa.secret.z", "restart"), SecretLabels.Of(more, "api/database"));
        Assert.Null(SecretLabels.Of(facts, "api/data"));
    }

    [Theory]
    [InlineData("always", "SIGTERM", " signal:HUP ", true, "signal:HUP")]
    [InlineData("no", "", "signal:HUP", true, "signal:HUP")]
    // A runner that does not tell the stop signal looks at it itself.
    [InlineData("always", null, "signal:HUP", true, "signal:HUP")]
    // Nobody would send it: a value that nobody tells of is one that is not used.
    [InlineData("always", "SIGTERM", "signal:HUP", false, "restart")]
    [InlineData("always", "", "signal:HUP", true, "restart")]
    [InlineData("always", "SIGHUP", "signal:HUP", true, "restart")]
    [InlineData("unless-stopped", null, "signal:HUP", true, "restart")]
    [InlineData("always", "SIGTERM", "signal:KILL", true, "restart")]
    [InlineData("always", "", "none", false, "none")]
    [InlineData("always", "SIGTERM", "reload", true, "restart")]
    public void A_signal_that_nobody_sends_counts_as_a_restart(
        string policy,
        string? stopSignal,
        string said,
        bool files,
        string follows
    )
    {
        var facts = Labelled(policy, ("db", "api/database"), ("db.on-change", said)) with
        {
            Settings = StubFleet.Plain with { StopSignal = stopSignal },
        };
        Assert.Equal(follows, SecretLabels.FollowsOf(facts, SecretLabels.Of(facts, "api/database")!, files));
    }
}
