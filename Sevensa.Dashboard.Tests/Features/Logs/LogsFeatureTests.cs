using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LogsFeatureTests
{
    private static readonly TenantScope Tenant = new(["a"]);

    [Fact]
    public async Task The_client_as_registered_reads_and_tails_with_its_credentials()
    {
        var secret = Path.GetTempFileName();
        await File.WriteAllTextAsync(secret, "s3cret\n");
        var shown = new List<string?>();
        await using var loki = await LokiStub.StartAsync(
            async (context, _) =>
            {
                shown.Add(context.Request.Headers.Authorization);
                if (!context.WebSockets.IsWebSocketRequest)
                {
                    await context.Response.WriteAsync("""{"data":{"resultType":"streams","result":[]}}""");
                    return;
                }

                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync("{\"streams\":[]}"u8.ToArray(), WebSocketMessageType.Text, true, default);
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
            }
        );
        await using var app = Program(("Loki:Url", loki.Url), ("Loki:TokenFile", secret));
        var client = app.Services.GetRequiredService<LokiClient>();

        Assert.Empty((await client.QueryRangeAsync(Tenant, new LokiRangeQuery(null, 1, 2))).Streams);
        await using (var tail = await client.TailAsync(Tenant, null))
        {
            Assert.Single(await tail.ReadAsync().ToListAsync());
        }

        Assert.Equal(["Bearer s3cret", "Bearer s3cret"], shown);
        Assert.NotNull(app.Services.GetRequiredService<ILogs>());
        Assert.Equal(UpstreamState.Connected, app.Services.GetRequiredService<Upstreams>().Find("Loki")?.State);
        File.Delete(secret);
    }

    [Fact]
    public void Every_mistake_in_the_configuration_is_named()
    {
        using var app =
            Program(
                ("Loki:Url", "loki:3100"),
                ("Loki:Tenancy", "Guess"),
                ("Loki:TenantLabel", "a b"),
                ("Loki:TokenFile", "/nowhere/token"),
                ("Loki:TimeoutSeconds", "0")
            ) as IDisposable;
        var services = ((WebApplication)app).Services;
        var mistakes = CheckedOptions.Mistakes(
            services.GetRequiredService<IConfiguration>(),
            services.GetServices<CheckedSection>()
        );
        Assert.Contains(mistakes, mistake => mistake.StartsWith("Loki:Tenancy", StringComparison.Ordinal));
        Assert.Contains(mistakes, mistake => mistake.StartsWith("Loki:TimeoutSeconds", StringComparison.Ordinal));

        var options = new LogsOptions
        {
            Url = "loki:3100",
            TenantLabel = "a b",
            TokenFile = "/nowhere/token",
        };
        Assert.Equal(
            ["Url", "TenantLabel", "TokenFile"],
            options.Validate(new(options)).SelectMany(mistake => mistake.MemberNames)
        );
    }

    private static WebApplication Program(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))
        );
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Upstreams>();
        builder.AddLogs();
        return builder.Build();
    }
}
