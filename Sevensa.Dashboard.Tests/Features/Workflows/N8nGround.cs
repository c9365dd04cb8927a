using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Features.Workflows.Running;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.N8n;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>An n8n that can be made to do what it does at its worst, and what runs its workflows.</summary>
internal sealed class N8nGround : IAsyncDisposable
{
    private readonly string mcpKey = Path.GetTempFileName();
    private readonly string secret = Path.GetTempFileName();
    private readonly Wayward server;
    private readonly StandInServer serving;
    private readonly HttpClient http;

    private N8nGround(Wayward server, StandInServer serving, string? name)
    {
        (this.server, this.serving) = (server, serving);
        File.WriteAllText(mcpKey, N8nMcp.Key);
        File.WriteAllText(secret, N8nStandIn.Secret);
        Set = name is null ? new N8nOptions() : new N8nInstanceOptions { Name = name };
        (Set.Url, Set.SandboxKey, Set.WebhookSecretFile) = (serving.AddressOf("n8n"), N8nStandIn.Key, secret);
        http = new HttpClient { BaseAddress = new Uri(Set.Url + "/") };
        var keys = new N8nKeys(Set, []);
        Instance = new N8nInstance(
            Set,
            () => new N8nClient(http, keys, Set, new Upstreams(TimeProvider.System)),
            () => new N8nStart(http, keys, Set),
            TimeProvider.System
        );
        All = new N8nInstances([Instance]);
        Kind = KindOf(All);
        Desk = DeskOf(All);
        Executor = new RunWorkflowExecutor(Kind, All, TimeProvider.System);
    }

    public N8nInstance Instance { get; }

    public N8nInstances All { get; }

    public static RunWorkflow KindOf(N8nInstances instances) => new(instances, Tenants(), TimeProvider.System);

    public static WorkflowDesk DeskOf(N8nInstances instances)
    {
        var scopes = Substitute.For<ITenantScopes>();
        scopes.ForAsync(default!, default!, default).ReturnsForAnyArgs(new TenantScope(["rentguy"]));
        return new WorkflowDesk(instances, Tenants(), scopes);
    }

    private static ITenants Tenants()
    {
        var tenants = Substitute.For<ITenants>();
        IReadOnlyList<Tenant> all = [Named("rentguy"), Named("witcom"), Named("platform")];
        tenants.AllAsync(default).ReturnsForAnyArgs(all);
        return tenants;
    }

    public N8nOptions Set { get; }

    public N8nStandIn N8n => server.N8n;

    public WorkflowDesk Desk { get; }

    public Func<N8nClient> NewClient => Instance.Client;

    public RunWorkflow Kind { get; }

    public RunWorkflowExecutor Executor { get; }

    /// <summary>How often a webhook or the MCP server was called.</summary>
    public int Calls => server.Calls;

    /// <summary>How often the public API was asked.</summary>
    public int Asked => server.Asked;

    /// <summary>What is done with a call instead of answering it.</summary>
    public Func<HttpContext, N8nStandIn, Task>? Instead
    {
        set => server.Instead = value;
    }

    /// <summary>What happens in n8n just before one workflow is read by itself.</summary>
    public Action? Meanwhile
    {
        set => server.Meanwhile = value;
    }

    public List<ActionReport> Told { get; } = [];

    /// <param name="name">Among several; null for the one that the section itself names.</param>
    public static async Task<N8nGround> OpenAsync(string? name = null)
    {
        var server = new Wayward(new N8nStandIn(new SimulatedFleet(TimeProvider.System)));
        var serving = await StandInServer.StartAsync(new Dictionary<string, IStandIn> { ["n8n"] = server });
        return new N8nGround(server, serving, name);
    }

    /// <summary>n8n's MCP server is set up.</summary>
    public void WithMcp() => Set.McpKeyFile = mcpKey;

    /// <summary>A workflow that a webhook begins, active for long.</summary>
    public N8nFlow Flow(
        string name,
        string? tenant,
        string code = "return [{json:{ok:true}}];",
        string mode = "onReceived",
        string? authentication = null,
        string method = "POST",
        string? path = null,
        bool active = true,
        string kind = "code"
    )
    {
        path ??= name.Replace(' ', '-');
        var nodes = JsonNode.Parse(
            $$$"""
            [
              {"id": "1", "name": "Webhook", "type": "n8n-nodes-base.webhook", "webhookId": "w",
               "parameters": {"httpMethod": "{{{method}}}", "path": "{{{path}}}", "responseMode": "{{{mode}}}", "authentication": "{{{authentication
                ?? "none"}}}"}},
              {"id": "2", "name": "Work", "type": "n8n-nodes-base.{{{kind}}}", "parameters": {"jsCode": "{{{code}}}"}}
            ]
            """
        )!;
        var flow = N8n.Add(null, name, nodes.AsArray(), [], []);
        if (active)
        {
            flow.Activate([], N8n.Now.AddHours(-1));
        }
        if (tenant is not null)
        {
            N8n.Tag(flow, $"tenant:{tenant}");
        }
        return flow;
    }

    public static Caller Person(params string[] tenants) =>
        new(
            "1",
            "Olga",
            Role.Admin,
            IsPerson: true,
            tenants.Length == 0 ? TenantSet.All : TenantSet.Of(tenants),
            ApiScopes.All
        );

    public async Task<PlanDraft> PlanAsync(
        string tenant,
        string target,
        string parameters = """{"waitSeconds": 5}""",
        Caller? caller = null
    ) =>
        await Kind.PlanAsync(
            new PlanRequest(
                $"01jd{Guid.NewGuid():N}",
                new TenantScope([tenant]),
                tenant,
                target,
                JsonElement.Parse(parameters),
                caller ?? Person()
            ),
            TestContext.Current.CancellationToken
        );

    /// <summary>Carries a plan out, waiting a second for its end.</summary>
    public Task<ActionOutcome> RunAsync(ActionPlan plan)
    {
        var now = TimeProvider.System.GetUtcNow();
        List<PlanStep> steps =
        [
            .. plan.Steps.Select(step =>
                step.Verb == RunOrder.Start
                    ? step with
                    {
                        Arguments = JsonSerializer.SerializeToElement(
                            RunOrder.Of(plan) with
                            {
                                WaitSeconds = 1,
                            },
                            RunOrder.Json
                        ),
                    }
                    : step
            ),
        ];
        return Executor.ExecuteAsync(
            new SignedAction(1, plan.ProposalId, "", now, now.AddHours(1), "", plan with { Steps = steps }, []),
            report =>
            {
                Told.Add(report);
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken
        );
    }

    public async Task<ActionOutcome> RunAsync(
        string tenant,
        string target,
        string parameters = """{"waitSeconds": 5}"""
    ) => await RunAsync((await PlanAsync(tenant, target, parameters)).Plan);

    public async ValueTask DisposeAsync()
    {
        All.Dispose();
        http.Dispose();
        await serving.DisposeAsync();
        File.Delete(mcpKey);
        File.Delete(secret);
    }

    private static Tenant Named(string id) => new(id, id, "#000000", [], []);

    private sealed class Wayward(N8nStandIn n8n) : IStandIn
    {
        public N8nStandIn N8n => n8n;

        public Func<HttpContext, N8nStandIn, Task>? Instead { get; set; }

        public Action? Meanwhile { get; set; }

        public int Calls { get; private set; }

        public int Asked { get; private set; }

        public Task AnswerAsync(HttpContext context)
        {
            if (context.Request.Path.StartsWithSegments("/api"))
            {
                Asked++;
                if (context.Request.Path.StartsWithSegments("/api/v1/workflows", out var one) && one.HasValue)
                {
                    Meanwhile?.Invoke();
                }
                return n8n.AnswerAsync(context);
            }
            Calls++;
            return Instead is { } instead ? instead(context, n8n) : n8n.AnswerAsync(context);
        }
    }
}
