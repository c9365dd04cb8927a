using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>The HTTP contract: shapes, status codes and error codes, with sign-in stood in for by a header.</summary>
public sealed class ProposalApiTests : IAsyncLifetime
{
    private readonly Workshop shop = new();
    private WebApplication app = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        shop.Register(builder.Services);
        builder.Services.AddRoutingCore();
        builder.Services.AddOptions<PlatformOptions>();
        builder.Services.AddSingleton<PublicAddress>();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<ProblemExceptionHandler>();
        builder.Services.AddSingleton<IProblemSource, PlatformProblems>();
        builder.Services.AddSingleton<IProblemSource, TestProblems>();
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            options.SerializerOptions.Converters.Add(
                new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase)
            );
            options.SerializerOptions.Converters.Add(new MillisecondTime());
        });
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped<ICurrentCaller, HeaderCaller>();
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, HeaderSignIn>("test", null);
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (
            var policy in new[] { Policies.Read, Policies.Propose, Policies.Approve, Policies.Decide, Policies.Admin }
        )
        {
            authorization.AddPolicy(policy, rule => rule.RequireAuthenticatedUser());
        }
        app = builder.Build();
        app.UseExceptionHandler();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        ActionsFeature.MapActions(app);
        await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await shop.DisposeAsync();
    }

    private HttpClient As(string name)
    {
        var client = app.GetTestClient();
        client.DefaultRequestHeaders.Add("X-Caller", name);
        return client;
    }

    private static object Body(object? target = null, object? parameters = null, string kind = "container.restart") =>
        new
        {
            kind,
            tenant = "rentguy",
            target = target ?? "api",
            parameters,
            reason = "it leaks",
            evidence = new object[] { new { title = "memory", query = "x" }, "a note" },
        };

    private async Task<JsonElement> ProposeAsync()
    {
        var answer = await As("operator").PostAsJsonAsync("/api/v1/proposals", Body());
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var proposal = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}",
            answer.Headers.Location!.ToString()
        );
        return proposal;
    }

    [Fact]
    public async Task The_catalogue_has_schema_risk_and_undo()
    {
        var items = (await As("viewer").GetFromJsonAsync<JsonElement>("/api/v1/actions/catalogue")).GetProperty(
            "items"
        );
        var stop = items.EnumerateArray().Single(item => item.GetProperty("kind").GetString() == "container.stop");
        Assert.Equal("medium", stop.GetProperty("risk").GetString());
        Assert.Equal(
            300,
            stop.GetProperty("parameters")
                .GetProperty("properties")
                .GetProperty("graceSeconds")
                .GetProperty("maximum")
                .GetInt32()
        );
        Assert.NotEmpty(stop.GetProperty("undo").GetString()!);
    }

    [Fact]
    public async Task A_proposal_has_the_contracts_shape_and_its_plan_hashes_to_planHash()
    {
        var proposal = await ProposeAsync();
        foreach (
            var name in new[]
            {
                "id",
                "kind",
                "tenant",
                "target",
                "state",
                "risk",
                "plan",
                "planHash",
                "reason",
                "evidence",
                "requestedBy",
                "approvals",
                "expiresAt",
                "outcome",
            }
        )
        {
            Assert.True(proposal.TryGetProperty(name, out _), name);
        }
        Assert.Equal("proposed", proposal.GetProperty("state").GetString());
        Assert.Equal("low", proposal.GetProperty("risk").GetString());
        Assert.Equal("2026-03-01T10:00:00.000Z", proposal.GetProperty("expiresAt").GetString());
        Assert.Equal(proposal.GetProperty("planHash").GetString(), CanonicalJson.Hash(proposal.GetProperty("plan")));
        Assert.Equal("a note", proposal.GetProperty("evidence")[1].GetProperty("title").GetString());
        var again = await As("viewer")
            .GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{proposal.GetProperty("id").GetString()}");
        Assert.Equal(proposal.ToString(), again.ToString());
        var list = await As("viewer").GetFromJsonAsync<JsonElement>("/api/v1/proposals?state=proposed&tenant=rentguy");
        Assert.Equal(1, list.GetProperty("items").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, list.GetProperty("next").ValueKind);
    }

    [Theory]
    [InlineData("""{"service":"api"}""", 201)]
    [InlineData("""{"container":"rentguy-api"}""", 201)]
    [InlineData("""{"id":"aaaaaaaa"}""", 201)]
    [InlineData("""{"name":"rentguy-api"}""", 201)]
    [InlineData("""{"pod":"rentguy-api"}""", 400)]
    [InlineData("{}", 400)]
    [InlineData("7", 400)]
    [InlineData("""{"container":"api"}""", 422)]
    public async Task A_target_is_a_text_or_an_object(string target, int status)
    {
        var body = Body(JsonDocument.Parse(target).RootElement);
        Assert.Equal(status, (int)(await As("operator").PostAsJsonAsync("/api/v1/proposals", body)).StatusCode);
    }

    [Fact]
    public async Task Approving_answers_200_twice_and_errors_carry_their_codes()
    {
        var proposal = await ProposeAsync();
        var path = $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}";
        var hash = proposal.GetProperty("planHash").GetString();
        await ProblemAsync(
            await As("approver").PostAsJsonAsync($"{path}/approve", new { planHash = "0000" }),
            409,
            "planMismatch"
        );
        await ProblemAsync(
            await As("viewer").PostAsJsonAsync($"{path}/approve", new { planHash = hash }),
            403,
            "notReviewer"
        );
        await ProblemAsync(await As("approver").PostAsJsonAsync($"{path}/approve", new { }), 400, null);
        shop.Fleet.Change(new string('a', 64), facts => facts with { State = "exited" });
        var changed = await ProblemAsync(
            await As("approver").PostAsJsonAsync($"{path}/approve", new { planHash = hash }),
            409,
            "worldChanged"
        );
        Assert.Contains("exited", changed.GetProperty("differences")[0].GetString());
        shop.Fleet.Change(new string('a', 64), facts => facts with { State = "running" });
        for (var time = 0; time < 2; time++)
        {
            var answer = await As("approver")
                .PostAsJsonAsync($"{path}/approve", new { planHash = hash, comment = "go" });
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(
                "dispatched",
                (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString()
            );
        }
        await ProblemAsync(
            await As("admin").PostAsJsonAsync($"{path}/approve", new { planHash = hash }),
            409,
            "alreadyDecided"
        );
        await ProblemAsync(
            await As("admin").PostAsJsonAsync($"{path}/reject", new { reason = "no" }),
            409,
            "alreadyDecided"
        );
        await ProblemAsync(await As("stranger").PostAsJsonAsync($"{path}/approve", new { planHash = hash }), 404, null);
        await ProblemAsync(
            await As("operator").PostAsJsonAsync("/api/v1/proposals", Body("api", new { force = true })),
            422,
            null
        );
        await ProblemAsync(await As("operator").GetAsync("/api/v1/proposals?state=odd"), 400, null);
    }

    [Fact]
    public async Task An_expired_proposal_is_409_expired()
    {
        var proposal = await ProposeAsync();
        shop.Time.Advance(TimeSpan.FromHours(2));
        var answer = await As("approver")
            .PostAsJsonAsync(
                $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}/approve",
                new { planHash = proposal.GetProperty("planHash").GetString() }
            );
        await ProblemAsync(answer, 409, "expired");
    }

    [Fact]
    public async Task Events_stream_with_ids_resume_and_end()
    {
        var proposal = await ProposeAsync();
        var id = proposal.GetProperty("id").GetString()!;
        await As("approver")
            .PostAsJsonAsync(
                $"/api/v1/proposals/{id}/approve",
                new { planHash = proposal.GetProperty("planHash").GetString() }
            );
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/proposals/{id}/events");
        request.Headers.Add("Last-Event-ID", "2");
        using var answer = await As("viewer").SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal(": open", await reader.ReadLineAsync());
        // Fifteen seconds of silence are filled with a comment.
        var lines = new List<string>();
        while (!lines.Contains("event: state"))
        {
            lines.Add((await reader.ReadLineAsync())!);
        }
        var hub = app.Services.GetRequiredService<Sevensa.Dashboard.Features.Hosts.Contracts.IRunnerListener>();
        await hub.OnReportAsync(
            "h1",
            Workshop.Bytes(
                new ActionReport(
                    id,
                    1,
                    shop.Time.GetUtcNow(),
                    "outcome",
                    Outcome: new ActionOutcome(ProposalState.Succeeded, "done")
                )
            ),
            default
        );
        lines.AddRange((await reader.ReadToEndAsync()).Split('\n'));
        Assert.Equal(
            ["id: 3", "id: 4", "id: 5"],
            lines.Where(line => line.StartsWith("id:", StringComparison.Ordinal))
        );
        Assert.Equal(
            ["event: state", "event: state", "event: outcome"],
            lines.Where(line => line.StartsWith("event:", StringComparison.Ordinal))
        );
        var outcome = JsonDocument
            .Parse(lines.Last(line => line.StartsWith("data:", StringComparison.Ordinal))[6..])
            .RootElement;
        Assert.Equal("succeeded", outcome.GetProperty("state").GetString());
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await As("stranger").GetAsync($"/api/v1/proposals/{id}/events")).StatusCode
        );
    }

    [Fact]
    public async Task The_emergency_stop_is_set_and_lifted()
    {
        var stopped = await (
            await As("admin").PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "drill" })
        ).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            (true, "drill"),
            (stopped.GetProperty("stopped").GetBoolean(), stopped.GetProperty("reason").GetString())
        );
        var resumed = await (
            await As("admin").PostAsJsonAsync("/api/v1/dispatch/resume", new { reason = "the drill is over" })
        ).Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(resumed.GetProperty("stopped").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await As("admin").PostAsync("/api/v1/dispatch/stop", null)).StatusCode);
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, int status, string? code)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.Equal(code, problem.TryGetProperty("code", out var found) ? found.GetString() : null);
        return problem;
    }

    private sealed class TestProblems : IProblemSource
    {
        public Microsoft.AspNetCore.Mvc.ProblemDetails? For(Exception exception) =>
            exception switch
            {
                ForbiddenException forbidden => new()
                {
                    Status = 403,
                    Title = "Forbidden",
                    Detail = forbidden.Message,
                    Extensions = { ["code"] = forbidden.Code },
                },
                UnknownTenantException => new()
                {
                    Status = 404,
                    Title = "No such tenant",
                    Detail = exception.Message,
                },
                _ => null,
            };
    }

    private sealed class HeaderCaller(IHttpContextAccessor context) : ICurrentCaller
    {
        public ValueTask<Caller> GetAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult(
                context.HttpContext!.User.Identity!.Name switch
                {
                    "admin" => Callers.Admin,
                    "operator" => Callers.Operator,
                    "approver" => Callers.Approver,
                    "viewer" => Callers.Viewer,
                    _ => Callers.Stranger,
                }
            );
    }

    private sealed class HeaderSignIn(
        IOptionsMonitor<AuthenticationSchemeOptions> options,
        ILoggerFactory log,
        UrlEncoder encoder
    ) : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(
                AuthenticateResult.Success(
                    new AuthenticationTicket(
                        new ClaimsPrincipal(
                            new ClaimsIdentity(
                                [new Claim(ClaimTypes.Name, Request.Headers["X-Caller"].ToString())],
                                "test"
                            )
                        ),
                        "test"
                    )
                )
            );
    }
}
