using System.Net;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>One of several dashboards is told to stop: the proxy hears of it first, then whoever comes anew, and last what is under way.</summary>
public sealed class DrainingBeforeTheStop
{
    [Fact]
    public async Task It_lets_nobody_new_in_answers_what_is_under_way_and_stops_when_told_again()
    {
        await using var dashboard = DashboardProcess.With([
            KeyValuePair.Create("Platform:DrainSeconds", (string?)"600"),
            KeyValuePair.Create("Docker:Endpoint", (string?)"none"),
        ]);
        await dashboard.StartAsync();
        using var api = await dashboard.ClientOfAsync("operator");
        using (var may = await AskAsync(dashboard, "/readyz?for=requests"))
            Assert.Equal(HttpStatusCode.OK, may.StatusCode);

        dashboard.Process.Signal(Posix.SigTerm);
        await Eventually.TrueAsync(
            "the proxy to be told",
            async _ =>
            {
                using var told = await AskAsync(dashboard, "/readyz?for=requests");
                return told.StatusCode == HttpStatusCode.ServiceUnavailable;
            }
        );
        using (var ready = await AskAsync(dashboard, "/readyz"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal(
                "draining",
                JsonNode.Parse(await ready.Content.ReadAsStringAsync())!["status"]!.GetValue<string>()
            );
        }
        using (var alive = await AskAsync(dashboard, "/healthz"))
            Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        using (var page = await AskAsync(dashboard, "/signin", "text/html"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
            Assert.Contains("opens there by itself", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using (var program = await api.GetAsync(new Uri("/api/v1/tenants", UriKind.Relative)))
            Assert.Equal(HttpStatusCode.OK, program.StatusCode);

        // Far less than the ten minutes that it was given.
        await dashboard.StopAsync();
        Assert.True(dashboard.Process.HasExited);
        Assert.Equal(0, dashboard.Process.ExitCode);
    }

    private static async Task<HttpResponseMessage> AskAsync(DashboardProcess of, string path, string? accept = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (accept is not null)
            request.Headers.Accept.ParseAdd(accept);
        return await of.Http.SendAsync(request);
    }
}
