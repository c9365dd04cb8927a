using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Ui.Components;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class DataStateTests
{
    private static readonly Problem Down = new(
        "Prometheus did not answer",
        "The charts can't be drawn.",
        "Check Prometheus:Url.",
        "Prometheus",
        "too many samples",
        422,
        "POST /api/v1/query_range"
    );

    private static async Task<T> Draw<T>(
        Loadable<string> data,
        Func<IRenderedComponent<DataState<string>>, T> look,
        Action? retry = null
    )
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var drawn = page.Render<DataState<string>>(p =>
        {
            p.Add(x => x.Data, data);
            p.Add(x => x.ChildContent, (string v) => b => b.AddContent(0, $"value {v}"));
            if (retry is not null)
                p.Add(x => x.Retry, EventCallback.Factory.Create(new object(), retry));
        });
        return look(drawn);
    }

    [Fact]
    public async Task LoadingShowsASkeletonAndSaysSo() =>
        await Draw(
            Loadable.Loading<string>(),
            d =>
            {
                Assert.NotEmpty(d.FindAll(".skeleton i"));
                Assert.Equal("true", d.Find(".data-state").GetAttribute("aria-busy"));
                return 0;
            }
        );

    [Fact]
    public async Task EmptyOffersTheNextStep()
    {
        var link = await Draw(
            Loadable.Empty<string>("No proposals wait", "Ask in the console", "/console"),
            d => (d.Find(".what").TextContent, d.Find("a").GetAttribute("href"))
        );
        Assert.Equal(("No proposals wait", "/console"), link);
    }

    [Fact]
    public async Task StaleKeepsTheValueWithItsAgeAndTheReason()
    {
        var data = Loadable.Ready("42", UiContext.Now.AddSeconds(-34)).FailedWith(Down);
        var text = await Draw(data, d => d.Find(".data-state").Text());
        Assert.Contains("value 42", text, StringComparison.Ordinal);
        Assert.Contains("34 s ago", text, StringComparison.Ordinal);
        Assert.Contains("too many samples", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PartialNamesWhatIsMissing()
    {
        var text = await Draw(
            Loadable.Partial("3 of 4", UiContext.Now, "worker: no answer from vps-2"),
            d => d.Find(".data-state").Text()
        );
        Assert.Contains("value 3 of 4", text, StringComparison.Ordinal);
        Assert.Contains("worker: no answer from vps-2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailedKeepsTheUpstreamsWordsAndRetries()
    {
        var asked = 0;
        await Draw(
            Loadable.Failed<string>(Down),
            d =>
            {
                Assert.Equal("Prometheus 422: too many samples", d.Find(".words").TextContent);
                Assert.Contains("POST /api/v1/query_range", d.Markup, StringComparison.Ordinal);
                d.Find("button").Click();
                return 0;
            },
            () => asked++
        );
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task NotConfiguredNamesTheSettingAndTheCommand()
    {
        var text = await Draw(
            Loadable.NotConfigured<string>("Loki is not configured", "Loki:Url", "export Loki__Url=http://loki:3100"),
            d => d.Find(".data-state").Text()
        );
        Assert.Contains("Loki:Url", text, StringComparison.Ordinal);
        Assert.Contains("Loki__Url", text, StringComparison.Ordinal);
        Assert.Contains("export Loki__Url=http://loki:3100", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForbiddenNamesTheRole() =>
        Assert.Contains(
            "Operator",
            await Draw(Loadable.Forbidden<string>("You may not see secrets", "Operator"), d => d.Find(".state").Text()),
            StringComparison.Ordinal
        );

    [Fact]
    public void AFailureWithoutAnEarlierValueIsAFailure() =>
        Assert.Equal(LoadStatus.Failed, Loadable.Loading<string>().FailedWith(Down).Status);
}
