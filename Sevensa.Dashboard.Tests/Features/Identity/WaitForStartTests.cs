using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

public sealed class WaitForStartTests
{
    [Fact]
    public async Task A_stranger_sees_the_first_page_at_once_and_whoever_wants_more_waits()
    {
        await using var app = new HeldApp();
        await app.InitializeAsync();
        using var anybody = app.Anonymous();
        Assert.Equal("ok", await anybody.GetStringAsync("/healthz"));
        Assert.Contains("<form", await anybody.GetStringAsync("/signin"), StringComparison.Ordinal);
        using var missing = await anybody.GetAsync("/no-such-page");
        Assert.NotEqual(HttpStatusCode.OK, missing.StatusCode);

        var api = anybody.GetAsync("/api/v1/tenants");
        var document = anybody.GetAsync("/openapi/v1.json");
        var token = app.GetTokenAsync("viewer");
        var arrival = anybody.GetAsync("/signin/external");
        using var ready = await anybody.GetAsync("/healthz");
        Assert.False(api.IsCompleted || document.IsCompleted || token.IsCompleted || arrival.IsCompleted);

        app.Step.Go.SetResult();
        using var refused = await api;
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var described = await document;
        Assert.Equal(HttpStatusCode.OK, described.StatusCode);
        Assert.NotEmpty(await token);
        using var arrived = await arrival;
        Assert.Equal(HttpStatusCode.OK, arrived.StatusCode);
        using var viewer = await app.ApiAsAsync("viewer");
        using var tenants = await viewer.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, tenants.StatusCode);
    }

    private sealed class Held : IStartStep
    {
        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task RunAsync(CancellationToken cancellation) => Go.Task.WaitAsync(cancellation);
    }

    /// <summary>Its start is not over before it is told to go on.</summary>
    private sealed class HeldApp : SandboxApp
    {
        public Held Step { get; } = new();

        protected override void Replace(IServiceCollection services) =>
            services.Insert(0, ServiceDescriptor.Singleton<IStartStep>(Step));

        public override ValueTask InitializeAsync()
        {
            StartServer();
            return ValueTask.CompletedTask;
        }
    }
}
