using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Explorer;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

public class QueryCheckTests
{
    private static readonly TenantScope Scope = new(["rentguy"]);

    private static readonly QueryCheck Check = new(Options.Create(new MetricsOptions()), new PromQlDialect());

    [Theory]
    [InlineData("sum(rat(up[5m]))", 4, 7, "1:5: unknown function with name \"rat\"\nsum(rat(up[5m]))\n    ^^^")]
    [InlineData("up\n  + info(up)", 7, 11, null)]
    public void What_cannot_be_asked_is_marked_where_it_is(string text, int from, int to, string? words)
    {
        var verdict = Check.Of(Scope, text);
        Assert.Null(verdict.Scoped);
        Assert.Equal((from, to), (verdict.Fault!.From, verdict.Fault.To));
        if (words is not null)
            Assert.Equal(words, verdict.Words);
    }

    [Theory]
    [InlineData("rate(up[200d])", null, "Metrics:MaximumRangeHours")]
    [InlineData("up", 100 * 86_400.0, "Metrics:MaximumRangeHours")]
    [InlineData("sum_over_time(up[30d:1s])", null, "Metrics:MaximumSubqueryPoints")]
    public void A_limit_is_named(string text, double? seconds, string limit)
    {
        var verdict = Check.Of(Scope, text, seconds is { } range ? (range, 86_400) : null);
        Assert.Null(verdict.Scoped);
        Assert.Contains(limit, verdict.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_be_asked_is_scoped()
    {
        var verdict = Check.Of(Scope, "up{tenant=\"witcom\"}", (3600, 15));
        Assert.Equal("up{tenant=\"witcom\",tenant=\"rentguy\"}", verdict.Scoped!.Text);
        Assert.NotEmpty(verdict.Scoped.Infos);
    }

    [Fact]
    public void Every_figure_of_the_pages_is_a_query_that_can_be_scoped()
    {
        var options = Options.Create(new MetricsOptions());
        var resources = new ResourceQueries(options, new ServiceQueries(options));
        var step = TimeSpan.FromMinutes(1);
        foreach (var figure in resources.Containers(step).Concat(resources.Routes(step)).Concat(resources.Hosts(step)))
        {
            var scoped = Check.Of(Scope, figure.Query).Scoped;
            Assert.True(scoped is not null, figure.Query);
            Assert.Equal(PromQlType.InstantVector, PromQlParser.Parse(figure.Query).Type);
        }
    }
}
