using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>What every upstream's client does with answers, whatever the upstream is.</summary>
public sealed class UpstreamAnswersTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider time = new();
    private ServiceProvider services = null!;
    private WebApplication server = null!;
    private RequestDelegate answers = _ => Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Run(context => answers(context));
        await server.StartAsync();
        services = new ServiceCollection()
            .AddSingleton<TimeProvider>(time)
            .AddHttpClient("upstream")
            .AddUpstreamResilience(_ => Patience)
            .Services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await server.DisposeAsync();
    }

    private HttpClient Client()
    {
        var client = services.GetRequiredService<IHttpClientFactory>().CreateClient("upstream");
        client.BaseAddress = new Uri(server.Urls.First());
        return client;
    }

    [Fact]
    public async Task An_answer_that_drips_for_ever_is_given_up_after_the_time_of_one_answer()
    {
        var stop = TestContext.Current.CancellationToken;
        answers = async context =>
        {
            context.Response.ContentType = "application/json";
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await Task.Delay(5, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        };
        using var client = Client();
        using var answer = await client.GetAsync("x", HttpCompletionOption.ResponseHeadersRead, stop);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        await using var body = await answer.Content.ReadAsStreamAsync(stop);
        var reading = body.CopyToAsync(Stream.Null, stop);
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(reading, Task.Delay(5, stop));
        }
        await Assert.ThrowsAsync<TimeoutException>(() => reading);
        Assert.True(time.GetUtcNow() - time.Start >= Patience, "Nobody gives up early.");
    }

    [Fact]
    public async Task What_the_reader_takes_is_not_the_upstreams_time()
    {
        var stop = TestContext.Current.CancellationToken;
        answers = context => context.Response.WriteAsync("whole");
        using var client = Client();
        using var answer = await client.GetAsync("x", HttpCompletionOption.ResponseHeadersRead, stop);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("whole", await answer.Content.ReadAsStringAsync(stop));
    }

    [Theory]
    [InlineData("Bearer", "s3cret-t0ken", "denied for Bearer s3cret-t0ken", "denied for Bearer [not shown]")]
    [InlineData("Basic", "b3R0bzpzM2NyZXQtd29yZA==", "otto came with s3cret-word", "otto came with [not shown]")]
    public async Task What_was_signed_in_with_is_not_repeated(string scheme, string given, string said, string told)
    {
        var stop = TestContext.Current.CancellationToken;
        answers = context =>
        {
            context.Response.StatusCode = 403;
            context.Response.ContentType = "text/plain";
            return context.Response.WriteAsync(said);
        };
        using var client = Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(scheme, given);
        using var answer = await client.GetAsync("x", stop);
        Assert.Equal(told, await answer.Content.ReadAsStringAsync(stop));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Vaults_token_is_not_repeated_either()
    {
        var stop = TestContext.Current.CancellationToken;
        answers = context =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync($"of {context.Request.Headers["X-Vault-Token"]}");
        };
        using var client = Client();
        client.DefaultRequestHeaders.Add("X-Vault-Token", "hvs.secret");
        using var answer = await client.GetAsync("x", stop);
        Assert.Equal("of [not shown]", await answer.Content.ReadAsStringAsync(stop));
    }

    [Fact]
    public async Task A_switch_of_protocols_that_was_signed_in_for_leads_to_whoever_speaks_the_other_one()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        answers = async context =>
        {
            await using var echo = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            var heard = new byte[5];
            await echo.ReadExactlyAsync(heard, context.RequestAborted);
            await echo.WriteAsync(heard, context.RequestAborted);
        };
        using var client = Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret-t0ken");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue("echo"));
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        Assert.Equal(HttpStatusCode.SwitchingProtocols, answer.StatusCode);
        await using var both = await answer.Content.ReadAsStreamAsync(patience.Token);
        await both.WriteAsync("hello"u8.ToArray(), patience.Token);
        var said = new byte[5];
        await both.ReadExactlyAsync(said, patience.Token);
        Assert.Equal("hello"u8.ToArray(), said);
    }
}
