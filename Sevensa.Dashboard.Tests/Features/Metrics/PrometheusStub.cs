using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>A Prometheus on a free port that answers by path and remembers what it was asked.</summary>
public sealed class PrometheusStub : IAsyncDisposable
{
    private readonly WebApplication app;

    private PrometheusStub(WebApplication app) => this.app = app;

    public sealed record Asked(
        string Method,
        string Path,
        IReadOnlyList<KeyValuePair<string, string>> Parameters,
        IReadOnlyDictionary<string, string> Headers
    )
    {
        public IEnumerable<string> All(string name) =>
            Parameters.Where(pair => pair.Key == name).Select(pair => pair.Value);
    }

    public ConcurrentQueue<Asked> Requests { get; } = [];

    /// <summary>Status and body by path; what is not here is an empty vector.</summary>
    public ConcurrentDictionary<string, (int Status, string Body)> Answers { get; } = new();

    /// <summary>By path: answers that are made by hand, such as ones that break.</summary>
    public ConcurrentDictionary<string, Func<HttpContext, Task>> ByHand { get; } = new();

    public string Url { get; private set; } = "";

    public static async Task<PrometheusStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var stub = new PrometheusStub(builder.Build());
        stub.app.Run(stub.AnswerAsync);
        await stub.app.StartAsync();
        stub.Url = stub
            .app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return stub;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var parameters = context
            .Request.Query.Concat(context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : [])
            .SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value!)))
            .ToList();
        Requests.Enqueue(
            new Asked(
                context.Request.Method,
                context.Request.Path,
                parameters,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())
            )
        );
        if (ByHand.GetValueOrDefault(context.Request.Path) is { } answer)
        {
            await answer(context);
            return;
        }
        var (status, body) = Answers.GetValueOrDefault(
            context.Request.Path,
            (200, """{"status":"success","data":{"resultType":"vector","result":[]}}""")
        );
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}

/// <summary>The real program against that Prometheus.</summary>
public sealed class MetricsApp : SandboxApp
{
    public PrometheusStub Prometheus { get; private set; } = null!;

    /// <summary>What it was asked on somebody's behalf; the program itself asks for the alerts of the last days, some time after its start.</summary>
    public IEnumerable<PrometheusStub.Asked> ForOthers =>
        Prometheus.Requests.Where(asked =>
            !asked.All("query").Any(query => query.StartsWith("ALERTS{", StringComparison.Ordinal))
        );

    // Whose state it is and what it reads of the language is the tests' to say, at their own time.
    protected override void Replace(IServiceCollection services)
    {
        foreach (var probe in services.Where(one => one.ImplementationType == typeof(PrometheusProbe)).ToList())
        {
            services.Remove(probe);
        }
    }

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Prometheus:Url", Prometheus.Url)];

    public override async ValueTask InitializeAsync()
    {
        Prometheus = await PrometheusStub.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Prometheus.DisposeAsync();
    }
}
